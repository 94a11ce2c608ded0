//! The beginning of a file, under a name that does not last.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};
use wechat_material_client::blocking::Rewind;

use super::folders::Folders;
use super::unfinished::{self, Entry};
use super::{NOTHING_SAVED, check, exists, folder_of, not_written, target_of};
use crate::failure::Failure;

/// A file while it is written. Unless it is saved, it goes away with this, and with the program.
pub(crate) struct Part {
    file: File,
    entry: Entry,
}

impl Part {
    /// In the folder of what will be replaced or made under this path: a file cannot move between disks in one go.
    pub(crate) fn beside(path: &Path, force: bool) -> Result<Self, Failure> {
        let target = target_of(path, force);
        Self::listed(|| {
            let file = named(folder_of(&target), Some(&target)).map_err(|error| not_written(path, &error))?;
            Ok((file, Folders::default()))
        })
    }

    /// In this folder, which is made if it is missing.
    pub(crate) fn in_folder(folder: &Path) -> Result<Self, Failure> {
        Self::listed(|| {
            let made = Folders::make(folder).map_err(|error| {
                Failure::refused(format!("the folder {} could not be made", folder.display())).because(&error)
            })?;
            let file = named(folder, None).map_err(|error| {
                Failure::refused(format!("no file could be made in {}", folder.display())).because(&error)
            })?;
            Ok((file, made))
        })
    }

    fn listed(make: impl FnOnce() -> Result<(NamedTempFile, Folders), Failure>) -> Result<Self, Failure> {
        let (file, entry) = unfinished::list(make)?;
        Ok(Self { file, entry })
    }

    /// Forgets what was written behind this place.
    pub(crate) fn rewind(&mut self, place: u64) -> io::Result<()> {
        self.file.rewind(place)
    }

    /// Gives it its name, now that it is whole. An existing file is replaced with `force` only; a link to one stays.
    pub(crate) fn save_as(self, path: &Path, force: bool) -> Result<(), Failure> {
        // Much may have happened since it was begun.
        check(path, force).map_err(|failure| failure.with(NOTHING_SAVED))?;
        let target = target_of(path, force);
        self.renamed(&target, force).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => exists(path).with(NOTHING_SAVED),
            ErrorKind::CrossesDevices => {
                not_written(path, &error).next("it leads to another disk: give the path there, -o PATH")
            }
            _ => not_written(path, &error),
        })
    }

    fn renamed(self, target: &Path, force: bool) -> io::Result<()> {
        let Self { file, entry } = self;
        // What takes the place of a file is for the same people.
        if let Ok(replaced) = fs::metadata(target) {
            file.set_permissions(replaced.permissions())?;
        }
        file.sync_all()?;
        drop(file);
        entry.rename(target, force)
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A new file with a passing name. It takes long to become whole: all the while, nobody may read it who may not read
/// what it will replace, as far as that is known.
#[cfg_attr(not(unix), expect(unused_variables, reason = "permissions are Unix's"))]
fn named(folder: &Path, replaced: Option<&Path>) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".wechat-material-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        // As any program makes a file: for everyone but whom the umask shuts out.
        let everyone = 0o666;
        let replaced = replaced.and_then(|path| fs::metadata(path).ok());
        let allowed = replaced.map_or(everyone, |file| file.permissions().mode() & everyone);
        builder.permissions(fs::Permissions::from_mode(allowed));
    }
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_appears_at_the_last_moment_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut part = Part::beside(&path, false).unwrap_or_else(|_| panic!("it can be made"));
        part.write_all(b"new").unwrap();
        fs::write(&path, "mine").unwrap();
        // Behind the check that comes before this.
        assert_eq!(part.renamed(&path, false).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
