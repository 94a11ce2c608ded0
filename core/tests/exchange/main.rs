//! One call and its repetitions: the step that follows on each event. No test waits.

use std::time::Duration;
use wechat_material::{
    ApiError, Endpoint, Event, Exchange, Failure, GetMaterial, Moment, ParseOptions, RetryPolicy, Step,
};

mod outcomes;
mod waits;

#[path = "../judged/response.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod response;

use response::response;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const FAILURES: [Failure; 4] =
    [Failure::Connect, Failure::Timeout, Failure::Interrupted, Failure::Final];

/// What a response is refused as.
pub(crate) fn refusal(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> ApiError {
    let narrow = ParseOptions::default().max_json(1000);
    GetMaterial::new("MEDIA_ID").parse_with(&narrow, response(status, headers, body)).unwrap_err()
}

pub(crate) fn fault_with_status(status: u16, code: i64) -> ApiError {
    let error = refusal(status, &[], format!(r#"{{"errcode":{code},"errmsg":""}}"#));
    assert_eq!(error.kind(), "fault");
    error
}

pub(crate) fn fault(code: i64) -> ApiError {
    fault_with_status(200, code)
}

pub(crate) fn status(status: u16) -> ApiError {
    refusal(status, &[], "<html>")
}

/// An exchange, and what time it is.
#[derive(Clone)]
pub(crate) struct Call {
    exchange: Exchange,
    now: Moment,
}

impl Call {
    /// Was sent once, at some time.
    pub(crate) fn sent(policy: &RetryPolicy, is_repeatable: bool, seed: u64) -> Self {
        let exchange = Exchange::new(policy, is_repeatable, seed);
        let mut call = Self { exchange, now: Moment(Duration::from_secs(1_000_000)) };
        assert_eq!(call.exchange.attempts(), 0);
        assert_eq!(call.event(Event::Start), Step::Send);
        assert_eq!(call.exchange.attempts(), 1);
        call
    }

    pub(crate) fn usual() -> Self {
        Self::under(&RetryPolicy::default())
    }

    pub(crate) fn under(policy: &RetryPolicy) -> Self {
        Self::sent(policy, true, 7)
    }

    pub(crate) fn event(&mut self, event: Event<'_>) -> Step {
        self.exchange.next(self.now, event)
    }

    pub(crate) fn later(&mut self, time: Duration) -> &mut Self {
        self.now = self.now.after(time);
        self
    }

    pub(crate) fn refused(&mut self, error: &ApiError) -> Step {
        self.event(Event::Refused { error, retry_after: None })
    }

    pub(crate) fn refused_for(&mut self, error: &ApiError, retry_after: Duration) -> Step {
        self.event(Event::Refused { error, retry_after: Some(retry_after) })
    }

    /// Fails, and waits as long as it has to.
    #[track_caller]
    pub(crate) fn busy_once(&mut self) -> Duration {
        let step = self.refused(&fault(-1));
        self.waits(step)
    }

    #[track_caller]
    pub(crate) fn waits(&mut self, step: Step) -> Duration {
        let Step::Wait(time) = step else { panic!("no wait: {step:?}") };
        assert_eq!(self.later(time).event(Event::Waited), Step::Send);
        time
    }
}

#[track_caller]
pub(crate) fn assert_waits(step: Step) {
    assert!(matches!(step, Step::Wait(_)), "{step:?}");
}
