//! The files that are not complete yet, so that a process that is asked to end can remove them.
//!
//! - A temporary file is made, renamed and removed only while the list is locked. It is listed under the same lock under
//!   which it was made, and struck off under the one under which it was renamed or removed. So whenever the list is not
//!   locked, it has all temporary files, and nothing else.
//! - [`remove_unfinished_downloads`] locks the list, removes what is on it, and closes it: nothing can be made or renamed
//!   after that.
//! - What takes time (the network, writing, syncing) is done without the lock, so that nobody waits for it.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::{NamedTempFile, TempPath};

use super::folders::Folders;

static LIST: Mutex<List> =
    Mutex::new(List { is_closed: false, made: 0, unfinished: Vec::new(), folders: Folders::NONE });

struct List {
    is_closed: bool,
    /// The number of temporary files that were ever made.
    made: u64,
    /// Temporary files, with their numbers. Each is removed when it is dropped.
    unfinished: Vec<(u64, TempPath)>,
    /// Made for those files.
    folders: Folders,
}

impl List {
    fn lock() -> MutexGuard<'static, Self> {
        // Nothing that could panic leaves the list half changed.
        LIST.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn strike_off(&mut self, number: u64) -> Option<TempPath> {
        let index = self.unfinished.iter().position(|(unfinished, _)| *unfinished == number)?;
        Some(self.unfinished.swap_remove(index).1)
    }

    fn remove_empty_folders(&mut self) {
        let Self { unfinished, folders, .. } = self;
        folders.remove_unless(|folder| unfinished.iter().any(|(_, path)| path.starts_with(folder)));
    }
}

/// Makes a temporary file in a folder, and the folder if it is missing, and lists them. The path is absolute.
pub(super) fn list(
    folder: &Path,
    make: impl FnOnce(&Path) -> io::Result<NamedTempFile>,
) -> io::Result<(File, Entry)> {
    let mut list = List::lock();
    if list.is_closed {
        return Err(closed());
    }
    match list.folders.make(folder).and_then(|()| make(folder)) {
        Ok(file) => {
            let (file, path) = file.into_parts();
            let number = list.made;
            list.made += 1;
            list.unfinished.push((number, path));
            Ok((file, Entry { number }))
        }
        Err(error) => {
            list.remove_empty_folders();
            Err(error)
        }
    }
}

/// Removes every unfinished download of this process. After that, the process saves no more downloads.
///
/// The temporary files of [`download_to`](crate::blocking::Client::download_to) and `download_video_to` are removed, and
/// the folders that were made for them. From then on, these methods fail. Files that are complete stay.
///
/// Call it just before the process ends, in the thread or task that handles the signals that ask for that.
///
/// ```no_run
/// # fn wait_for_signal() -> i32 { 2 }
/// std::thread::spawn(|| {
///     let signal = wait_for_signal();
///     wechat_material_client::remove_unfinished_downloads();
///     std::process::exit(128 + signal);
/// });
/// ```
pub fn remove_unfinished_downloads() {
    let mut list = List::lock();
    list.is_closed = true;
    // Removed while the list is locked.
    list.unfinished.clear();
    list.remove_empty_folders();
}

/// An error if [`remove_unfinished_downloads`] was called.
pub(super) fn check() -> io::Result<()> {
    if List::lock().is_closed { Err(closed()) } else { Ok(()) }
}

/// Why a file was not saved: [`remove_unfinished_downloads`] if it was called, as it causes other errors.
pub(super) fn cause(error: io::Error) -> io::Error {
    check().err().unwrap_or(error)
}

fn closed() -> io::Error {
    io::Error::other("this process has called remove_unfinished_downloads, and saves no files after that")
}

/// A file on the list. Unless it is renamed, it is removed when this or a clone of it is dropped.
#[derive(Clone)]
pub(crate) struct Entry {
    number: u64,
}

impl Entry {
    /// Gives the file its name, which is an absolute path, and strikes it off. Returns the folders that were made for it.
    pub(super) fn rename(self, target: &Path, overwrite: bool) -> io::Result<Vec<PathBuf>> {
        let mut list = List::lock();
        let Some(path) = list.strike_off(self.number) else {
            return Err(if list.is_closed { closed() } else { ErrorKind::NotFound.into() });
        };
        if overwrite { path.persist(target) } else { path.persist_noclobber(target) }?;
        Ok(list.folders.release(target))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut list = List::lock();
        // Removed while the list is locked.
        drop(list.strike_off(self.number));
        list.remove_empty_folders();
    }
}
