//! A download that is saved as a file.

use std::io;
use std::panic::resume_unwind;
use std::path::PathBuf;

use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;
use wechat_material::bytes::Bytes;
use wechat_material::{ClientError, FileInfo};

use super::drain::{AsyncRewind, Drain};
use crate::save::{Entry, Part, SaveTo};

/// One download that is saved. Nothing is created before the first byte of a file arrives. If it is dropped, nothing is left.
pub(super) struct Saving {
    to: SaveTo,
    part: Option<(File, Entry)>,
}

impl Saving {
    /// Checks whether the download can be saved, as far as that is known.
    pub(super) async fn new(to: SaveTo) -> Result<Self, ClientError> {
        let checked = to.clone();
        match in_background(move || checked.check()).await {
            Ok(checked) => checked.map(|()| Self { to, part: None }),
            Err(error) => Err(to.failure(error)),
        }
    }

    /// Gives the file its final name, and returns its path.
    pub(super) async fn finish(self, info: FileInfo) -> Result<PathBuf, ClientError> {
        let Self { to, part } = self;
        let part = match part {
            Some((file, entry)) => Some(Part { file: file.into_std().await, entry }),
            None => None,
        };
        let finished = to.clone();
        match in_background(move || finished.finish(part, &info)).await {
            Ok(finished) => finished,
            Err(error) => Err(to.failure(error)),
        }
    }

    /// Adds the path to an error of the disk.
    pub(super) fn with_path(self, error: ClientError) -> ClientError {
        self.to.with_path(error)
    }
}

impl Drain for Saving {
    async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let (file, _) = if let Some(part) = &mut self.part {
            part
        } else {
            let to = self.to.clone();
            let Part { file, entry } = in_background(move || to.begin()).await??;
            self.part.insert((File::from_std(file), entry))
        };
        file.write_all(&bytes).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        match &mut self.part {
            Some((file, _)) => file.flush().await,
            None => Ok(()),
        }
    }

    async fn rewind(&mut self) -> io::Result<bool> {
        if let Some((file, _)) = &mut self.part {
            AsyncRewind::rewind(file, 0).await?;
        }
        Ok(true)
    }

    fn written(&self) -> u64 {
        // A download that fails leaves nothing.
        0
    }
}

/// Runs work that blocks. It is an error if the runtime shuts down first.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(|error| match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(error) => io::Error::other(error),
    })
}
