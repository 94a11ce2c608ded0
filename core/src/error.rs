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

/// Why a response was rejected.
///
/// See [How a response is judged](crate#how-a-response-is-judged).
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum ApiError {
    /// WeChat refused the call.
    #[error(transparent)]
    Fault(Fault),
    /// The status is not 200, and the body is not an error object: a gateway or proxy answered.
    #[error("HTTP status {status} instead of 200: {}", status_advice(*.status, *.is_from_link))]
    #[non_exhaustive]
    Status {
        /// The status.
        status: StatusCode,
        #[doc(hidden)]
        is_from_link: bool,
        #[doc(hidden)]
        body: Excerpt,
    },
    /// The body is shorter or longer than `Content-Length` says.
    #[error(
        "received {received} bytes instead of the announced {announced}: the body was cut off or altered in transit; \
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
    /// A `Content-Encoding` or `Transfer-Encoding` was not decoded.
    #[error(
        "the body is still encoded (Content-Encoding or Transfer-Encoding): request identity encoding, or \
         let the transport decode the body and remove that header and Content-Length"
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
    #[error("{} instead of {}", if *.html { "an HTML page" } else { "text" }, text_advice(*.is_from_link))]
    #[non_exhaustive]
    Text {
        /// Whether it is an HTML page.
        html: bool,
        #[doc(hidden)]
        is_from_link: bool,
        #[doc(hidden)]
        body: Excerpt,
    },
    /// JSON is broken, and there is no unambiguous repair, or repairs are not allowed
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
    #[error("the response is not {expected}: check the call and the base URL")]
    #[non_exhaustive]
    Shape {
        /// What the call returns.
        expected: &'static str,
        #[doc(hidden)]
        body: Excerpt,
    },
    /// The body has more bytes than the caller allows.
    #[error("the response exceeds {limit} {}", .of.unit_and_advice())]
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
    /// An error for endpoints: the response does not fit the call. `expected` completes its text, "the
    /// response is not …". The beginning of the body is added after [`Endpoint::read`](crate::Endpoint::read)
    /// returns.
    pub fn shape(expected: &'static str) -> Self {
        Self::Shape { expected, body: Excerpt::default() }
    }

    /// Adds the beginning of the body to an error that an endpoint made.
    pub(crate) fn with_body(self, excerpt: impl FnOnce() -> Excerpt) -> Self {
        match self {
            Self::Shape { expected, body } if body.bytes.is_empty() => {
                Self::Shape { expected, body: excerpt() }
            }
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
            Self::Fault(fault) => &fault.body.bytes,
            Self::Empty => &[],
            Self::Status { body, .. }
            | Self::Length { body, .. }
            | Self::Encoded { body }
            | Self::Text { body, .. }
            | Self::Json { body, .. }
            | Self::Shape { body, .. }
            | Self::TooLarge { body, .. } => &body.bytes,
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
            Self::Json => "bytes of JSON: raise max_json if such responses are expected",
            Self::File => "bytes of a file: raise max_file if such files are expected",
            Self::Memory => "bytes of memory, many times its own length: WeChat does not send such JSON",
        }
    }
}

fn status_advice(status: StatusCode, is_from_link: bool) -> &'static str {
    let is_redirect = status.is_redirection() && status != StatusCode::NOT_MODIFIED;
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        "a gateway or proxy failed; try again later"
    } else if is_from_link && is_redirect {
        "a redirect, which is not followed; open the link in a browser to see where it leads"
    } else if is_from_link {
        LINK_EXPIRED
    } else if is_redirect {
        "a redirect, which is not followed because the URL contains the token; check the base URL"
    } else {
        "a gateway or proxy answered in WeChat's place; check the base URL, and proxies or gateways in between"
    }
}

fn text_advice(is_from_link: bool) -> String {
    if is_from_link {
        return format!("the file: {LINK_EXPIRED}");
    }
    "an answer: a proxy, gateway or login page answered in WeChat's place; look at the body".to_owned()
}

const LINK_EXPIRED: &str = "the link may have expired; fetch the asset again for a new one";

/// The beginning of a body. Its `Debug` prints the length only.
#[derive(Clone, Default)]
pub struct Excerpt {
    bytes: Box<[u8]>,
}

impl Excerpt {
    pub(crate) const MAX_LENGTH: usize = 4 << 10;

    pub(crate) fn new(body: &[u8], authorization: Authorization) -> Self {
        let bytes = match authorization {
            Authorization::AccessToken | Authorization::None => &body[..body.len().min(Self::MAX_LENGTH)],
            // The answer of a token call contains the token even if it is broken.
            Authorization::AppSecret => &[],
        };
        Self { bytes: bytes.into() }
    }

    fn redact(&mut self, secrets: &[&str]) {
        if secrets.iter().any(|secret| repeats(&self.bytes, secret)) {
            self.bytes = Box::default();
        } else if self.bytes.len() == Self::MAX_LENGTH {
            let cut = secrets.iter().map(|secret| beginning_at_end(&self.bytes, secret.as_bytes())).max();
            let length = self.bytes.len() - cut.unwrap_or_default();
            self.bytes = self.bytes[..length].into();
        }
    }
}

/// How many bytes of the secret's beginning the text ends with: the excerpt may be cut within it. A few bytes can be
/// equal by chance.
fn beginning_at_end(text: &[u8], secret: &[u8]) -> usize {
    const MIN_LENGTH: usize = 4;
    (MIN_LENGTH..secret.len()).rev().find(|length| text.ends_with(&secret[..*length])).unwrap_or_default()
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_cut_at_the_end_of_an_excerpt_is_left_out() {
        let excerpt = |text: &str| {
            let body = [vec![b'x'; Excerpt::MAX_LENGTH - text.len()], text.into()].concat();
            let mut excerpt = Excerpt::new(&body, Authorization::AccessToken);
            excerpt.redact(&["81_Zx3Zx3", "5ec2e7"]);
            excerpt.bytes.len()
        };
        assert_eq!(excerpt("81_Zx3Zx3"), 0);
        assert_eq!(excerpt("81_Zx3Zx"), Excerpt::MAX_LENGTH - 8);
        assert_eq!(excerpt("5ec2"), Excerpt::MAX_LENGTH - 4);
        // So few characters are equal by chance.
        assert_eq!(excerpt("81_"), Excerpt::MAX_LENGTH);
        let mut short = Excerpt::new(b"81_Zx3Zx", Authorization::AccessToken);
        short.redact(&["81_Zx3Zx3"]);
        assert_eq!(short.bytes.len(), 8);
    }
}
