//! Where a file goes.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf, is_separator};

use crate::failure::Failure;
use crate::save;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Destination {
    Stdout,
    /// Stdout is a terminal, and nobody asked for bytes on it.
    Nowhere,
    File(PathBuf),
    /// A folder, in which it gets its own name.
    Folder(PathBuf),
}

impl Destination {
    pub(super) fn of(output: Option<&Path>, stdout_is_terminal: bool) -> Self {
        match output {
            None if stdout_is_terminal => Self::Nowhere,
            None => Self::Stdout,
            Some(path) if path == Path::new("-") => Self::Stdout,
            Some(path) if path.is_dir() || ends_with_separator(path.as_os_str()) => {
                Self::Folder(path.to_owned())
            }
            Some(path) => Self::File(path.to_owned()),
        }
    }

    /// Refuses what cannot go well before a call is spent on it.
    pub(super) fn check(&self, force: bool) -> Result<(), Failure> {
        match self {
            Self::File(path) => save::check(path, force),
            Self::Folder(path) => match fs::metadata(path) {
                Err(error) if error.kind() == ErrorKind::NotADirectory => {
                    Err(Failure::usage(format!("{} is no folder: give another path", path.display())))
                }
                // One that is missing is made.
                Ok(_) | Err(_) => Ok(()),
            },
            Self::Stdout | Self::Nowhere => Ok(()),
        }
    }
}

fn ends_with_separator(path: &OsStr) -> bool {
    path.as_encoded_bytes().last().is_some_and(|byte| is_separator(char::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_never_go_to_a_terminal_unasked() {
        assert_eq!(Destination::of(None, true), Destination::Nowhere);
        assert_eq!(Destination::of(None, false), Destination::Stdout);
        assert_eq!(Destination::of(Some(Path::new("-")), true), Destination::Stdout);
    }

    #[test]
    fn a_folder_is_told_by_its_existence_or_a_slash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert_eq!(Destination::of(Some(path), true), Destination::Folder(path.to_owned()));
        let new = Path::new("no/such/folder/");
        assert_eq!(Destination::of(Some(new), true), Destination::Folder(new.to_owned()));
        let file = path.join("cat.jpg");
        assert_eq!(Destination::of(Some(&file), true), Destination::File(file.clone()));
    }
}
