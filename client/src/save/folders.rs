//! Folders that were made for files.

use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};

/// Folders that this process made for files that are not saved yet: outer ones before inner ones.
pub(super) struct Folders(Vec<PathBuf>);

impl Folders {
    pub(super) const NONE: Self = Self(Vec::new());

    /// Makes a folder, and the missing ones around it.
    pub(super) fn make(&mut self, folder: &Path) -> io::Result<()> {
        let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let missing: Vec<_> = folder.ancestors().take_while(is_missing).collect();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => self.0.push(folder.to_owned()),
                // Another process was faster, or it is `new/..`.
                Err(_) if folder.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The folders around a file that was saved. They stay.
    pub(super) fn release(&mut self, saved: &Path) -> Vec<PathBuf> {
        let (released, others) =
            mem::take(&mut self.0).into_iter().partition(|folder| saved.starts_with(folder));
        self.0 = others;
        released
    }

    /// Removes all that are not `needed` and empty. A folder with something else in it is not ours alone any more.
    pub(super) fn remove_unless(&mut self, needed: impl Fn(&Path) -> bool) {
        let (needed, others): (Vec<_>, _) =
            mem::take(&mut self.0).into_iter().partition(|folder| needed(folder));
        self.0 = needed;
        for folder in others.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
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
        let mut folders = Folders::NONE;
        for inner in ["a/b/", "a/../b", "a"] {
            folders.make(&new.join(inner)).unwrap();
            assert!(new.join(inner).is_dir());
            folders.remove_unless(|_| false);
            assert!(mine.is_dir() && !new.exists(), "{inner}");
        }

        folders.make(&new.join("a/b")).unwrap();
        folders.remove_unless(|folder| new.join("a/file").starts_with(folder));
        assert!(new.join("a").exists() && !new.join("a/b").exists());
        fs::write(new.join("file"), "").unwrap();
        folders.remove_unless(|_| false);
        assert!(new.join("file").exists() && !new.join("a").exists());

        folders.make(&new.join("a")).unwrap();
        folders.make(&new.join("b")).unwrap();
        assert_eq!(folders.release(&new.join("a/file")), [new.join("a")]);
        folders.remove_unless(|_| false);
        assert!(new.join("a").exists() && !new.join("b").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_made_leaves_none_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut folders = Folders::NONE;
        assert!(folders.make(&folder.path().join("new").join("a".repeat(300))).is_err());
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(folders.make(&folder.path().join("file/new")).is_err());
        folders.remove_unless(|_| false);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
