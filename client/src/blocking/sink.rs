//! Sinks of downloads.

use std::fs::File;
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};

use wechat_material::ClientError;
use wechat_material::driver::Feed;

/// A writer that can go back to an earlier position, so that a download can start over.
pub trait Rewind: Write {
    /// Returns the current position.
    ///
    /// # Errors
    ///
    /// An error if the position cannot be determined.
    fn mark(&mut self) -> io::Result<u64>;

    /// Goes back to a position, and removes everything after it.
    ///
    /// # Errors
    ///
    /// An error if that fails.
    fn rewind(&mut self, mark: u64) -> io::Result<()>;
}

impl Rewind for File {
    fn mark(&mut self) -> io::Result<u64> {
        self.stream_position()
    }

    fn rewind(&mut self, mark: u64) -> io::Result<()> {
        self.set_len(mark)?;
        self.seek(SeekFrom::Start(mark)).map(|_| ())
    }
}

impl Rewind for Vec<u8> {
    fn mark(&mut self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn rewind(&mut self, mark: u64) -> io::Result<()> {
        self.truncate(usize::try_from(mark).map_err(io::Error::other)?);
        Ok(())
    }
}

/// A writer, and the number of bytes that the current attempt has written.
pub(super) struct Sink<'s, W: ?Sized> {
    writer: &'s mut W,
    pub(super) written: u64,
    /// How to remove them, if the writer can.
    rewind: Option<(u64, RewindFn<W>)>,
}

type RewindFn<W> = fn(&mut W, u64) -> io::Result<()>;

impl<'s, W: Write + ?Sized> Sink<'s, W> {
    pub(super) fn new(writer: &'s mut W) -> Self {
        Self { writer, written: 0, rewind: None }
    }

    /// A sink that can start over, at its current position.
    pub(super) fn restartable(writer: &'s mut W) -> Result<Self, ClientError>
    where
        W: Rewind,
    {
        let mark = writer.mark().map_err(|source| ClientError::sink(0, source))?;
        Ok(Self { writer, written: 0, rewind: Some((mark, W::rewind)) })
    }

    /// Removes the bytes of the current attempt, if the writer can. Returns whether it did.
    pub(super) fn rewind(&mut self) -> io::Result<bool> {
        let Some((mark, rewind)) = self.rewind else { return Ok(false) };
        rewind(self.writer, mark)?;
        self.written = 0;
        Ok(true)
    }

    pub(super) fn write(&mut self, feed: &Feed<'_>) -> io::Result<()> {
        let Feed::File { held, chunk } = feed else { return Ok(()) };
        self.write_all(held)?;
        self.write_all(chunk)
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    /// As `Write::write_all`, but counts the bytes that were written before an error.
    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.writer.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.written += count as u64;
                    bytes = &bytes[count..];
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
