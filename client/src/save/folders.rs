//! Folders that were made for a file.

use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};

/// Folders that this process made, the outermost first. Those that are empty are removed when this is dropped, unless
/// they are released.
#[derive(Default)]
pub(super) struct Folders(Vec<PathBuf>);

impl Folders {
    /// Makes a folder, and the missing ones around it.
    pub(super) fn make(folder: &Path) -> io::Result<Self> {
        let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let missing: Vec<_> = folder.ancestors().take_while(is_missing).collect();
        let mut made = Self::default();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => made.0.push(folder.to_owned()),
                // Another process was faster, or it is `new/..`.
                Err(_) if folder.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(made)
    }

    /// The folders, which stay.
    pub(super) fn release(mut self) -> Vec<PathBuf> {
        mem::take(&mut self.0)
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        // A folder with something in it is not ours alone any more, and neither are those around it.
        let _ = self.0.iter().rev().try_for_each(fs::remove_dir);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_that_were_made_and_are_empty_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, new) = (folder.path().join("mine"), folder.path().join("mine/new"));
        fs::create_dir(&mine).unwrap();
        for inner in ["a/b/", "a/../b", "a"] {
            let made = Folders::make(&new.join(inner)).unwrap();
            assert!(new.join(inner).is_dir());
            drop(made);
            assert!(mine.is_dir() && !new.exists(), "{inner}");
        }

        let made = Folders::make(&new.join("a/b")).unwrap();
        fs::write(new.join("file"), "").unwrap();
        drop(made);
        assert!(new.join("file").exists() && !new.join("a").exists());
        assert_eq!(Folders::make(&new.join("a")).unwrap().release(), [new.join("a")]);
        drop(Folders::make(&new.join("a")).unwrap());
        assert!(new.join("a").is_dir());
    }

    #[test]
    fn a_folder_that_cannot_be_made_leaves_none_around_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Folders::make(&folder.path().join("new").join("a".repeat(300))).is_err());
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(Folders::make(&folder.path().join("file/new")).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
