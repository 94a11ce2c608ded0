//! What a client reports about its calls.

use std::collections::VecDeque;
use std::time::Duration;

use crate::call::CallError;
use crate::error::{ApiError, ErrorCode};
use crate::json::Repair;
use crate::parse::Evidence;

use super::Moment;

/// Something that happened to a call: an attempt, a wait, a renewal, an answer or a failure.
///
/// Its fields and its `Debug` hold no token, no secret, no URL and no text of a response, but for the request id that
/// WeChat's support asks for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClientEvent {
    /// The [name](crate::Endpoint::name) of the endpoint, such as `get_material`; `TokenSource` for a source of tokens of
    /// your own.
    pub call: &'static str,
    /// What the call is about, such as a media id; may be empty.
    pub subject: String,
    /// The number of the attempt, from 1; 0 before the first.
    pub attempt: u32,
    /// The time since the call began.
    pub elapsed: Duration,
    /// What happened.
    pub kind: EventKind,
}

/// What happened to a call.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EventKind {
    /// A request is about to be sent.
    Attempt,
    /// The call waits before its next attempt.
    Wait {
        /// For how long.
        time: Duration,
        /// Why.
        reason: WaitReason,
    },
    /// A token is about to be obtained.
    Renewal {
        /// Whether the one before must not be handed out again: WeChat refused it, or another one was asked for.
        refused: bool,
        /// Whether the one before is still good.
        early: bool,
        /// Whether the server is made to issue another one.
        forced: bool,
    },
    /// The answer has arrived.
    Answer {
        /// What showed its kind; `None` for a token from a source of the caller's own.
        evidence: Option<Evidence>,
        /// What was repaired to read it.
        repairs: Vec<Repair>,
    },
    /// An attempt failed.
    Failure {
        /// `build`, `transport`, `sink`, `source`, or what [`ApiError::kind`] says.
        kind: &'static str,
        /// WeChat's `errcode`.
        code: Option<ErrorCode>,
        /// The request id that WeChat's support asks for.
        rid: Option<String>,
    },
}

/// Why a call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitReason {
    /// A transient failure.
    Backoff,
    /// The server named the time in `Retry-After`.
    RetryAfter,
    /// Too many calls within a minute.
    RateLimit,
}

impl EventKind {
    pub(super) fn failure(error: &CallError) -> Self {
        let (kind, fault) = match error {
            CallError::Build(_) => ("build", None),
            CallError::Transport(_) => ("transport", None),
            CallError::Api(error @ ApiError::Fault(fault)) => (error.kind(), Some(fault)),
            CallError::Api(error) => (error.kind(), None),
        };
        Self::Failure {
            kind,
            code: fault.map(|fault| fault.code),
            rid: fault.and_then(|fault| fault.rid.clone()),
        }
    }
}

/// The events of one call, until the driver takes them.
#[derive(Debug)]
pub(super) struct Events {
    call: &'static str,
    subject: String,
    started: Moment,
    is_recording: bool,
    queue: VecDeque<ClientEvent>,
}

impl Events {
    /// No more than these wait to be taken: a driver that takes none loses the oldest.
    const MAX_QUEUED: usize = 64;

    /// None are recorded yet.
    pub(super) fn new(call: &'static str, started: Moment) -> Self {
        Self { call, subject: String::new(), started, is_recording: false, queue: VecDeque::new() }
    }

    pub(super) fn record(&mut self, subject: &str) {
        self.is_recording = true;
        subject.clone_into(&mut self.subject);
    }

    pub(super) fn started(&self) -> Moment {
        self.started
    }

    /// For a call whose events are recorded elsewhere.
    pub(super) fn none() -> Self {
        Self::new("", Moment::default())
    }

    pub(super) fn push(&mut self, attempt: u32, now: Moment, kind: impl FnOnce() -> EventKind) {
        if !self.is_recording {
            return;
        }
        if self.queue.len() == Self::MAX_QUEUED {
            self.queue.pop_front();
        }
        let (call, subject) = (self.call, self.subject.clone());
        self.queue.push_back(ClientEvent {
            call,
            subject,
            attempt,
            elapsed: now.since(self.started),
            kind: kind(),
        });
    }

    pub(super) fn next(&mut self) -> Option<ClientEvent> {
        self.queue.pop_front()
    }
}
