//! Bodies that are read as they arrive.

use std::io::{self, ErrorKind, Read};
use std::time::Duration;

use ureq::BodyReader;
use wechat_material::TransportError;

use crate::connection::read_within;
use crate::error::UreqError;

pub(crate) struct Streamed {
    reader: BodyReader<'static>,
    /// How long the server may send only framing, without a byte of the body.
    limit: Option<Duration>,
}

impl Streamed {
    pub(crate) fn new(body: ureq::Body, limit: Option<Duration>) -> Self {
        Self { reader: body.into_with_config().limit(u64::MAX).reader(), limit }
    }
}

impl Read for Streamed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self.limit {
            Some(limit) => read_within(limit, || self.reader.read(buffer)),
            None => self.reader.read(buffer),
        };
        read.map_err(|error| match error.kind() {
            // Callers of `Read` read again, so nothing is lost.
            ErrorKind::Interrupted => error,
            _ => io::Error::other(TransportError::from(UreqError::from(ureq::Error::from(error)))),
        })
    }
}
