//! Downloads that are saved as files, whole or not at all.

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;
use wechat_material::{ClientError, FileInfo};

use crate::blocking::Rewind;

mod destination;
mod folders;
mod part;
mod path;
mod to;
mod unfinished;

pub(crate) use self::destination::Destination;
pub(crate) use self::part::Part;
pub use self::to::SaveTo;
#[cfg(feature = "tokio")]
pub(crate) use self::unfinished::Entry;
pub use self::unfinished::remove_unfinished_downloads;

/// A file that was downloaded and saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SavedFile {
    /// Its name, type and length.
    pub info: FileInfo,
    /// Where it was saved: relative if the given path is. It is serialized as text, which fails if it is not Unicode.
    pub path: PathBuf,
}

impl SavedFile {
    pub(crate) fn new(info: FileInfo, path: PathBuf) -> Self {
        Self { info, path }
    }
}

/// One download that is saved. Nothing is created before the first byte of a file arrives: an error of the API leaves
/// neither a file nor a folder.
pub(crate) struct Saving {
    to: Destination,
    part: Option<Part>,
}

impl Saving {
    /// Checks whether the download can be saved, as far as that is known.
    pub(crate) fn new(to: SaveTo) -> Result<Self, ClientError> {
        Ok(Self { to: to.resolve()?, part: None })
    }

    /// Gives the file its final name, and returns its path.
    pub(crate) fn finish(self, info: &FileInfo) -> Result<PathBuf, ClientError> {
        self.to.finish(self.part, info)
    }

    /// Adds the path to an error of the disk.
    pub(crate) fn with_path(&self, error: ClientError) -> ClientError {
        self.to.with_path(error)
    }
}

impl Write for Saving {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let part = match &mut self.part {
            Some(part) => part,
            None => self.part.insert(self.to.begin()?),
        };
        part.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        // There is no buffer.
        Ok(())
    }
}

/// The file is empty at first.
impl Rewind for Saving {
    fn mark(&mut self) -> io::Result<u64> {
        Ok(0)
    }

    fn rewind(&mut self, mark: u64) -> io::Result<()> {
        self.part.as_mut().map_or(Ok(()), |part| part.file.rewind(mark))
    }
}
