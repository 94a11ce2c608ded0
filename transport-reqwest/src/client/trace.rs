//! What a client tells `tracing`, if that is wanted: never a token, a secret, a URL or words of an answer.

use std::error::Error;
use std::time::Duration;
#[cfg(feature = "tracing")]
use std::time::Instant;

#[cfg(feature = "tracing")]
use wechat_material::ApiError;
use wechat_material::CallError;

/// The events of one call.
pub(super) struct Trace<'c> {
    #[cfg(feature = "tracing")]
    subject: &'c str,
    #[cfg(feature = "tracing")]
    started: Instant,
    #[cfg(not(feature = "tracing"))]
    silent: std::marker::PhantomData<&'c str>,
}

#[cfg(feature = "tracing")]
impl<'c> Trace<'c> {
    pub(super) fn of(subject: &'c str) -> Self {
        Self { subject, started: Instant::now() }
    }

    pub(super) fn sends(&self, attempt: u32) {
        tracing::debug!(media_id = self.subject, attempt, "request");
    }

    pub(super) fn answered(&self, attempt: u32) {
        tracing::debug!(media_id = self.subject, attempt, duration = ?self.started.elapsed(), "answer");
    }

    pub(super) fn failed<E: Error>(&self, attempt: u32, error: &CallError<E>) {
        let (kind, code, rid) = match error {
            CallError::Build(_) => ("build", None, None),
            CallError::Transport(_) => ("transport", None, None),
            CallError::Api(ApiError::Fault(fault)) => ("fault", Some(fault.code.0), fault.rid.as_deref()),
            CallError::Api(error) => (error.kind(), None, None),
        };
        let duration = self.started.elapsed();
        tracing::warn!(media_id = self.subject, attempt, ?duration, kind, code, rid, "failure");
    }

    pub(super) fn waits(&self, time: Duration) {
        tracing::info!(media_id = self.subject, ?time, "retry");
    }

    pub(super) fn renews(&self) {
        tracing::info!(media_id = self.subject, "renewal");
    }
}

#[cfg(not(feature = "tracing"))]
#[expect(clippy::unused_self, reason = "the other one uses it")]
impl<'c> Trace<'c> {
    pub(super) fn of(_subject: &'c str) -> Self {
        Self { silent: std::marker::PhantomData }
    }

    pub(super) fn sends(&self, _attempt: u32) {}

    pub(super) fn answered(&self, _attempt: u32) {}

    pub(super) fn failed<E: Error>(&self, _attempt: u32, _error: &CallError<E>) {}

    pub(super) fn waits(&self, _time: Duration) {}

    pub(super) fn renews(&self) {}
}
