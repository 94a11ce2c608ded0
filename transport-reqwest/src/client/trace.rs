//! What a client tells `tracing`, if that is wanted: never a token, a secret, a URL or words of an answer.

use std::error::Error;
use std::time::Duration;
#[cfg(feature = "tracing")]
use std::time::Instant;

#[cfg(feature = "tracing")]
use wechat_material::ApiError;
use wechat_material::{CallError, Endpoint, Parsed, Renewal};

/// The events of one call.
pub(super) struct Trace<'c> {
    #[cfg(feature = "tracing")]
    call: &'static str,
    #[cfg(feature = "tracing")]
    subject: &'c str,
    #[cfg(feature = "tracing")]
    started: Instant,
    #[cfg(not(feature = "tracing"))]
    silent: std::marker::PhantomData<&'c str>,
}

#[cfg(feature = "tracing")]
impl<'c> Trace<'c> {
    pub(super) fn of<E: Endpoint>(endpoint: &'c E) -> Self {
        let path = std::any::type_name::<E>();
        let call = path.rsplit("::").next().unwrap_or(path);
        Self { call, subject: endpoint.subject(), started: Instant::now() }
    }

    pub(super) fn sends(&self, attempt: u32) {
        tracing::debug!(call = self.call, media_id = self.subject, attempt, "request");
    }

    pub(super) fn answered<A>(&self, attempt: u32, parsed: &Parsed<A>) {
        let (call, media_id, duration) = (self.call, self.subject, self.started.elapsed());
        let (evidence, repairs) = (parsed.evidence, parsed.repairs.len());
        tracing::debug!(call, media_id, attempt, ?duration, ?evidence, repairs, "answer");
    }

    pub(super) fn failed<E: Error>(&self, attempt: u32, error: &CallError<E>) {
        match error {
            CallError::Build(_) => self.failure(attempt, "build", None, None),
            CallError::Transport(_) => self.failure(attempt, "transport", None, None),
            CallError::Api(ApiError::Fault(fault)) => {
                self.failure(attempt, "fault", Some(fault.code.0), fault.rid.as_deref());
            }
            CallError::Api(error) => self.failure(attempt, error.kind(), None, None),
        }
    }

    #[cfg(feature = "tokio")]
    pub(super) fn sink_failed(&self, attempt: u32) {
        self.failure(attempt, "sink", None, None);
    }

    fn failure(&self, attempt: u32, kind: &str, code: Option<i64>, rid: Option<&str>) {
        let (call, media_id, duration) = (self.call, self.subject, self.started.elapsed());
        tracing::warn!(call, media_id, attempt, ?duration, kind, code, rid, "failure");
    }

    pub(super) fn waits(&self, attempt: u32, time: Duration) {
        tracing::info!(call = self.call, media_id = self.subject, attempt, ?time, "retry");
    }
}

/// A token is about to be obtained.
#[cfg(feature = "tracing")]
pub(super) fn renews(renewal: &Renewal) {
    let (refused, early, forced) = (renewal.refused().is_some(), renewal.is_early(), renewal.is_forced());
    tracing::info!(refused, early, forced, "renewal");
}

#[cfg(not(feature = "tracing"))]
#[expect(clippy::unused_self, reason = "the other one uses it")]
impl<'c> Trace<'c> {
    pub(super) fn of<E: Endpoint>(_endpoint: &'c E) -> Self {
        Self { silent: std::marker::PhantomData }
    }

    pub(super) fn sends(&self, _attempt: u32) {}

    pub(super) fn answered<A>(&self, _attempt: u32, _parsed: &Parsed<A>) {}

    pub(super) fn failed<E: Error>(&self, _attempt: u32, _error: &CallError<E>) {}

    #[cfg(feature = "tokio")]
    pub(super) fn sink_failed(&self, _attempt: u32) {}

    pub(super) fn waits(&self, _attempt: u32, _time: Duration) {}
}

#[cfg(not(feature = "tracing"))]
pub(super) fn renews(_renewal: &Renewal) {}
