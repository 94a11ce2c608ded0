//! How a response may be read, and what comes of it.

use std::fmt;

use serde::Serialize;

use crate::json::{Repair, Strictness};

/// How a response is read: how strictly, and how much of it.
///
/// ```
/// # use wechat_material::{ParseOptions, Strictness};
/// let options = ParseOptions::default().strictness(Strictness::Strict).max_file(2 << 20);
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
pub struct ParseOptions {
    pub(crate) strictness: Strictness,
    pub(crate) max_json: u64,
    max_file: Option<u64>,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self { strictness: Strictness::default(), max_json: 8 << 20, max_file: None }
    }
}

impl ParseOptions {
    /// What to do with broken JSON. Repaired by default.
    #[must_use]
    pub fn strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// The most bytes of JSON to read, counted as they arrived: 8 MiB by default.
    #[must_use]
    pub fn max_json(mut self, bytes: u64) -> Self {
        self.max_json = bytes;
        self
    }

    /// The most bytes of a file to take: by default 32 MiB of a whole response, and any number of one that is
    /// received in chunks ([`Receiver`](crate::Receiver)).
    #[must_use]
    pub fn max_file(mut self, bytes: u64) -> Self {
        self.max_file = Some(bytes);
        self
    }

    pub(crate) fn max_whole_file(&self) -> u64 {
        self.max_file.unwrap_or(32 << 20)
    }

    pub(crate) fn max_received_file(&self) -> u64 {
        self.max_file.unwrap_or(u64::MAX)
    }
}

/// An answer, and how it was come by.
#[derive(Clone, Debug)]
pub struct Parsed<T> {
    /// The answer.
    pub output: T,
    /// What was repaired to read it, in the order of the places: [`Repair::MOST_LISTED`] at most, and none
    /// for well-formed JSON and files.
    pub repairs: Vec<Repair>,
    /// What told the kind of the answer.
    pub evidence: Evidence,
}

/// What told the kind of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Evidence {
    /// `Content-Disposition: attachment`: a file.
    Attachment,
    /// The body starts with `{`: JSON.
    JsonBody,
    /// The `Content-Type` says JSON.
    JsonType,
    /// The first bytes are those of a known [`FileType`](crate::FileType): a file.
    MagicBytes,
    /// The `Content-Type` says image, audio, video or octet-stream: a file.
    MediaType,
    /// The body is neither JSON nor text: a file of unknown type.
    BinaryBody,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Attachment => "Content-Disposition says attachment",
            Self::JsonBody => "the body starts with {",
            Self::JsonType => "Content-Type says JSON",
            Self::MagicBytes => "the first bytes are those of a known file type",
            Self::MediaType => "Content-Type says media",
            Self::BinaryBody => "the body is neither JSON nor text",
        })
    }
}
