//! The errors of this crate. Each says what to do next. An error either prints the error inside or returns it from
//! `source()`, never both.
//!
//! No `Display` or `Debug` here contains text from a response, because a proxy's page may quote the URL with the token. The
//! text of a body is in [`ApiError::body`] and in the fields of [`Fault`].

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
    #[error("the media id is empty: use the id of a permanent asset")]
    EmptyMediaId,
    /// The number of items on a page is 0 or too large.
    #[error("cannot ask for {count} items on a page: use a count from 1 to {limit}")]
    Count {
        /// The requested number of items.
        count: u64,
        /// The largest number of items on a page.
        limit: u64,
    },
    /// The access token is empty.
    #[error("the access token is empty: obtain one first")]
    EmptyToken,
    /// The app id is empty.
    #[error("the app id is empty: copy it from the account's console; it begins with wx")]
    EmptyAppId,
    /// The app secret is empty.
    #[error("the app secret is empty: generate one in the account's console")]
    EmptyAppSecret,
    /// The base URL cannot be used. The URL itself is not printed, as it may contain a password.
    #[error("the base URL {problem}: use one such as https://api.weixin.qq.com")]
    BaseUrl {
        /// The problem, as the end of a sentence such as "the base URL has a query".
        problem: &'static str,
    },
    /// The path of an endpoint is invalid.
    #[error("the path of the endpoint is invalid: it must start with / and be percent-encoded")]
    Path,
    /// The URL is longer than an [`http::Uri`] can be.
    #[error("the URL is {length} bytes long, more than the limit of {limit}: check the access token")]
    TooLong {
        /// The length of the URL, in bytes.
        length: usize,
        /// The length of the longest URL, in bytes.
        limit: usize,
    },
    /// The link of a video cannot be fetched as a file.
    #[error("the link of the video {problem}: open it in a browser to see what it is")]
    Link {
        /// The problem, as the end of a sentence such as "the link of the video is not a URL".
        problem: &'static str,
    },
    /// The body of the request could not be serialized as JSON.
    #[error("the body of the request cannot be serialized as JSON: check its `Serialize` implementation")]
    Body(#[source] serde_json::Error),
}

/// Why a response is not an answer to the call.
///
/// See [How a response is judged](crate#how-a-response-is-judged).
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum ApiError {
    /// WeChat refused the call.
    #[error(transparent)]
    Fault(Fault),
    /// The status is not 200, and the body is not an error object: a gateway or proxy answered.
    #[error("HTTP status {status} instead of 200: {}", status_advice(*.status))]
    #[non_exhaustive]
    Status {
        /// The status.
        status: StatusCode,
        #[doc(hidden)]
        body: Excerpt,
    },
    /// The body is shorter or longer than `Content-Length` says.
    #[error(
        "received {received} bytes instead of the announced {announced}: the body was cut off or altered on the way; \
         try again"
    )]
    #[non_exhaustive]
    Length {
        /// The announced length, in bytes.
        announced: u64,
        /// The received length, in bytes.
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
    /// The body is empty.
    #[error("the body is empty: try again")]
    Empty,
    /// The body is an HTML page or another text instead of an answer of the API.
    #[error(
        "{} instead of an answer: a proxy, gateway or login page answered in WeChat's place; look at the body",
        if *.html { "an HTML page" } else { "text" }
    )]
    #[non_exhaustive]
    Text {
        /// Whether it is an HTML page.
        html: bool,
        #[doc(hidden)]
        body: Excerpt,
    },
    /// JSON is broken, and there is no certain repair, or repairs are not allowed
    /// ([`Strict`](crate::Strictness::Strict)). The position is in the original bytes.
    #[error(
        "broken JSON at line {line}, column {column} (byte {offset}), expected {expected}: look at the body \
         there, and try again if it was cut off"
    )]
    #[non_exhaustive]
    Json {
        /// The position, in bytes from 0.
        offset: usize,
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
        /// What was expected there.
        expected: &'static str,
        #[doc(hidden)]
        body: Excerpt,
    },
    /// The body is well-formed JSON or a file, but does not fit the call.
    #[error("the answer is not {expected}: check the call and the base URL")]
    #[non_exhaustive]
    Shape {
        /// What the call returns.
        expected: &'static str,
        #[doc(hidden)]
        body: Excerpt,
    },
    /// The body has more bytes than the caller allows.
    #[error("the answer exceeds {limit} {}", .of.unit_and_advice())]
    #[non_exhaustive]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
        /// What is limited.
        of: Limit,
        #[doc(hidden)]
        body: Excerpt,
    },
}

impl ApiError {
    /// An error for endpoints: the answer does not fit the call. `expected` completes its text, "the answer is not …". The
    /// beginning of the body is added after [`Endpoint::read`](crate::Endpoint::read) returns.
    pub fn shape(expected: &'static str) -> Self {
        Self::Shape { expected, body: Excerpt::default() }
    }

    /// Adds the beginning of the body to an error that an endpoint made.
    pub(crate) fn with_body(self, excerpt: impl FnOnce() -> Excerpt) -> Self {
        match self {
            Self::Shape { expected, body } if body.0.is_empty() => Self::Shape { expected, body: excerpt() },
            other => other,
        }
    }

    /// Removes WeChat's words and the beginning of the body if they repeat one of these secrets.
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

    /// The [`Fault`], if WeChat refused the call.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            _ => None,
        }
    }

    /// A short, stable name for logs and metrics: `fault`, `status`, `length`, `encoded`,
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

    /// The first bytes of the body, at most 4 KiB, for diagnosis. They can contain anything, so be careful with logs. They
    /// are empty if the call obtains a token, and in a client if they repeat its token or app secret.
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

/// What [`ApiError::TooLarge`] is about.
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
    fn unit_and_advice(self) -> &'static str {
        match self {
            Self::Json => "bytes of JSON: raise max_json if such answers are expected",
            Self::File => "bytes of a file: raise max_file if such files are expected",
            Self::Memory => "bytes of memory, many times its own length: WeChat does not send such JSON",
        }
    }
}

fn status_advice(status: StatusCode) -> &'static str {
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        "a redirect, which is not followed because the URL contains the token; check the base URL"
    } else if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        "a gateway or proxy has trouble; try again later"
    } else {
        "a gateway or proxy answered in WeChat's place; check the base URL, and proxies or gateways in between"
    }
}

/// The beginning of a body. Its `Debug` prints the length only.
#[derive(Clone, Default)]
pub struct Excerpt(Box<[u8]>);

impl Excerpt {
    pub(crate) const MAX_LENGTH: usize = 4 << 10;

    pub(crate) fn new(body: &[u8], authorization: Authorization) -> Self {
        match authorization {
            Authorization::AccessToken | Authorization::None => {
                Self(body[..body.len().min(Self::MAX_LENGTH)].into())
            }
            // The answer of a token call contains the token even if it is broken.
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
