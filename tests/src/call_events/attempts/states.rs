//! The expected and the observed actions of a call.

use std::time::Duration;

use super::super::reached::Reach;
use super::BackOff;

/// Whether a token was refused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    First,
    /// The token was refused, and the next attempt needs another one.
    Refused,
    Another,
}

/// What the driver must do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaits {
    /// Poll the call.
    Poll,
    /// Report a response or a failure.
    Reply,
    /// Report more of a body.
    Body,
    /// Rewind the sink, and report whether that was possible.
    Rewind,
}

/// The expected result of the next poll.
#[derive(Clone, Copy)]
pub(super) enum Next {
    Send,
    Sleep(Duration),
    /// A wait, or the end of the call if there is no time for one.
    BackOff(BackOff),
    Finish(End),
}

/// The expected result of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Answered,
    /// The last attempt failed.
    Failed,
    /// This renewal or a later one failed.
    NoToken(u64),
    TokenTimeout,
    SinkFailed,
    WrongEvent,
}

/// The result of a poll.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Did {
    /// Send the request with this token.
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
