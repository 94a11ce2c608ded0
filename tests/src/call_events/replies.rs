//! What can come of a request.

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

/// What comes of a request, and what that means.
pub(super) struct Reply {
    pub(super) meaning: Meaning,
    pub(super) came: Came,
    /// The seconds in `Retry-After`.
    asks_to_wait: Option<&'static (u64, HeaderValue)>,
}

/// What it means for the question whether to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It is answered.
    Answer,
    /// Another attempt changes nothing.
    Final,
    /// With another token.
    Token,
    /// After a while.
    Busy,
    /// After a minute.
    Minute,
    /// After a while, if it may arrive twice.
    Unknown,
}

pub(super) enum Came {
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
        let (meaning, came) = match &ROWS[usize::from(how & 0x1F)] {
            Row::Answer(answer) => asks.answer(*answer),
            Row::Fails(meaning, kind) => return Self::failed(*meaning, *kind),
            Row::Refuses(meaning, status, header, body) => {
                (*meaning, Came::Response { status: *status, header: *header, body: body.as_bytes().into() })
            }
        };
        Self { meaning, came, asks_to_wait: rows::RETRY_AFTER[usize::from(how >> 5)].as_ref() }
    }

    /// A connection that breaks.
    pub(super) fn broken(how: u8) -> Self {
        match &ROWS[usize::from(how & 0x1F)] {
            Row::Fails(meaning, kind) => Self::failed(*meaning, *kind),
            Row::Answer(_) | Row::Refuses(..) => Self::failed(Meaning::Unknown, FailureKind::Interrupted),
        }
    }

    fn failed(meaning: Meaning, kind: FailureKind) -> Self {
        Self { meaning, came: Came::Failure(kind), asks_to_wait: None }
    }

    pub(super) fn body(&self) -> &[u8] {
        match &self.came {
            Came::Response { body, .. } => body,
            Came::Failure(_) => &[],
        }
    }

    /// The head of the response, if there is one.
    pub(super) fn head(&self) -> Result<Response<()>, TransportError> {
        let (status, header) = match &self.came {
            Came::Response { status, header, .. } => (*status, header),
            Came::Failure(kind) => return Err(failure(*kind)),
        };
        let mut head = Response::new(());
        *head.status_mut() = StatusCode::from_u16(status).expect("it is a status");
        if let Some((name, value)) = header {
            head.headers_mut().insert(name.clone(), value.clone());
        }
        if let Some((_, value)) = self.asks_to_wait {
            head.headers_mut().insert(RETRY_AFTER, value.clone());
        }
        Ok(head)
    }

    /// The whole response, if there is one.
    pub(super) fn response(&self) -> Result<Response<Vec<u8>>, TransportError> {
        Ok(self.head()?.map(|()| self.body().to_vec()))
    }

    /// What its `Retry-After` says.
    pub(super) fn retry_after(&self) -> Duration {
        self.asks_to_wait.as_ref().map_or(Duration::ZERO, |(seconds, _)| Duration::from_secs(*seconds))
    }
}

/// An error of a transport.
pub(super) fn failure(kind: FailureKind) -> TransportError {
    TransportError::new(kind, Broken)
}

#[derive(Debug, thiserror::Error)]
#[error("the connection broke")]
struct Broken;
