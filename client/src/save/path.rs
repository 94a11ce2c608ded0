//! Paths that files are saved under.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf, is_separator};

/// Whether a file can be saved at this path, as far as can be seen.
pub(super) fn check(path: &Path, overwrite: bool) -> io::Result<()> {
    // `new/` and `new/.` have a file name for the standard library.
    let bytes = path.as_os_str().as_encoded_bytes();
    if !path.file_name().is_some_and(|name| bytes.ends_with(name.as_encoded_bytes())) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the path does not end with a file name"));
    }
    if !fs::metadata(folder_of(path))?.is_dir() {
        return Err(not_a_folder());
    }
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    // `/dev/null` would no longer be one if a file took its place.
    if fs::metadata(path).is_ok_and(|target| !target.is_file()) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    if overwrite { Ok(()) } else { Err(io::Error::new(ErrorKind::AlreadyExists, "the file exists")) }
}

pub(super) fn not_a_folder() -> io::Error {
    io::Error::new(ErrorKind::NotADirectory, "it is not a folder")
}

pub(super) fn ends_with_separator(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().last().is_some_and(|byte| is_separator(char::from(*byte)))
}

/// The file that is made or replaced: the one that a link leads to, or the link if it leads to nothing.
pub(super) fn target(path: &Path, overwrite: bool) -> PathBuf {
    let target = if overwrite { fs::canonicalize(path) } else { Err(ErrorKind::NotFound.into()) };
    target.unwrap_or_else(|_| path.to_owned())
}

pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

/// A name, if it is only that.
pub(super) fn file_name(name: String) -> io::Result<String> {
    if Path::new(&name).file_name() == Some(name.as_ref()) {
        return Ok(name);
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "the name that was chosen is not a file name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_name_is_a_file_name() {
        for name in ["a", "a.jpg", ".a", "题.jpg"] {
            assert_eq!(file_name(name.to_owned()).unwrap(), name);
        }
        for name in ["", ".", "..", "/", "a/", "a/b", "../a", "/a", "a/."] {
            assert_eq!(file_name(name.to_owned()).unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
        }
    }
}
