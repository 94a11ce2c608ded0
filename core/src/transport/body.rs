//! Bodies that are read as they arrive.

use std::io::{Cursor, Read};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::TransportError;

/// The body of a response from a blocking transport. A truncated body ends with an error, never with a normal
/// end. To keep the kind of the failure, use `std::io::Error::other` with a [`TransportError`].
pub type Body = Box<dyn Read + Send>;

/// The body of a response from an async transport. A truncated body ends with an error, never with a normal
/// end.
#[cfg(not(target_arch = "wasm32"))]
pub type AsyncBody = Pin<Box<dyn http_body::Body<Data = Bytes, Error = TransportError> + Send>>;

/// The body of a response from an async transport. A truncated body ends with an error, never with a normal
/// end.
#[cfg(target_arch = "wasm32")]
pub type AsyncBody = Pin<Box<dyn http_body::Body<Data = Bytes, Error = TransportError>>>;

pub(super) fn whole(bytes: Vec<u8>) -> Body {
    Box::new(Cursor::new(bytes))
}

pub(super) fn whole_async(bytes: Vec<u8>) -> AsyncBody {
    Box::pin(Whole(bytes.into()))
}

/// A body that has arrived already.
struct Whole(Bytes);

impl http_body::Body for Whole {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let bytes = mem::take(&mut self.0);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}
