//! A file whose rest is read by the caller.

use std::fmt;

use super::secrets::Secrets;
use crate::call::CallError;
use crate::classify::Verdict;
use crate::error::ApiError;
use crate::flow::event::Events;
use crate::flow::{ClientError, ClientEvent, EventKind, Moment};
use crate::material::FileInfo;
use crate::parse::Evidence;
use crate::receive::{Feed, PartialResponse};
use crate::transport::TransportError;

/// A file whose first bytes have arrived. The caller reads the rest.
///
/// It comes from a [`Call`](super::Call) that [opens a file](super::Call::opening). The rest is judged as it arrives, and
/// nothing is retried.
pub struct OpenFile {
    info: FileInfo,
    evidence: Evidence,
    response: PartialResponse,
    first_bytes: Vec<u8>,
    is_receiving: bool,
    events: Events,
    secrets: Secrets,
    call: &'static str,
    attempts: u32,
    renewed: bool,
    /// How many bytes were returned to the caller.
    written: u64,
}

impl OpenFile {
    /// `first_bytes` is `None` if the body has ended: then all bytes are in the response.
    pub(super) fn new(
        mut response: PartialResponse,
        first_bytes: Option<Vec<u8>>,
        fallback_name: &str,
        (mut events, secrets): (Events, Secrets),
        (call, attempts, renewed): (&'static str, u32, bool),
        now: Moment,
    ) -> Self {
        let is_receiving = first_bytes.is_some();
        let evidence = match response.verdict() {
            Verdict::File(evidence) => evidence,
            _ => Evidence::Attachment,
        };
        if !is_receiving {
            let answer = || EventKind::Answer { evidence: Some(evidence), repairs: Vec::new() };
            events.push(attempts, now, answer);
        }
        let length = if is_receiving { response.announced_length() } else { Some(response.received()) };
        let info = response.file_info(length).with_fallback_name(fallback_name).redacted(&secrets.texts());
        let first_bytes = first_bytes.unwrap_or_else(|| response.take_held());
        Self {
            info,
            evidence,
            response,
            first_bytes,
            is_receiving,
            events,
            secrets,
            call,
            attempts,
            renewed,
            written: 0,
        }
    }

    /// The metadata of the file.
    pub fn info(&self) -> &FileInfo {
        &self.info
    }

    /// Why the response was taken for a file.
    pub fn evidence(&self) -> Evidence {
        self.evidence
    }

    /// Whether more of the body is needed.
    pub fn is_receiving(&self) -> bool {
        self.is_receiving
    }

    /// The bytes that arrived first. They come before those of every further chunk; a second call returns none.
    pub fn take_first_bytes(&mut self) -> Vec<u8> {
        self.written += self.first_bytes.len() as u64;
        std::mem::take(&mut self.first_bytes)
    }

    /// Reports the next bytes of the body. Returns those to hand to the caller: all of them, or none if the file is longer
    /// than the options allow.
    ///
    /// # Errors
    ///
    /// [`ClientError::Call`] if the file is longer than the options allow.
    pub fn handle_chunk<'b>(&mut self, chunk: &'b [u8], now: Moment) -> Result<&'b [u8], ClientError> {
        match self.response.feed(chunk) {
            Ok(Feed::File { chunk, .. }) => {
                self.written += chunk.len() as u64;
                Ok(chunk)
            }
            Ok(Feed::Held) => Ok(&[]),
            Err(error) => Err(self.failed(error, now)),
        }
    }

    /// Reports the orderly end of the body.
    ///
    /// # Errors
    ///
    /// [`ClientError::Call`] if the file is not whole.
    pub fn handle_end(&mut self, now: Moment) -> Result<(), ClientError> {
        self.is_receiving = false;
        match self.response.answer() {
            Ok(answer) => {
                let evidence = Some(answer.evidence);
                let answer = || EventKind::Answer { evidence, repairs: answer.repairs };
                self.events.push(self.attempts, now, answer);
                Ok(())
            }
            Err(error) => Err(self.failed(error, now)),
        }
    }

    /// Reports that the body was cut off.
    pub fn handle_failure(&mut self, error: TransportError, now: Moment) -> ClientError {
        self.failed_with(CallError::Transport(error), now)
    }

    fn failed(&mut self, error: ApiError, now: Moment) -> ClientError {
        self.failed_with(CallError::Api(error), now)
    }

    fn failed_with(&mut self, error: CallError, now: Moment) -> ClientError {
        self.is_receiving = false;
        let error = error.redacted(&self.secrets.texts());
        self.events.push(self.attempts, now, || EventKind::failure(&error));
        ClientError::Call {
            call: self.call,
            attempts: self.attempts,
            renewed: self.renewed,
            written: self.written,
            cause: Box::new(error),
        }
    }

    /// The next event, if events are recorded.
    pub fn next_event(&mut self) -> Option<ClientEvent> {
        self.events.next()
    }
}

impl fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenFile")
            .field("info", &self.info)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}
