//! Files whose bytes arrive while they are read.

use std::fmt;
use std::io::{self, ErrorKind, Read};

use wechat_material::driver::{Body, Moment, OpenFile};
use wechat_material::{ClientError, FileInfo};

use super::Client;

/// A file whose name and type are known, and whose bytes arrive while they are [read](Read).
///
/// Reading ends only after the whole file has arrived. If the connection breaks or the length is wrong, `read` returns
/// an error that contains a [`ClientError`], so an incomplete file never looks complete. Nothing is retried.
pub struct Download<T> {
    client: Client<T>,
    file: OpenFile,
    first_bytes: io::Cursor<Vec<u8>>,
    /// The rest; `None` after its end.
    body: Option<Body>,
    /// How many bytes were returned.
    position: u64,
    has_failed: bool,
}

impl<T> Download<T> {
    pub(super) fn new(client: Client<T>, mut file: OpenFile, body: Option<Body>) -> Self {
        let first_bytes = io::Cursor::new(file.take_first_bytes());
        let mut download = Self { client, file, first_bytes, body, position: 0, has_failed: false };
        download.report();
        download
    }

    /// The file's name, type and length, as far as they are known.
    pub fn info(&self) -> &FileInfo {
        self.file.info()
    }

    fn now(&self) -> Moment {
        self.client.now()
    }

    fn report(&mut self) {
        self.client.inner.report(|| self.file.next_event());
    }

    fn end(&mut self, result: Result<(), ClientError>) -> io::Result<usize> {
        self.body = None;
        self.has_failed = result.is_err();
        self.report();
        result.map(|()| 0).map_err(io::Error::from)
    }

    /// Checks that the body ends after the announced length.
    fn check_end(&mut self) -> io::Result<()> {
        loop {
            match self.read_body(&mut [0]) {
                Ok(0) => return Ok(()),
                // There is more: the length is wrong.
                Ok(_) => {
                    let ended = self.file.handle_end(self.client.now());
                    return self.end(ended).map(drop);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn read_body(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(body) = &mut self.body {
            let read = body.read(buffer);
            let now = self.now();
            match read {
                Ok(0) => {
                    let ended = self.file.handle_end(now);
                    return self.end(ended);
                }
                Ok(length) => match self.file.handle_chunk(&buffer[..length], now) {
                    Ok([]) => {}
                    Ok(chunk) => return Ok(chunk.len()),
                    Err(error) => return self.end(Err(error)),
                },
                Err(error) if error.kind() == ErrorKind::Interrupted => return Err(error),
                Err(error) => {
                    let failed = self.file.handle_failure(error.into(), now);
                    return self.end(Err(failed));
                }
            }
        }
        let incomplete = || io::Error::other("the file is incomplete: an earlier read failed");
        if self.has_failed { Err(incomplete()) } else { Ok(0) }
    }
}

impl<T> Read for Download<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let length = match self.first_bytes.read(buffer)? {
            0 => self.read_body(buffer)?,
            first => first,
        };
        self.position += length as u64;
        // A reader that counts bytes stops after them, so the end is checked before they are returned.
        if length > 0 && self.body.is_some() && self.info().length == Some(self.position) {
            self.check_end()?;
        }
        Ok(length)
    }
}

impl<T> fmt::Debug for Download<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("file", &self.file).finish_non_exhaustive()
    }
}
