//! What is due, and what was done.

use std::time::Duration;

use super::super::reached::Reach;
use super::BackOff;

/// Whether a token was refused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    First,
    /// It was refused, and the next attempt needs another one.
    Refused,
    Another,
}

/// What the driver has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaits {
    Poll,
    /// A response or a failure.
    Reply,
    /// More of a body.
    Body,
    /// Whether the sink has taken back what it holds.
    Rewind,
}

/// What the next poll has to say.
#[derive(Clone, Copy)]
pub(super) enum Next {
    Send,
    Sleep(Duration),
    /// To wait, or that there is no time for that.
    BackOff(BackOff),
    Finish(End),
}

/// What the result has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Answered,
    /// The last attempt failed.
    Failed,
    /// This renewal, or one after it, failed.
    NoToken(u64),
    TokenTimeout,
    SinkFailed,
    WrongEvent,
}

/// What a poll said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Did {
    /// To send the request, with this token.
    Send(u64),
    Sleep(Duration),
    NeedToken(Duration),
    Rewind,
    Finish,
}

impl End {
    pub(crate) fn reach(self) -> Reach {
        match self {
            Self::Answered => Reach::Finishes,
            Self::Failed => Reach::Failed,
            Self::NoToken(_) => Reach::NoToken,
            Self::TokenTimeout => Reach::TokenTimeout,
            Self::SinkFailed => Reach::SinkFailed,
            Self::WrongEvent => Reach::WrongEvent,
        }
    }
}
