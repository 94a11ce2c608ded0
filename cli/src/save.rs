//! A file that appears whole or not at all.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::failure::Failure;

/// Whether [`save`] would refuse this path, as far as one can tell beforehand.
pub(crate) fn check(path: &Path, force: bool) -> Result<(), Failure> {
    if path.file_name().is_none() {
        return Err(Failure::usage(format!("{} is no name for a file: give another path", path.display())));
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Err(Failure::usage(format!("there is no folder {}: make it first", folder.display())));
    }
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    // `/dev/null` would no longer be one if a file took its place.
    if fs::metadata(path).is_ok_and(|target| !target.is_file()) {
        return Err(Failure::usage(format!(
            "{} is no ordinary file and is not replaced: give another path, or -o - and redirect stdout",
            path.display()
        )));
    }
    if force { Ok(()) } else { Err(exists(path)) }
}

/// Saves a file under this path. An existing one is replaced with `force` only; a link to one stays.
pub(crate) fn save(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    check(path, force)?;
    let target = if force { fs::canonicalize(path) } else { Err(ErrorKind::NotFound.into()) };
    let target = target.as_deref().unwrap_or(path);
    let saved = written(folder_of(target), bytes).and_then(|file| {
        // What takes the place of a file is for the same people.
        if let Ok(replaced) = fs::metadata(target) {
            file.as_file().set_permissions(replaced.permissions())?;
        }
        let persisted = if force { file.persist(target) } else { file.persist_noclobber(target) };
        persisted.map_err(|error| error.error)
    });
    match saved {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(exists(path)),
        Err(error) => {
            Err(Failure::refused(format!("{} could not be written", path.display())).because(&error))
        }
    }
}

/// The bytes in a file without a lasting name, which goes away unless it is given one.
fn written(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".wechat-material-");
    // As any program makes a file: for everyone but whom the umask shuts out.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

fn exists(path: &Path) -> Failure {
    Failure::usage(format!("{} exists and is left as it is: use --force to replace it", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_get_its_name_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        assert!(save(&folder.path().join("a".repeat(300)), b"bytes", false).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn force_replaces_what_a_link_leads_to_and_no_device() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(save(&link, b"new", false).is_err());
        assert!(save(&link, b"new", true).is_ok());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(save(Path::new("/dev/null"), b"new", true).is_err());
    }
}
