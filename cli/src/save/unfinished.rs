//! The files that are not whole yet, so that a signal takes them along.
//!
//! A signal may come at any time. Why it leaves neither a temporary file nor half of a saved one:
//!
//! - A temporary file is made, renamed and removed by nobody but who has the lock. It is listed in the same turn in
//!   which it was made, and struck off in that in which it was renamed or removed. So between turns, all temporary
//!   files are listed, and nothing else is.
//! - Signals are handled by a thread, not within whatever they interrupt. It waits for its turn, removes what is
//!   listed, and ends the program without giving the lock back: nothing can be made or renamed after that.
//! - What takes time (the network, writing, syncing) happens outside of turns, so that the thread never waits for it.
//! - The list is begun only after signals are heeded. Before, they end the program as they end any other.
//!
//! A signal that comes after the last turn removes nothing: the file is whole, though the exit code tells of the
//! signal. A second signal finds the thread at work already, and changes nothing.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::{NamedTempFile, TempPath};

use super::folders::Folders;
use super::signals;
use crate::failure::Failure;

static LIST: Mutex<List> = Mutex::new(List { heeds_signals: false, unfinished: Vec::new() });

struct List {
    heeds_signals: bool,
    unfinished: Vec<Unfinished>,
}

/// A temporary file, and the folders that were made for it. They go away with this, in this order.
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

/// Makes a temporary file, and lists it.
pub(super) fn list(
    make: impl FnOnce() -> Result<(NamedTempFile, Folders), Failure>,
) -> Result<(File, Entry), Failure> {
    let mut list = List::lock();
    if !list.heeds_signals {
        signals::heed(end).map_err(|error| {
            Failure::refused("the program cannot be made to heed signals").because(&error)
        })?;
        list.heeds_signals = true;
    }
    let (file, folders) = make()?;
    let (file, path) = file.into_parts();
    let entry = Entry { path: path.to_path_buf() };
    list.unfinished.push(Unfinished { path, folders });
    Ok((file, entry))
}

/// Removes what is listed, and ends the program.
fn end(code: i32) -> ! {
    let mut list = List::lock();
    list.unfinished.clear();
    // Does not return, so the lock is not given back.
    process::exit(code)
}

/// A file on the list. Unless it is renamed, it goes away with this.
pub(super) struct Entry {
    path: PathBuf,
}

impl Entry {
    /// Gives the file its name, and strikes it off.
    pub(super) fn rename(self, target: &Path, replace: bool) -> io::Result<()> {
        let mut list = List::lock();
        let Some(Unfinished { path, folders }) = list.strike_off(&self.path) else {
            return Err(ErrorKind::NotFound.into());
        };
        if replace { path.persist(target) } else { path.persist_noclobber(target) }?;
        folders.keep();
        Ok(())
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut list = List::lock();
        // Removed while the lock is held.
        drop(list.strike_off(&self.path));
    }
}
