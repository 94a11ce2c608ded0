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

static LIST: Mutex<List> = Mutex::new(List { is_closed: false, unfinished: Vec::new() });

struct List {
    is_closed: bool,
    unfinished: Vec<Unfinished>,
}

/// A temporary file, and the folders that were made for it. They are removed in this order when this is dropped.
struct Unfinished {
    path: TempPath,
    folders: Folders,
}

impl List {
    fn lock() -> MutexGuard<'static, Self> {
        // Nothing that could panic leaves the list half changed.
        LIST.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn strike_off(&mut self, path: &Path) -> Option<Unfinished> {
        let index = self.unfinished.iter().position(|unfinished| *unfinished.path == *path)?;
        Some(self.unfinished.swap_remove(index))
    }
}

/// Makes a temporary file in a folder, and the folder if it is missing, and lists them.
pub(super) fn list(
    folder: &Path,
    make: impl FnOnce() -> io::Result<NamedTempFile>,
) -> io::Result<(File, Entry)> {
    let mut list = List::lock();
    if list.is_closed {
        return Err(closed());
    }
    let folders = Folders::make(folder)?;
    let (file, path) = make()?.into_parts();
    let entry = Entry { path: path.to_path_buf() };
    list.unfinished.push(Unfinished { path, folders });
    Ok((file, entry))
}

/// Removes every file that this process has begun to download to a path, and the folders that were made for them. From
/// then on, downloads to a path fail.
///
/// For the thread or task that handles the signals that ask a process to end. A file that is complete stays.
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
}

fn closed() -> io::Error {
    io::Error::other("unfinished downloads were removed, as the process is about to end")
}

/// A file on the list. Unless it is renamed, it is removed when this is dropped.
pub(crate) struct Entry {
    path: PathBuf,
}

impl Entry {
    /// Gives the file its name, and strikes it off. Returns the folders that were made for it.
    pub(super) fn rename(self, target: &Path, overwrite: bool) -> io::Result<Vec<PathBuf>> {
        let mut list = List::lock();
        let Some(Unfinished { path, folders }) = list.strike_off(&self.path) else {
            return Err(if list.is_closed { closed() } else { ErrorKind::NotFound.into() });
        };
        if overwrite { path.persist(target) } else { path.persist_noclobber(target) }?;
        Ok(folders.release())
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut list = List::lock();
        // Removed while the list is locked.
        drop(list.strike_off(&self.path));
    }
}
