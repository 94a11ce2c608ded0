//! Sinks of downloads.

use std::future::poll_fn;
use std::io;
#[cfg(feature = "tokio")]
use std::io::SeekFrom;
use std::pin::Pin;

use futures_sink::Sink;
#[cfg(feature = "tokio")]
use tokio::fs::File;
#[cfg(feature = "tokio")]
use tokio::io::{AsyncSeekExt, AsyncWrite, AsyncWriteExt};
#[cfg(feature = "tokio")]
use wechat_material::ClientError;
use wechat_material::bytes::Bytes;

use crate::source::SourceError;

/// A writer that can go back to an earlier position, so that a download can start over.
#[cfg(feature = "tokio")]
pub trait AsyncRewind: AsyncWrite {
    /// Returns the current position.
    ///
    /// # Errors
    ///
    /// An error if the position cannot be determined.
    fn mark(&mut self) -> impl Future<Output = io::Result<u64>> + Send;

    /// Goes back to a position, and removes everything after it.
    ///
    /// # Errors
    ///
    /// An error if that fails.
    fn rewind(&mut self, mark: u64) -> impl Future<Output = io::Result<()>> + Send;
}

#[cfg(feature = "tokio")]
impl AsyncRewind for File {
    async fn mark(&mut self) -> io::Result<u64> {
        self.stream_position().await
    }

    async fn rewind(&mut self, mark: u64) -> io::Result<()> {
        // A pending write that fails should be an error now, and not in the next attempt.
        self.flush().await?;
        self.set_len(mark).await?;
        self.seek(SeekFrom::Start(mark)).await.map(|_| ())
    }
}

#[cfg(feature = "tokio")]
impl AsyncRewind for Vec<u8> {
    async fn mark(&mut self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    async fn rewind(&mut self, mark: u64) -> io::Result<()> {
        self.truncate(usize::try_from(mark).map_err(io::Error::other)?);
        Ok(())
    }
}

/// Where the bytes of a download go.
pub(super) trait Drain {
    async fn write(&mut self, bytes: Bytes) -> io::Result<()>;
    async fn flush(&mut self) -> io::Result<()>;

    /// Removes the bytes of the current attempt, if it can. Returns whether it did.
    async fn rewind(&mut self) -> io::Result<bool> {
        Ok(false)
    }

    /// The number of bytes that the current attempt has written.
    fn written(&self) -> u64;

    async fn write_both(&mut self, held: Bytes, chunk: Bytes) -> io::Result<()> {
        self.write(held).await?;
        self.write(chunk).await
    }

    /// Writes the last bytes, and flushes if they complete the file.
    async fn end(&mut self, rest: Bytes, is_complete: bool) -> io::Result<()> {
        self.write(rest).await?;
        if is_complete { self.flush().await } else { Ok(()) }
    }
}

/// For calls that store the file themselves.
pub(super) struct Discard;

impl Drain for Discard {
    async fn write(&mut self, _bytes: Bytes) -> io::Result<()> {
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn written(&self) -> u64 {
        0
    }
}

#[cfg(feature = "tokio")]
pub(super) struct Writer<'s, W: ?Sized> {
    writer: &'s mut W,
    written: u64,
}

#[cfg(feature = "tokio")]
impl<'s, W: ?Sized> Writer<'s, W> {
    pub(super) fn new(writer: &'s mut W) -> Self {
        Self { writer, written: 0 }
    }
}

#[cfg(feature = "tokio")]
impl<W: AsyncWrite + Unpin + ?Sized> Drain for Writer<'_, W> {
    async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        let mut bytes = &*bytes;
        while !bytes.is_empty() {
            let count = self.writer.write(bytes).await?;
            if count == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.written += count as u64;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.writer.flush().await
    }

    fn written(&self) -> u64 {
        self.written
    }
}

/// A writer that can start over, at its current position.
#[cfg(feature = "tokio")]
pub(super) struct Restartable<'s, W: ?Sized> {
    writer: Writer<'s, W>,
    mark: u64,
}

#[cfg(feature = "tokio")]
impl<'s, W: AsyncRewind + ?Sized> Restartable<'s, W> {
    pub(super) async fn new(writer: &'s mut W) -> Result<Self, ClientError> {
        let mark = writer.mark().await.map_err(|source| ClientError::sink(0, source))?;
        Ok(Self { writer: Writer::new(writer), mark })
    }
}

#[cfg(feature = "tokio")]
impl<W: AsyncRewind + Unpin + ?Sized> Drain for Restartable<'_, W> {
    async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        self.writer.write(bytes).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.writer.flush().await
    }

    async fn rewind(&mut self) -> io::Result<bool> {
        self.writer.writer.rewind(self.mark).await?;
        self.writer.written = 0;
        Ok(true)
    }

    fn written(&self) -> u64 {
        self.writer.written
    }
}

/// A sink of chunks.
pub(super) struct Chunks<'s, S: ?Sized> {
    sink: &'s mut S,
    written: u64,
}

impl<'s, S: ?Sized> Chunks<'s, S> {
    pub(super) fn new(sink: &'s mut S) -> Self {
        Self { sink, written: 0 }
    }
}

impl<S: Sink<Bytes, Error: Into<SourceError>> + Unpin + ?Sized> Drain for Chunks<'_, S> {
    async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let length = bytes.len() as u64;
        poll_fn(|context| Pin::new(&mut *self.sink).poll_ready(context)).await.map_err(io::Error::other)?;
        Pin::new(&mut *self.sink).start_send(bytes).map_err(io::Error::other)?;
        self.written += length;
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|context| Pin::new(&mut *self.sink).poll_flush(context)).await.map_err(io::Error::other)
    }

    fn written(&self) -> u64 {
        self.written
    }
}
