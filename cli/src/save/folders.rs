//! Folders that were made for a file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Those that this program made, the outermost first. They go away with this, as far as they are empty, unless they
/// are kept.
#[derive(Default)]
pub(super) struct Folders(Vec<PathBuf>);

impl Folders {
    /// Makes a folder and those around it, as far as they are missing.
    pub(super) fn make(folder: &Path) -> io::Result<Self> {
        let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let missing: Vec<_> = folder.ancestors().take_while(is_missing).collect();
        let mut made = Self::default();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => made.0.push(folder.to_owned()),
                // Somebody else was faster, or it is `new/..`.
                Err(_) if folder.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(made)
    }

    pub(super) fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        // One with something in it is no longer ours alone, and neither are those around it.
        let _ = self.0.iter().rev().try_for_each(fs::remove_dir);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_made_and_is_empty_goes_away() {
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
        Folders::make(&new.join("a")).unwrap().keep();
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
