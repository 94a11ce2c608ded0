//! Everything that can go wrong, each with what to do next. An error either prints the one in it or has it for a
//! `source()`, never both.
//!
//! No `Display` or `Debug` here contains text from a response: a proxy's page may quote the URL with the
//! token. The text of a body is in [`ApiError::body`] and in the fields of [`Fault`].

use std::fmt;

use http::StatusCode;
use thiserror::Error;

mod code;
mod fault;

pub use code::{Category, ErrorCode};
pub use fault::Fault;

use crate::secret::{Authorization, repeats};

/// Why a request could not be built. Nothing was sent.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The media id is empty.
    #[error("the media id is empty: give the id of a permanent asset")]
    EmptyMediaId,
    /// More items than fit on a page of a list, or none at all.
    #[error("a page of {count} items cannot be asked for: give a count from 1 to {limit}")]
    Count {
        /// Items asked for.
        count: u64,
        /// The most items of a page.
        limit: u64,
    },
    /// The access token is empty.
    #[error("the access token is empty: obtain one first")]
    EmptyToken,
    /// The app id is empty.
    #[error("the app id is empty: it stands in the account's console, and begins with wx")]
    EmptyAppId,
    /// The app secret is empty.
    #[error("the app secret is empty: it is made in the account's console")]
    EmptyAppSecret,
    /// The base URL cannot be used. The URL itself is not repeated, as it may hold a password.
    #[error("the base URL {problem}: give one such as https://api.weixin.qq.com")]
    BaseUrl {
        /// What is wrong with it, as the end of a sentence.
        problem: &'static str,
    },
    /// The path of an endpoint is not one.
    #[error("the path of the endpoint is not usable: give one that starts with / and is percent-encoded")]
    Path,
    /// The URL is longer than an [`http::Uri`] can be.
    #[error(
        "the URL is {length} bytes long, more than the {limit} that fit: is the access token the right one?"
    )]
    TooLong {
        /// Bytes in the URL.
        length: usize,
        /// The most bytes that fit.
        limit: usize,
    },
    /// The link of a video does not lead to a file that could be fetched.
    #[error("the link of the video {problem}: open it in a browser to see what it is")]
    Link {
        /// What is wrong with it, as the end of a sentence.
        problem: &'static str,
    },
    /// The body of the request could not be written as JSON.
    #[error("the body of the request cannot be written as JSON: check how its type is serialized")]
    Body(#[source] serde_json::Error),
}

/// Why a response is no answer.
///
/// See [How a response is judged](crate#how-a-response-is-judged).
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum ApiError {
    /// WeChat said no.
    #[error(transparent)]
    Fault(Fault),
    /// A status other than 200, and no error object in the body: a gateway or proxy speaks.
    #[error("HTTP status {status} instead of 200: {}", next_after(*.status))]
    #[non_exhaustive]
    Status {
        /// The status.
        status: StatusCode,
        #[doc(hidden)]
        body: Excerpt,
    },
    /// The body is shorter or longer than `Content-Length` says.
    #[error(
        "{received} bytes arrived where {announced} were announced: the transfer was cut or altered; try again"
    )]
    #[non_exhaustive]
    Length {
        /// Bytes announced.
        announced: u64,
        /// Bytes received.
        received: u64,
        #[doc(hidden)]
        body: Excerpt,
    },
    /// A `Content-Encoding` or `Transfer-Encoding` is left over.
    #[error(
        "the body is still encoded (Content-Encoding or Transfer-Encoding): ask for identity, or have the transport \
         decode it and drop that header and Content-Length"
    )]
    #[non_exhaustive]
    Encoded {
        #[doc(hidden)]
        body: Excerpt,
    },
    /// Not one byte arrived.
    #[error("the body is empty: try again")]
    Empty,
    /// A page or plain words where an answer of the API should be.
    #[error(
        "{} instead of an answer: a proxy, gateway or login page stands between here and WeChat; look at the \
         body",
        if *.html { "an HTML page" } else { "a text" }
    )]
    #[non_exhaustive]
    Text {
        /// Whether it is an HTML page.
        html: bool,
        #[doc(hidden)]
        body: Excerpt,
    },
    /// JSON that is broken and cannot be repaired with certainty, or may not be
    /// ([`Strict`](crate::Strictness::Strict)). The place is one of the original bytes.
    #[error(
        "broken JSON at line {line}, column {column} (byte {offset}), expected {expected}: look at the body \
         there, and try again if it was cut off"
    )]
    #[non_exhaustive]
    Json {
        /// Bytes before the place.
        offset: usize,
        /// Its line, from 1.
        line: usize,
        /// Its column in bytes, from 1.
        column: usize,
        /// What should have stood there.
        expected: &'static str,
        #[doc(hidden)]
        body: Excerpt,
    },
    /// Well-formed JSON, or a file, that is not what the call answers with.
    #[error("the answer is not {expected}: is this the right call, and the right base URL?")]
    #[non_exhaustive]
    Shape {
        /// What the call answers with.
        expected: &'static str,
        #[doc(hidden)]
        body: Excerpt,
    },
    /// More bytes than the caller allows.
    #[error("the answer takes more than {limit} {}", .of.and_next())]
    #[non_exhaustive]
    TooLarge {
        /// The most bytes allowed.
        limit: u64,
        /// Bytes of what.
        of: Limit,
        #[doc(hidden)]
        body: Excerpt,
    },
}

impl ApiError {
    /// The answer is not what an endpoint answers with. `expected` is the end of the text: "the answer is not …". The
    /// beginning of the body is added once [`Endpoint::read`](crate::Endpoint::read) has returned.
    pub fn shape(expected: &'static str) -> Self {
        Self::Shape { expected, body: Excerpt::default() }
    }

    /// With a beginning of the body, if this is an error of an endpoint that has none yet.
    pub(crate) fn with_body(self, excerpt: impl FnOnce() -> Excerpt) -> Self {
        match self {
            Self::Shape { expected, body } if body.0.is_empty() => Self::Shape { expected, body: excerpt() },
            other => other,
        }
    }

    /// Without the words and the beginning of the body, where they repeat one of these secrets.
    pub(crate) fn redacted(mut self, secrets: &[&str]) -> Self {
        match &mut self {
            Self::Fault(fault) => fault.redact(secrets),
            Self::Empty => {}
            Self::Status { body, .. }
            | Self::Length { body, .. }
            | Self::Encoded { body }
            | Self::Text { body, .. }
            | Self::Json { body, .. }
            | Self::Shape { body, .. }
            | Self::TooLarge { body, .. } => body.redact(secrets),
        }
        self
    }

    /// WeChat's refusal, if this is one.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            _ => None,
        }
    }

    /// A short name that stays the same, for logs and metrics: `fault`, `status`, `length`, `encoded`,
    /// `empty`, `text`, `json`, `shape` or `too-large`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Fault(_) => "fault",
            Self::Status { .. } => "status",
            Self::Length { .. } => "length",
            Self::Encoded { .. } => "encoded",
            Self::Empty => "empty",
            Self::Text { .. } => "text",
            Self::Json { .. } => "json",
            Self::Shape { .. } => "shape",
            Self::TooLarge { .. } => "too-large",
        }
    }

    /// The first bytes of the body, 4 KiB at most, to look at when something is odd. They can hold anything, so think
    /// before you log them. Calls that obtain a token keep none, and a client keeps none that repeat its token or app
    /// secret.
    pub fn body(&self) -> &[u8] {
        match self {
            Self::Fault(fault) => &fault.body.0,
            Self::Empty => &[],
            Self::Status { body, .. }
            | Self::Length { body, .. }
            | Self::Encoded { body }
            | Self::Text { body, .. }
            | Self::Json { body, .. }
            | Self::Shape { body, .. }
            | Self::TooLarge { body, .. } => &body.0,
        }
    }
}

/// What [`ApiError::TooLarge`] has too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// Bytes of JSON: [`ParseOptions::max_json`](crate::ParseOptions::max_json).
    Json,
    /// Bytes of a file: [`ParseOptions::max_file`](crate::ParseOptions::max_file).
    File,
    /// Bytes of memory for JSON that is made of tiny values: sixteen times its length plus 4 MiB.
    Memory,
}

impl Limit {
    fn and_next(self) -> &'static str {
        match self {
            Self::Json => "bytes of JSON: raise max_json if that can be right",
            Self::File => "bytes of a file: raise max_file if that can be right",
            Self::Memory => "bytes of memory, many times its own length: WeChat sends no such JSON",
        }
    }
}

fn next_after(status: StatusCode) -> &'static str {
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        "a redirect, which is not followed as it would take the token along; check the base URL"
    } else if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        "a gateway or proxy has trouble; try again later"
    } else {
        "a gateway or proxy answered in WeChat's place; check the base URL and what stands on the way"
    }
}

/// The beginning of a body, kept out of everything that prints.
#[derive(Clone, Default)]
pub struct Excerpt(Box<[u8]>);

impl Excerpt {
    pub(crate) const MOST: usize = 4 << 10;

    pub(crate) fn of(body: &[u8], authorization: Authorization) -> Self {
        match authorization {
            Authorization::AccessToken | Authorization::None => {
                Self(body[..body.len().min(Self::MOST)].into())
            }
            // A token's answer holds the token even when it is broken.
            Authorization::AppSecret => Self(Box::default()),
        }
    }
}

impl Excerpt {
    fn redact(&mut self, secrets: &[&str]) {
        if secrets.iter().any(|secret| repeats(&self.0, secret)) {
            *self = Self::default();
        }
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} bytes)", self.0.len())
    }
}
