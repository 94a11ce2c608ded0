//! Files whose bytes arrive while they are read.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use wechat_material::bytes::Bytes;
use wechat_material::driver::{AsyncBody, OpenFile};
use wechat_material::{ClientError, FileInfo};

use super::Client;
use super::drive::poll_chunk;

/// A file whose name and type are known, and whose bytes arrive while they are read: as a [`Stream`] of chunks, or as a
/// [`Body`] that a web framework can send.
///
/// It ends only after the whole file has arrived. If the connection breaks or the length is wrong, its last item is an
/// error, so an incomplete file never looks complete. Nothing is retried.
pub struct Download<T> {
    client: Client<T>,
    file: OpenFile,
    /// Bytes that have arrived and were not returned yet.
    held: Bytes,
    /// The rest; `None` after its end.
    body: Option<AsyncBody>,
    /// How many bytes were returned.
    position: u64,
}

impl<T> Download<T> {
    pub(super) fn new(client: Client<T>, mut file: OpenFile, body: Option<AsyncBody>) -> Self {
        let held = file.take_first_bytes().into();
        let mut download = Self { client, file, held, body, position: 0 };
        download.report();
        download
    }

    /// The file's name, type and length, as far as they are known.
    pub fn info(&self) -> &FileInfo {
        self.file.info()
    }

    /// The next bytes; `None` after the end of the file, and after an error.
    ///
    /// # Errors
    ///
    /// [`ClientError::Call`] if the file is incomplete.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, ClientError>> {
        std::future::poll_fn(|context| self.poll_chunk(context)).await
    }

    fn report(&mut self) {
        self.client.inner.report(|| self.file.next_event());
    }

    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, ClientError>>> {
        loop {
            let waits_for_end = self.body.is_some() && self.held_is_last();
            if !self.held.is_empty() && !waits_for_end {
                let chunk = mem::take(&mut self.held);
                self.position += chunk.len() as u64;
                return Poll::Ready(Some(Ok(chunk)));
            }
            let Some(body) = &mut self.body else { return Poll::Ready(None) };
            let chunk = ready!(poll_chunk(body, context));
            let now = self.client.inner.runtime().now();
            let judged = match chunk {
                Some(Ok(chunk)) => match self.file.handle_chunk(&chunk, now) {
                    Ok([]) => continue,
                    Ok(_) => {
                        let before = mem::replace(&mut self.held, chunk);
                        self.position += before.len() as u64;
                        if before.is_empty() {
                            continue;
                        }
                        return Poll::Ready(Some(Ok(before)));
                    }
                    Err(error) => Err(error),
                },
                Some(Err(error)) => Err(self.file.handle_failure(error, now)),
                None => self.file.handle_end(now),
            };
            self.body = None;
            self.report();
            if let Err(error) = judged {
                self.held = Bytes::new();
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    /// Whether these bytes complete the announced length. The end of the body is checked before they are returned, since
    /// a reader that counts bytes stops after them.
    fn held_is_last(&self) -> bool {
        self.info().length == Some(self.position + self.held.len() as u64)
    }
}

impl<T> Stream for Download<T> {
    type Item = Result<Bytes, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(context)
    }
}

impl<T> Body for Download<T> {
    type Data = Bytes;
    type Error = ClientError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ClientError>>> {
        self.poll_chunk(context).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty() && self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.info().length.map(|length| length.saturating_sub(self.position));
        rest.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl<T> fmt::Debug for Download<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("file", &self.file).finish_non_exhaustive()
    }
}
