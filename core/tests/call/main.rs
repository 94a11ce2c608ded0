//! One call, from its first attempt to its last: the next action after each event. No test waits.

use std::time::Duration;

use serde::Deserialize;
use wechat_material::driver::{Action, Call, Moment, Received, TokenCache};
use wechat_material::http::{Request, Response};
use wechat_material::{
    Access, AccessToken, Answer, ApiError, BuildError, ClientConfig, ClientError, ClientEvent, Endpoint,
    FailureKind, File, IssuedToken, ParseOptions, Parsed, RetryPolicy, TransportError,
};

mod budget;
mod chains;
mod download;
mod events;
mod open;
mod outcomes;
mod redaction;
mod rewind;
mod server_waits;
mod steps;
mod targets;
mod tokens;
mod waits;
mod wrong_events;

#[path = "../judged/response.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod response;

use response::response;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const NANOSECOND: Duration = Duration::from_nanos(1);

/// A nanosecond less.
pub(crate) fn just_under(time: Duration) -> Duration {
    time.saturating_sub(NANOSECOND)
}

/// When the calls of these tests begin.
pub(crate) const START: Moment = Moment(Duration::from_secs(1_000_000));

pub(crate) const FAILURES: [FailureKind; 4] =
    [FailureKind::Connect, FailureKind::Timeout, FailureKind::Interrupted, FailureKind::Final];

/// An endpoint whose answer is `{"ok":true}`.
pub(crate) struct Probe {
    pub(crate) is_idempotent: bool,
}

#[derive(Deserialize)]
struct Confirmed {
    ok: bool,
}

impl Endpoint for Probe {
    type Target = Access;
    type Output<F> = bool;

    fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
        access.get("/cgi-bin/probe")
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<bool, ApiError> {
        answer.deserialize("a confirmation").map(|confirmed: Confirmed| confirmed.ok)
    }

    fn subject(&self) -> &'static str {
        "a subject"
    }

    fn is_idempotent(&self) -> bool {
        self.is_idempotent
    }
}

pub(crate) const OK: &str = r#"{"ok":true}"#;

pub(crate) fn fault_with_status(status: u16, code: i64) -> Response<Vec<u8>> {
    response(status, &[], format!(r#"{{"errcode":{code},"errmsg":""}}"#))
}

pub(crate) fn fault(code: i64) -> Response<Vec<u8>> {
    fault_with_status(200, code)
}

pub(crate) fn status(status: u16) -> Response<Vec<u8>> {
    response(status, &[], "<html>")
}

/// The same response, which asks the client to wait.
pub(crate) fn asking(mut response: Response<Vec<u8>>, retry_after: Duration) -> Response<Vec<u8>> {
    response.headers_mut().insert("retry-after", retry_after.as_secs().into());
    response
}

pub(crate) fn failure(kind: FailureKind) -> TransportError {
    TransportError::new(kind, std::io::Error::other("no response"))
}

pub(crate) fn issued(token: &str) -> IssuedToken {
    IssuedToken::new(AccessToken::new(token), Some(Duration::MAX))
}

/// A cache that holds a token for a day.
pub(crate) fn holding(token: &str) -> TokenCache {
    let mut tokens = TokenCache::default();
    let renewal = tokens.begin(START).unwrap();
    assert!(tokens.obtained(renewal, issued(token), START).is_none());
    tokens
}

/// The values that a call borrows.
pub(crate) struct Setup<E> {
    pub(crate) endpoint: E,
    pub(crate) config: ClientConfig,
    pub(crate) seed: u64,
    is_recording: bool,
}

impl Setup<Probe> {
    pub(crate) fn usual() -> Self {
        Self::under(&RetryPolicy::default())
    }

    pub(crate) fn under(policy: &RetryPolicy) -> Self {
        Self::new(Probe { is_idempotent: true }, policy)
    }

    pub(crate) fn not_idempotent() -> Self {
        Self::new(Probe { is_idempotent: false }, &RetryPolicy::default())
    }
}

impl<E: Endpoint<Target = Access>> Setup<E> {
    pub(crate) fn new(endpoint: E, policy: &RetryPolicy) -> Self {
        let mut config = ClientConfig::default();
        config.retry = policy.clone();
        config.options = ParseOptions::default().max_json(1000);
        Self { endpoint, config, seed: 7, is_recording: false }
    }

    pub(crate) fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    pub(crate) fn recording(mut self) -> Self {
        self.is_recording = true;
        self
    }

    /// A call that has not been polled, with any representation of a file.
    pub(crate) fn begun<F: Received>(&self, tokens: TokenCache) -> Script<'_, E, F> {
        self.begun_at(START, tokens)
    }

    pub(crate) fn begun_at<F: Received>(&self, now: Moment, tokens: TokenCache) -> Script<'_, E, F> {
        let mut call = Call::new(&self.endpoint, &self.config, self.seed, now);
        if self.is_recording {
            call.record_events();
        }
        Script { call, tokens, now, attempts: 0 }
    }

    /// A call that has been sent once.
    pub(crate) fn sent(&self) -> Script<'_, E, File> {
        let mut script = self.begun(holding("first"));
        assert_eq!(script.poll(), Step::Send);
        script
    }
}

/// An action, without the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Send,
    Wait(Duration),
    NeedToken(Duration),
    Opened,
    Rewind,
    Finish,
}

/// A call, the tokens of its client, and the time.
pub(crate) struct Script<'s, E: Endpoint, F> {
    pub(crate) call: Call<'s, E, F>,
    pub(crate) tokens: TokenCache,
    pub(crate) now: Moment,
    /// How often it was sent.
    pub(crate) attempts: u32,
}

impl<E: Endpoint<Target = Access>, F> Script<'_, E, F> {
    pub(crate) fn action(&mut self) -> Action {
        let action = self.call.poll(&mut self.tokens, self.now);
        self.attempts += u32::from(matches!(action, Action::Send { .. }));
        action
    }

    pub(crate) fn poll(&mut self) -> Step {
        match self.action() {
            Action::Send { .. } => Step::Send,
            Action::Sleep { until } => Step::Wait(until.since(self.now)),
            Action::NeedToken { until } => Step::NeedToken(until.since(self.now)),
            Action::Opened => Step::Opened,
            Action::Rewind => Step::Rewind,
            Action::Finish => Step::Finish,
        }
    }

    pub(crate) fn later(&mut self, time: Duration) -> &mut Self {
        self.now = self.now.after(time);
        self
    }

    /// The response arrives, and the driver has not polled yet.
    pub(crate) fn receives(&mut self, response: Response<Vec<u8>>) {
        self.call.handle_response(response, self.now);
    }

    /// The response arrives, and the driver polls.
    pub(crate) fn answered(&mut self, response: Response<Vec<u8>>) -> Step {
        self.receives(response);
        self.poll()
    }

    /// The transport fails, and the driver polls.
    pub(crate) fn failed(&mut self, kind: FailureKind) -> Step {
        self.call.handle_failure(failure(kind), self.now);
        self.poll()
    }

    /// The call fails because WeChat is busy, waits, and is sent again.
    #[track_caller]
    pub(crate) fn busy_once(&mut self) -> Duration {
        let step = self.answered(fault(-1));
        self.waits(step)
    }

    #[track_caller]
    pub(crate) fn waits(&mut self, step: Step) -> Duration {
        let Step::Wait(time) = step else { panic!("no wait: {step:?}") };
        assert_eq!(self.later(time).poll(), Step::Send);
        time
    }

    /// Another token is obtained.
    #[track_caller]
    pub(crate) fn renews(&mut self, token: &str) {
        let renewal = self.tokens.begin(self.now).unwrap();
        assert!(self.tokens.obtained(renewal, issued(token), self.now).is_none());
    }

    /// The token is refused, and another one obtained.
    #[track_caller]
    pub(crate) fn refused_once(&mut self) {
        let step = self.answered(fault(40001));
        assert!(matches!(step, Step::NeedToken(_)), "{step:?}");
        self.renews("second");
        assert_eq!(self.poll(), Step::Send);
    }

    pub(crate) fn events(&mut self) -> Vec<ClientEvent> {
        std::iter::from_fn(|| self.call.next_event()).collect()
    }

    /// The result of a call that has ended.
    #[track_caller]
    pub(crate) fn finished(mut self) -> Result<Parsed<E::Output<F>>, ClientError> {
        assert_eq!(self.poll(), Step::Finish);
        self.call.finish()
    }

    #[track_caller]
    pub(crate) fn error(self) -> ClientError {
        match self.finished() {
            Ok(_) => panic!("the call was answered"),
            Err(error) => error,
        }
    }
}

#[track_caller]
pub(crate) fn assert_waits(step: Step) {
    assert!(matches!(step, Step::Wait(_)), "{step:?}");
}
