//! A file that appears whole or not at all.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

mod folders;
mod part;
mod signals;
mod unfinished;

pub(crate) use self::part::Part;
use crate::failure::Failure;

pub(crate) const NOTHING_SAVED: &str = "nothing was saved";

/// Saves a file under this path. An existing one is replaced with `force` only; a link to one stays.
pub(crate) fn save(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    check(path, force)?;
    let mut part = Part::beside(path, force)?;
    part.write_all(bytes).map_err(|error| not_written(path, &error))?;
    part.save_as(path, force)
}

/// Whether this path would be refused for a file, as far as one can tell beforehand.
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

/// What a file under this path takes the place of: of what a link leads to, not of the link.
fn target_of(path: &Path, force: bool) -> PathBuf {
    let target = if force { fs::canonicalize(path) } else { Err(ErrorKind::NotFound.into()) };
    target.unwrap_or_else(|_| path.to_owned())
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

fn not_written(path: &Path, error: &io::Error) -> Failure {
    Failure::refused(format!("{} could not be written", path.display())).because(error).with(NOTHING_SAVED)
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
