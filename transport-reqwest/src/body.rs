//! Bodies that are read as they arrive.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body::{Body, Frame, SizeHint};
use reqwest::Version;
use tokio::time::{self, Sleep};
use wechat_material::TransportError;
use wechat_material::bytes::Bytes;
use wechat_material::http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};

use crate::error::ReqwestError;

/// Reqwest's body, with two more errors: if nothing arrives for too long, and if a broken connection may look like the end.
///
/// Reqwest's own `read_timeout` also counts time in which the body is not polled, so a slow disk would end a download. This
/// one counts only the time in which the caller waits for bytes.
pub(crate) struct IncomingBody {
    body: reqwest::Body,
    read_timeout: Duration,
    /// Set while the caller waits for bytes.
    deadline: Option<Pin<Box<Sleep>>>,
    /// Whether the end of the body proves that it is complete.
    is_end_certain: bool,
}

impl IncomingBody {
    /// The most memory that is reserved before any bytes have arrived, in bytes.
    const MAX_RESERVED: u64 = 1 << 20;

    pub(crate) fn new(body: reqwest::Body, read_timeout: Duration) -> Self {
        Self { body, read_timeout, deadline: None, is_end_certain: true }
    }

    /// Makes the end of the body an error, unless the body is empty.
    pub(crate) fn without_certain_end(self) -> Self {
        Self { is_end_certain: self.body.is_end_stream(), ..self }
    }

    /// Collects all bytes, up to a limit.
    pub(crate) async fn collect(mut self, limit: u64) -> Result<Vec<u8>, TransportError> {
        let announced = self.size_hint().lower().min(limit).min(Self::MAX_RESERVED);
        let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
        while let Some(frame) = poll_fn(|context| Pin::new(&mut self).poll_frame(context)).await {
            // Trailers have no meaning here.
            let Ok(chunk) = frame?.into_data() else { continue };
            if bytes.len() as u64 + chunk.len() as u64 > limit {
                return Err(ReqwestError::TooLarge { limit }.into());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

impl Body for IncomingBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.deadline = None;
            return Poll::Ready(match frame {
                None if !self.is_end_certain => {
                    self.is_end_certain = true;
                    Some(Err(ReqwestError::UncertainEnd.into()))
                }
                other => other.map(|frame| frame.map_err(|error| ReqwestError::from(error).into())),
            });
        }
        let read_timeout = self.read_timeout;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(time::sleep(read_timeout)));
        ready!(deadline.as_mut().poll(context));
        Poll::Ready(Some(Err(ReqwestError::ReadTimeout(read_timeout).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.is_end_certain && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Whether the body ends when the connection ends, as it has neither a length nor chunks.
pub(crate) fn ends_with_the_connection(version: Version, headers: &HeaderMap) -> bool {
    let last_coding = headers.get_all(TRANSFER_ENCODING).iter().next_back();
    let is_chunked = last_coding
        .is_some_and(|codings| codings.as_bytes().trim_ascii().to_ascii_lowercase().ends_with(b"chunked"));
    version <= Version::HTTP_11 && !is_chunked && !headers.contains_key(CONTENT_LENGTH)
}
