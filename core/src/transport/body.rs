//! The body of a response, as it arrives.

use std::task::{Context, Poll};

use bytes::Bytes;

/// A body that arrives in chunks, over a blocking transport.
pub type Body<E> = Box<dyn Chunks<E> + Send>;

/// A body that arrives in chunks, over an async transport.
#[cfg(not(target_arch = "wasm32"))]
pub type AsyncBody<E> = Box<dyn AsyncChunks<E> + Send>;

/// A body that arrives in chunks, over an async transport.
#[cfg(target_arch = "wasm32")]
pub type AsyncBody<E> = Box<dyn AsyncChunks<E>>;

/// The chunks of a [`Body`].
pub trait Chunks<E> {
    /// Waits for the next bytes: `None` at the end.
    ///
    /// # Errors
    ///
    /// When the body breaks off.
    fn next(&mut self) -> Result<Option<&[u8]>, E>;
}

/// The chunks of an [`AsyncBody`].
pub trait AsyncChunks<E> {
    /// The next bytes, once they are there: `None` at the end.
    ///
    /// # Errors
    ///
    /// When the body breaks off.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, E>>;
}

/// A body that is there already.
struct Whole {
    bytes: Vec<u8>,
    is_read: bool,
}

pub(super) fn whole<E>(bytes: Vec<u8>) -> Body<E> {
    Box::new(Whole { bytes, is_read: false })
}

pub(super) fn whole_async<E>(bytes: Vec<u8>) -> AsyncBody<E> {
    Box::new(Whole { bytes, is_read: false })
}

impl<E> Chunks<E> for Whole {
    fn next(&mut self) -> Result<Option<&[u8]>, E> {
        let is_over = std::mem::replace(&mut self.is_read, true);
        Ok((!is_over).then_some(&self.bytes))
    }
}

impl<E> AsyncChunks<E> for Whole {
    fn poll_next(&mut self, _context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, E>> {
        let is_over = std::mem::replace(&mut self.is_read, true);
        Poll::Ready(Ok((!is_over).then(|| std::mem::take(&mut self.bytes).into())))
    }
}
