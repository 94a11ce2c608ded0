//! What a download is written into.

use std::fs::File;
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};

use wechat_material::ClientError;
use wechat_material::driver::Feed;

/// A sink that can take back what was written.
pub trait Rewind: Write {
    /// The present position.
    ///
    /// # Errors
    ///
    /// If it cannot be determined.
    fn mark(&mut self) -> io::Result<u64>;

    /// Goes back to a position, and drops everything after it.
    ///
    /// # Errors
    ///
    /// If that cannot be done.
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

/// A sink, and how much of the present attempt it holds.
pub(super) struct Sink<'s, W: ?Sized> {
    writer: &'s mut W,
    pub(super) written: u64,
    /// How it takes back what it holds, if it can.
    rewind: Option<(u64, RewindFn<W>)>,
}

type RewindFn<W> = fn(&mut W, u64) -> io::Result<()>;

impl<'s, W: Write + ?Sized> Sink<'s, W> {
    pub(super) fn new(writer: &'s mut W) -> Self {
        Self { writer, written: 0, rewind: None }
    }

    /// One that can start over, at its present position.
    pub(super) fn restartable(writer: &'s mut W) -> Result<Self, ClientError>
    where
        W: Rewind,
    {
        let mark = writer.mark().map_err(|source| ClientError::sink(0, source))?;
        Ok(Self { writer, written: 0, rewind: Some((mark, W::rewind)) })
    }

    /// Takes back what it holds, if it can.
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

    /// `Write::write_all`, but for the count of what was written before an error.
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
