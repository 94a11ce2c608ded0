//! A download that is saved as a file.

use std::io;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;
use wechat_material::bytes::Bytes;
use wechat_material::{ClientError, FileInfo};

use super::drain::{AsyncRewind, Drain};
use crate::save::{Destination, Entry, Part, SaveTo};

/// One download that is saved. Nothing is created before the first byte of a file arrives. If it is dropped, nothing is left.
pub(super) struct Saving {
    to: Arc<Destination>,
    part: Option<(File, Entry)>,
}

impl Saving {
    /// Checks whether the download can be saved, as far as that is known.
    pub(super) async fn new(to: SaveTo) -> Result<Self, ClientError> {
        let path = to.path().to_owned();
        match in_background(move || to.resolve()).await {
            Ok(resolved) => resolved.map(|to| Self { to: Arc::new(to), part: None }),
            Err(error) => Err(ClientError::save(path, error)),
        }
    }

    /// Gives the file its final name, and returns its path.
    pub(super) async fn finish(self, info: FileInfo) -> Result<PathBuf, ClientError> {
        let Self { to, part } = self;
        let part = match part {
            Some((file, entry)) => Some(Part { file: file.into_std().await, entry }),
            None => None,
        };
        // If this future is dropped first, the file is removed, and the thread that would rename it finds nothing.
        let _removed_if_dropped = part.as_ref().map(|part| part.entry.clone());
        let finished = Arc::clone(&to);
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
            let to = Arc::clone(&self.to);
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
        Err(_) => io::Error::other("the tokio runtime was shut down before the download was complete"),
    })
}
