//! The replies to requests.

use std::borrow::Cow;
use std::time::Duration;

use wechat_material::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use wechat_material::http::{Response, StatusCode};
use wechat_material::{FailureKind, TransportError};

use super::kind::Asks;
use super::reached::Reach;

mod answers;
mod rows;

pub(super) use answers::Answer;
use rows::{ROWS, Row};

/// A reply to a request, and its meaning.
pub(super) struct Reply {
    pub(super) meaning: Meaning,
    pub(super) content: Content,
    /// The seconds in `Retry-After`.
    retry_after: Option<&'static (u64, HeaderValue)>,
}

/// Whether and when a reply allows another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// No further attempt is needed: this is the answer.
    Answer,
    /// Another attempt would have the same result.
    Final,
    /// Another attempt needs another token.
    Token,
    /// Another attempt is possible after a wait.
    Busy,
    /// Another attempt is possible after a minute.
    Minute,
    /// Another attempt is possible after a wait, if the request may arrive twice.
    Unknown,
}

pub(super) enum Content {
    Failure(FailureKind),
    Response { status: u16, header: Header, body: Cow<'static, [u8]> },
}

type Header = Option<&'static (HeaderName, HeaderValue)>;

const OK: u16 = 200;

impl Meaning {
    pub(super) fn reach(self) -> Reach {
        match self {
            Self::Answer => Reach::Answer,
            Self::Final => Reach::Final,
            Self::Token => Reach::Refused,
            Self::Busy => Reach::Busy,
            Self::Minute => Reach::Minute,
            Self::Unknown => Reach::Unknown,
        }
    }
}

impl Reply {
    pub(super) fn new(how: u8, asks: Asks) -> Self {
        let (meaning, content) = match &ROWS[usize::from(how & 0x1F)] {
            Row::Answer(answer) => asks.answer(*answer),
            Row::Fails(meaning, kind) => return Self::failed(*meaning, *kind),
            Row::Refuses(meaning, status, header, body) => (
                *meaning,
                Content::Response { status: *status, header: *header, body: body.as_bytes().into() },
            ),
        };
        Self { meaning, content, retry_after: rows::RETRY_AFTER[usize::from(how >> 5)].as_ref() }
    }

    /// A broken connection.
    pub(super) fn broken(how: u8) -> Self {
        match &ROWS[usize::from(how & 0x1F)] {
            Row::Fails(meaning, kind) => Self::failed(*meaning, *kind),
            Row::Answer(_) | Row::Refuses(..) => Self::failed(Meaning::Unknown, FailureKind::Interrupted),
        }
    }

    fn failed(meaning: Meaning, kind: FailureKind) -> Self {
        Self { meaning, content: Content::Failure(kind), retry_after: None }
    }

    pub(super) fn body(&self) -> &[u8] {
        match &self.content {
            Content::Response { body, .. } => body,
            Content::Failure(_) => &[],
        }
    }

    /// The head of the response, if there is one.
    pub(super) fn head(&self) -> Result<Response<()>, TransportError> {
        let (status, header) = match &self.content {
            Content::Response { status, header, .. } => (*status, header),
            Content::Failure(kind) => return Err(failure(*kind)),
        };
        let mut head = Response::new(());
        *head.status_mut() = StatusCode::from_u16(status).expect("the status is valid");
        if let Some((name, value)) = header {
            head.headers_mut().insert(name.clone(), value.clone());
        }
        if let Some((_, value)) = self.retry_after {
            head.headers_mut().insert(RETRY_AFTER, value.clone());
        }
        Ok(head)
    }

    /// The whole response, if there is one.
    pub(super) fn response(&self) -> Result<Response<Vec<u8>>, TransportError> {
        Ok(self.head()?.map(|()| self.body().to_vec()))
    }

    /// The wait that `Retry-After` asks for.
    pub(super) fn retry_after(&self) -> Duration {
        self.retry_after.as_ref().map_or(Duration::ZERO, |(seconds, _)| Duration::from_secs(*seconds))
    }
}

/// An error of a transport.
pub(super) fn failure(kind: FailureKind) -> TransportError {
    TransportError::new(kind, Broken)
}

#[derive(Debug, thiserror::Error)]
#[error("the connection broke")]
struct Broken;
