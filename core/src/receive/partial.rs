//! A response that is arriving, without the endpoint that reads it.

use std::mem;

use http::response::Parts;

use super::Feed;
use crate::classify::{self, Case, Head, MAX_EXCERPT, Verdict, WINDOW};
use crate::error::ApiError;
use crate::material::FileInfo;
use crate::parse::ParseOptions;
use crate::secret::Authorization;

/// A response whose head and a part of whose body have arrived.
pub(crate) struct PartialResponse {
    authorization: Authorization,
    options: ParseOptions,
    max_file: u64,
    head: Head,
    received: u64,
    /// The beginning of the body, or all of it if it is JSON.
    stored: Vec<u8>,
    /// Set when the window is full.
    verdict: Option<Verdict>,
    /// Whether bytes of a file were returned.
    is_file: bool,
}

impl PartialResponse {
    pub(super) fn new(
        authorization: Authorization,
        options: &ParseOptions,
        max_file: u64,
        head: Parts,
    ) -> Self {
        Self {
            authorization,
            options: options.clone(),
            max_file,
            head: Head::new(head),
            received: 0,
            stored: Vec::new(),
            verdict: None,
            is_file: false,
        }
    }

    /// Takes the next bytes of the body.
    pub(crate) fn feed<'c>(&mut self, chunk: &'c [u8]) -> Result<Feed<'c>, ApiError> {
        let before = self.received;
        self.received += chunk.len() as u64;
        let rest = self.store(chunk, MAX_EXCERPT as u64);
        if self.verdict.is_none() && self.stored.len() >= WINDOW {
            self.verdict = Some(classify::verdict(&self.head, self.window()));
        }
        let Some(verdict) = self.verdict else { return Ok(Feed::Held) };
        if let Verdict::Json(_) = verdict {
            self.store(rest, self.options.max_json);
        }
        if !self.case().is_certainly_file(verdict)? {
            return Ok(Feed::Held);
        }
        let held = match usize::try_from(before) {
            Ok(before) if !self.is_file => self.stored[..before].to_vec(),
            Ok(_) | Err(_) => Vec::new(),
        };
        self.is_file = true;
        Ok(Feed::File { held, chunk })
    }

    /// Judges the response at the end of its body.
    pub(crate) fn answer(&self) -> Result<classify::Answer, ApiError> {
        self.case().answer(self.verdict())
    }

    /// The metadata of the file.
    pub(crate) fn file_info(&mut self, length: Option<u64>) -> FileInfo {
        let window = &self.stored[..self.stored.len().min(WINDOW)];
        self.head.take_file_info(window, length)
    }

    /// The length that the head announces.
    pub(crate) fn announced_length(&self) -> Option<u64> {
        self.head.announced_length()
    }

    /// The bytes of a file, if none were returned before.
    pub(crate) fn take_held(&mut self) -> Vec<u8> {
        if self.is_file { Vec::new() } else { mem::take(&mut self.stored) }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        self.verdict.unwrap_or_else(|| classify::verdict(&self.head, self.window()))
    }

    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// The beginning of the body, or all of it if it is JSON.
    pub(crate) fn stored(&self) -> &[u8] {
        &self.stored
    }

    fn window(&self) -> &[u8] {
        &self.stored[..self.stored.len().min(WINDOW)]
    }

    /// Stores bytes until `max` are stored, and returns the rest.
    fn store<'c>(&mut self, chunk: &'c [u8], max: u64) -> &'c [u8] {
        let room = max.saturating_sub(self.stored.len() as u64);
        let (stored, rest) =
            chunk.split_at(usize::try_from(room).map_or(chunk.len(), |room| room.min(chunk.len())));
        self.stored.extend_from_slice(stored);
        rest
    }

    fn case(&self) -> Case<'_> {
        Case {
            authorization: self.authorization,
            options: &self.options,
            max_file: self.max_file,
            head: &self.head,
            body: &self.stored,
            received: self.received,
        }
    }
}
