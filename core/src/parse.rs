//! Options for reading a response, and the parsed result.

use std::fmt;

use http::Response;
use serde::Serialize;

use crate::answer::{Answer, Object};
use crate::classify::{self, Content, MAX_EXCERPT};
use crate::endpoint::{Endpoint, Target};
use crate::error::{ApiError, Excerpt};
use crate::flow::Expect;
use crate::json::{Repair, Strictness};
use crate::material::FileInfo;

/// How a response is read: how strictly, and how much of it.
///
/// ```
/// # use wechat_material::{ParseOptions, Strictness};
/// let mut options = ParseOptions::default().strictness(Strictness::Strict).max_file(2 << 20);
/// options.max_file = None;
/// assert_eq!(options.max_json, 8 << 20);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ParseOptions {
    /// What to do with broken JSON. By default it is repaired.
    pub strictness: Strictness,
    /// How many bytes of JSON are read at most, before any repair: 8 MiB by default.
    pub max_json: u64,
    /// How many bytes a file may have. With `None`, which is the default, a file that is held in memory may
    /// be up to 32 MiB, and one that is streamed from a link ([`GetVideo`](crate::GetVideo)) up to 1 GiB. A
    /// file that is streamed from the API has no limit then.
    pub max_file: Option<u64>,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self { strictness: Strictness::default(), max_json: 8 << 20, max_file: None }
    }
}

impl ParseOptions {
    /// Sets [`strictness`](Self::strictness).
    #[must_use]
    pub fn strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// Sets [`max_json`](Self::max_json), in bytes.
    #[must_use]
    pub fn max_json(mut self, bytes: u64) -> Self {
        self.max_json = bytes;
        self
    }

    /// Sets [`max_file`](Self::max_file), in bytes.
    #[must_use]
    pub fn max_file(mut self, bytes: u64) -> Self {
        self.max_file = Some(bytes);
        self
    }

    pub(crate) fn max_whole_file(&self) -> u64 {
        self.max_file.unwrap_or(32 << 20)
    }

    /// The server of a link is not WeChat's API, and its file may have no end.
    pub(crate) fn max_linked_file(&self) -> u64 {
        self.max_file.unwrap_or(1 << 30)
    }

    pub(crate) fn max_received_file(&self) -> u64 {
        self.max_file.unwrap_or(u64::MAX)
    }
}

/// Judges a whole response, and has the endpoint read it.
pub(crate) fn parse_whole<E, F>(
    endpoint: &E,
    options: &ParseOptions,
    max_file: u64,
    response: Response<Vec<u8>>,
    received: impl FnOnce(FileInfo, Vec<u8>) -> F,
) -> Result<Parsed<E::Output<F>>, ApiError>
where
    E: Endpoint + ?Sized,
{
    let (answer, mut head, body) = classify::judge(E::Target::AUTHORIZATION, options, max_file, response)?;
    let output = match answer.content {
        Content::Json(object) => {
            let read = endpoint.read::<F>(Answer::Json(Object::new(object)));
            read.map_err(|error| error.with_body(|| excerpt::<E>(&body)))?
        }
        Content::File => {
            let length = Some(body.len() as u64);
            let info = head.take_file_info(&body, length).with_fallback_name(endpoint.fallback_name());
            let beginning = beginning_for_error(endpoint, &body);
            let read = endpoint.read(Answer::File(received(info, body)));
            read.map_err(|error| error.with_body(|| beginning))?
        }
    };
    Ok(Parsed { output, repairs: answer.repairs, evidence: answer.evidence })
}

/// The excerpt for an error about a file that the endpoint does not expect. It is taken before the endpoint gets the bytes.
pub(crate) fn beginning_for_error<E: Endpoint + ?Sized>(endpoint: &E, body: &[u8]) -> Excerpt {
    match endpoint.expect() {
        Expect::Json => excerpt::<E>(&body[..body.len().min(MAX_EXCERPT)]),
        Expect::File => excerpt::<E>(&[]),
    }
}

pub(crate) fn excerpt<E: Endpoint + ?Sized>(body: &[u8]) -> Excerpt {
    Excerpt::new(body, E::Target::AUTHORIZATION)
}

/// A parsed response with its provenance.
#[derive(Clone, Debug)]
pub struct Parsed<T> {
    /// The output of the endpoint, such as a [`Material`](crate::Material).
    pub output: T,
    /// The repairs to its JSON, sorted by offset, at most [`Repair::MAX_LISTED`]. Well-formed JSON and files need none.
    pub repairs: Vec<Repair>,
    /// Why the response was taken for JSON or for a file.
    pub evidence: Evidence,
}

/// Why a response was taken for JSON or for a file.
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
