//! Events: what happens to the calls of a client.

use std::collections::VecDeque;
use std::time::Duration;

use crate::call::CallError;
use crate::error::{ApiError, ErrorCode};
use crate::json::Repair;
use crate::parse::Evidence;

use super::Moment;

/// Something that happened to a call: an attempt, a wait, a renewal, an answer or a failure.
///
/// Its fields and its `Debug` do not contain a token, a secret, a URL or text of a response, except for the request id that
/// WeChat's support asks for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClientEvent {
    /// The [name](crate::Endpoint::name) of the endpoint, such as `get_material`; `TokenSource` for your own source of
    /// tokens.
    pub call: &'static str,
    /// What the call is about, such as a media id. May be empty.
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
        /// How long.
        time: Duration,
        /// The reason.
        reason: WaitReason,
    },
    /// A token is about to be obtained.
    Renewal {
        /// Whether the previous token must not be returned again: WeChat refused it, or a caller asked for another one.
        refused: bool,
        /// Whether the previous token is still valid.
        early: bool,
        /// Whether the server is forced to issue another token.
        forced: bool,
    },
    /// The answer has arrived.
    Answer {
        /// Why it was taken for JSON or for a file; `None` for a token from the caller's own source.
        evidence: Option<Evidence>,
        /// The repairs to its JSON.
        repairs: Vec<Repair>,
    },
    /// An attempt failed.
    Failure {
        /// `build`, `transport`, `sink`, `source`, or the [`ApiError::kind`].
        kind: &'static str,
        /// WeChat's `errcode`, if WeChat refused the call.
        code: Option<ErrorCode>,
        /// The request id that WeChat's support asks for.
        rid: Option<String>,
    },
}

/// Why a call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitReason {
    /// The wait after a transient failure.
    Backoff,
    /// The server asked for it in `Retry-After`.
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

/// The queue of a call's events, until the driver takes them.
#[derive(Debug)]
pub(super) struct Events {
    call: &'static str,
    subject: String,
    started: Moment,
    is_recording: bool,
    queue: VecDeque<ClientEvent>,
}

impl Events {
    /// How many events are queued at most. If the driver does not take them, the oldest are dropped.
    const MAX_QUEUED: usize = 64;

    /// An empty queue that does not record yet.
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

    /// A queue for the rest of a file, which outlives the call.
    pub(super) fn for_file(&self) -> Self {
        let (call, subject) = (self.call, self.subject.clone());
        Self { call, subject, started: self.started, is_recording: self.is_recording, queue: VecDeque::new() }
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
