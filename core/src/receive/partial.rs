//! A response as far as it has arrived, without the endpoint that reads it.

use std::mem;

use http::response::Parts;

use super::Feed;
use crate::classify::{self, Case, Head, KEPT, Verdict, WINDOW};
use crate::error::ApiError;
use crate::material::FileInfo;
use crate::parse::ParseOptions;
use crate::secret::Authorization;

/// A response as far as it has arrived.
pub(crate) struct PartialResponse {
    authorization: Authorization,
    options: ParseOptions,
    max_file: u64,
    head: Head,
    received: u64,
    /// The beginning of the body; of JSON, all of it.
    kept: Vec<u8>,
    /// Once the window is full.
    verdict: Option<Verdict>,
    /// Whether bytes of a file were handed on.
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
            head: Head::of(head),
            received: 0,
            kept: Vec::new(),
            verdict: None,
            is_file: false,
        }
    }

    /// The next bytes of the body.
    pub(crate) fn feed<'c>(&mut self, chunk: &'c [u8]) -> Result<Feed<'c>, ApiError> {
        let before = self.received;
        self.received += chunk.len() as u64;
        let rest = self.keep(chunk, KEPT as u64);
        if self.verdict.is_none() && self.kept.len() >= WINDOW {
            self.verdict = Some(classify::verdict(&self.head, self.window()));
        }
        let Some(verdict) = self.verdict else { return Ok(Feed::Held) };
        if let Verdict::Json(_) = verdict {
            self.keep(rest, self.options.max_json);
        }
        if !self.case().is_file_so_far(verdict)? {
            return Ok(Feed::Held);
        }
        let held = match usize::try_from(before) {
            Ok(before) if !self.is_file => self.kept[..before].to_vec(),
            Ok(_) | Err(_) => Vec::new(),
        };
        self.is_file = true;
        Ok(Feed::File { held, chunk })
    }

    /// What the response is, at the end of its body.
    pub(crate) fn answer(&self) -> Result<classify::Answer, ApiError> {
        self.case().answer(self.verdict())
    }

    /// What is known of the file.
    pub(crate) fn file_info(&mut self, length: Option<u64>) -> FileInfo {
        let window = &self.kept[..self.kept.len().min(WINDOW)];
        self.head.take_file_info(window, length)
    }

    /// The length that the head announces.
    pub(crate) fn announced_length(&self) -> Option<u64> {
        self.head.announced_length()
    }

    /// All bytes of a file of which none were handed on.
    pub(crate) fn take_held(&mut self) -> Vec<u8> {
        if self.is_file { Vec::new() } else { mem::take(&mut self.kept) }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        self.verdict.unwrap_or_else(|| classify::verdict(&self.head, self.window()))
    }

    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// The beginning of the body; of JSON, all of it.
    pub(crate) fn kept(&self) -> &[u8] {
        &self.kept
    }

    fn window(&self) -> &[u8] {
        &self.kept[..self.kept.len().min(WINDOW)]
    }

    /// Keeps at most this many bytes, and returns those that it does not keep.
    fn keep<'c>(&mut self, chunk: &'c [u8], most: u64) -> &'c [u8] {
        let room = most.saturating_sub(self.kept.len() as u64);
        let (kept, rest) =
            chunk.split_at(usize::try_from(room).map_or(chunk.len(), |room| room.min(chunk.len())));
        self.kept.extend_from_slice(kept);
        rest
    }

    fn case(&self) -> Case<'_> {
        Case {
            authorization: self.authorization,
            options: &self.options,
            max_file: self.max_file,
            head: &self.head,
            body: &self.kept,
            received: self.received,
        }
    }
}
