//! The beginning of a file, under a temporary name.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use super::unfinished::{self, Entry};

/// A file while it is written. Unless it is saved, it is removed when this is dropped.
pub(crate) struct Part {
    pub(crate) file: File,
    pub(crate) entry: Entry,
}

impl Part {
    /// In this folder, which is made if it is missing. The file that it will replace decides who may read it.
    pub(super) fn new(folder: &Path, replaced: Option<&Path>) -> io::Result<Self> {
        let (file, entry) = unfinished::list(folder, |folder| temporary(folder, replaced))?;
        Ok(Self { file, entry })
    }

    /// Gives the complete file its name.
    pub(super) fn save_as(self, target: &Path, overwrite: bool) -> io::Result<()> {
        let Self { file, entry } = self;
        #[cfg(unix)]
        if let Ok(replaced) = fs::metadata(target) {
            use std::os::unix::fs::PermissionsExt;

            // Never set-uid and the like: these bytes come from elsewhere.
            let bits = replaced.permissions().mode() & 0o777;
            file.set_permissions(fs::Permissions::from_mode(bits))?;
        }
        file.sync_all()?;
        drop(file);
        let made = entry.rename(target, overwrite)?;
        for entry in made.iter().map(AsRef::as_ref).chain([target]) {
            sync_folder_of(entry);
        }
        Ok(())
    }
}

/// Makes an entry of a folder last, where the system can. The file is there and complete, so it is too late for an error.
fn sync_folder_of(entry: &Path) {
    if cfg!(unix) {
        let _ = File::open(super::path::folder_of(entry)).and_then(|folder| folder.sync_all());
    }
}

/// A new file under a temporary name. It can take long until it is complete: all the while, nobody may read it who may
/// not read the file that it will replace.
#[cfg_attr(not(unix), expect(unused_variables, reason = "permissions are Unix's"))]
fn temporary(folder: &Path, replaced: Option<&Path>) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".wechat-material-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        // As any program makes a file: for everyone, except for whom the umask excludes.
        let everyone = 0o666;
        let replaced = replaced.and_then(|path| fs::metadata(path).ok());
        let allowed = replaced.map_or(everyone, |file| file.permissions().mode() & everyone);
        builder.permissions(fs::Permissions::from_mode(allowed));
    }
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Write};

    use super::*;

    #[test]
    fn a_file_that_appears_at_the_last_moment_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut part = Part::new(folder.path(), Some(&path)).unwrap();
        part.file.write_all(b"new").unwrap();
        // After the check that comes before this.
        fs::write(&path, "mine").unwrap();
        assert_eq!(part.save_as(&path, false).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_cannot_get_its_name_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let part = Part::new(folder.path(), None).unwrap();
        assert!(part.save_as(&folder.path().join("a".repeat(300)), false).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
