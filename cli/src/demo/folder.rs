//! The folder that the files go to.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::failure::Failure;

/// The given folder, or a temporary one that is removed again unless it is kept.
pub(super) enum Folder {
    Given(PathBuf),
    Temporary(TempDir),
}

impl Folder {
    /// Makes it. A given one has to be empty, so that nothing in it is replaced or mixed up.
    pub(super) fn make(given: Option<PathBuf>) -> Result<Self, Failure> {
        let Some(path) = given else {
            return tempfile::Builder::new()
                .prefix("wechat-material-")
                .tempdir()
                .map(Self::Temporary)
                .map_err(|error| Failure::refused("no temporary folder could be made").because(&error));
        };
        match made(&path) {
            Ok(true) => Ok(Self::Given(path)),
            Ok(false) => {
                Err(Failure::usage(format!("{} is not empty: give a new folder, or none", path.display())))
            }
            Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotADirectory) => {
                Err(Failure::usage(format!("{} is not a folder: give a new folder, or none", path.display())))
            }
            Err(error) => {
                Err(Failure::refused(format!("the folder {} could not be made", path.display()))
                    .because(&error))
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Given(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }

    pub(super) fn keep(self) -> PathBuf {
        match self {
            Self::Given(path) => path,
            Self::Temporary(folder) => folder.keep(),
        }
    }
}

/// Makes a folder, and returns whether it is empty.
fn made(path: &Path) -> io::Result<bool> {
    fs::create_dir_all(path)?;
    Ok(fs::read_dir(path)?.next().is_none())
}
