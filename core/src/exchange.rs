//! One call and its repetitions, as a state machine without a clock or a connection.
//!
//! ```text
//!             Start            ┌──────────────────────────────────────────┐ Answered, or what no
//!  ┌───────┐ ───────▶ Send ──▶ │ sent: Answered, Refused or Failed? │ ───────▶ Finish  repetition changes
//!  └───────┘           ▲       └──────────────────────────────────────────┘
//!                      │ Renewed  │ the token was refused, for the first time: Renew
//!                      ├──────────┤
//!                      │ Waited   │ busy, or no answer, while attempts and time last: Wait
//!                      └──────────┘
//! ```

use std::error::Error;
use std::time::Duration;

use http::StatusCode;

use crate::call::CallError;
use crate::error::{ApiError, Category};
use crate::session::Moment;
use crate::transport::Failure;

/// How often a call is tried, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often it is sent, at most: 5 times by default. Once means never again, and so does 0.
    pub attempts: u32,
    /// How long after its start it may be sent again: two minutes by default.
    pub budget: Duration,
    /// The longest wait before the second attempt, which doubles with every further one: half a second by default. A
    /// wait is a random part of it, so that callers who failed together do not come back together.
    pub first_wait: Duration,
    /// What it doubles up to: 20 seconds by default.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            budget: Duration::from_secs(120),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(20),
        }
    }
}

impl RetryPolicy {
    /// Every call is sent once. A token that is refused is not renewed either.
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// Sets how often a call is sent, at most.
    #[must_use]
    pub fn attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    /// Sets how long after its start a call may be sent again.
    #[must_use]
    pub fn budget(self, budget: Duration) -> Self {
        Self { budget, ..self }
    }

    /// Sets the longest wait before the second attempt, and what it doubles up to.
    #[must_use]
    pub fn waits(self, first: Duration, longest: Duration) -> Self {
        Self { first_wait: first, longest_wait: longest, ..self }
    }
}

/// One call and its repetitions: says when to send, when to wait, and when to renew the token.
///
/// It sends nothing and waits for nothing: whoever drives it does, and tells what came of it. The same events and the
/// same seed lead to the same steps.
///
/// ```
/// # use wechat_material::{Event, Exchange, Failure, Moment, RetryPolicy, Step};
/// let now = Moment::default();
/// let mut exchange = Exchange::new(&RetryPolicy::default(), true, 7);
/// assert_eq!(exchange.next(now, Event::Start), Step::Send);
/// let Step::Wait(time) = exchange.next(now, Event::Failed(Failure::Timeout)) else { panic!("no wait") };
/// assert_eq!(exchange.next(now.after(time), Event::Waited), Step::Send);
/// assert_eq!(exchange.next(now, Event::Answered), Step::Finish);
/// ```
#[derive(Clone, Debug)]
pub struct Exchange {
    policy: RetryPolicy,
    is_repeatable: bool,
    random: u64,
    state: State,
    started: Moment,
    attempts: u32,
    waits: u32,
    /// Whether a token was refused, and whether it went on with another one.
    was_refused: bool,
    has_renewed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Sent,
    Waiting,
    Renewing,
    Over,
}

/// What happened to a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'e> {
    /// It is to begin.
    Start,
    /// It was answered.
    Answered,
    /// The response is no answer. `retry_after` is what its `Retry-After` says ([`retry_after`]).
    Refused {
        /// What it is instead.
        error: &'e ApiError,
        /// How long the server wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// There was no response, or no whole one.
    Failed(Failure),
    /// The time that a [`Step::Wait`] asked for is over.
    Waited,
    /// The token was reported as refused, as a [`Step::Renew`] asked for.
    Renewed,
}

impl<'e> Event<'e> {
    /// What became of a call that failed.
    pub fn of<T: Error>(
        error: &'e CallError<T>,
        failure: impl Fn(&T) -> Failure,
        retry_after: Option<Duration>,
    ) -> Self {
        match error {
            CallError::Build(_) => Self::Failed(Failure::Final),
            CallError::Transport(error) => Self::Failed(failure(error)),
            CallError::Api(error) => Self::Refused { error, retry_after },
        }
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// Send it.
    Send,
    /// Wait so long, and then say so.
    Wait(Duration),
    /// Report the token as refused, so that the next lease is of another one, and then say so.
    Renew,
    /// Nothing more: the last answer, refusal or failure is the result.
    Finish,
}

impl Exchange {
    /// How long to wait when too many calls were made within a minute.
    const MINUTE: Duration = Duration::from_secs(60);

    /// A call that has not begun. Chance comes from the seed: give every call another one.
    pub fn new(policy: &RetryPolicy, is_repeatable: bool, seed: u64) -> Self {
        Self {
            policy: policy.clone(),
            is_repeatable,
            random: seed,
            state: State::New,
            started: Moment::default(),
            attempts: 0,
            waits: 0,
            was_refused: false,
            has_renewed: false,
        }
    }

    /// How often it was sent.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether a token of it was refused, and it was sent with another one.
    pub fn has_renewed(&self) -> bool {
        self.has_renewed
    }

    /// Takes what happened, and says what to do. An event that cannot happen now ends the call.
    pub fn next(&mut self, now: Moment, event: Event<'_>) -> Step {
        let step = match (self.state, event) {
            (State::New, Event::Start) => {
                self.started = now;
                Step::Send
            }
            (State::Waiting, Event::Waited) if !self.is_late(now) => Step::Send,
            (State::Renewing, Event::Renewed) if !self.is_late(now) => {
                self.has_renewed = true;
                Step::Send
            }
            (State::Sent, Event::Refused { error, retry_after }) => {
                self.after_refusal(now, error, retry_after)
            }
            (State::Sent, Event::Failed(failure)) => self.after_failure(now, failure),
            _ => Step::Finish,
        };
        self.state = match step {
            Step::Send => State::Sent,
            Step::Wait(_) => State::Waiting,
            Step::Renew => State::Renewing,
            Step::Finish => State::Over,
        };
        self.attempts += u32::from(step == Step::Send);
        step
    }

    fn after_refusal(&mut self, now: Moment, error: &ApiError, retry_after: Option<Duration>) -> Step {
        match error {
            ApiError::Fault(fault) => match fault.category() {
                Category::Token => self.renew(now),
                Category::Busy => self.back_off(now, retry_after),
                Category::RateLimit => {
                    self.back_off(now, Some(retry_after.unwrap_or_default().max(Self::MINUTE)))
                }
                Category::Unknown if is_trouble(fault.status) => self.back_off(now, retry_after),
                Category::Quota
                | Category::Argument
                | Category::Request
                | Category::Credentials
                | Category::Permission
                | Category::Unknown => Step::Finish,
            },
            ApiError::Status { status, .. } if is_trouble(*status) => self.back_off(now, retry_after),
            // Cut off on the way, as far as one can tell.
            ApiError::Length { .. } | ApiError::Empty => self.after_failure(now, Failure::Interrupted),
            ApiError::Status { .. }
            | ApiError::Encoded { .. }
            | ApiError::Text { .. }
            | ApiError::Json { .. }
            | ApiError::Shape { .. }
            | ApiError::TooLarge { .. } => Step::Finish,
        }
    }

    fn after_failure(&mut self, now: Moment, failure: Failure) -> Step {
        match failure {
            Failure::Connect => self.back_off(now, None),
            // It may have arrived.
            Failure::Timeout | Failure::Interrupted if self.is_repeatable => self.back_off(now, None),
            Failure::Timeout | Failure::Interrupted | Failure::Final => Step::Finish,
        }
    }

    fn renew(&mut self, now: Moment) -> Step {
        if self.was_refused || self.attempts >= self.policy.attempts || self.is_late(now) {
            return Step::Finish;
        }
        self.was_refused = true;
        Step::Renew
    }

    fn back_off(&mut self, now: Moment, at_least: Option<Duration>) -> Step {
        let longest =
            self.policy.first_wait.saturating_mul(1 << self.waits.min(20)).min(self.policy.longest_wait);
        let wait = self.part_of(longest).max(at_least.unwrap_or_default());
        let is_too_late = now.since(self.started).saturating_add(wait) > self.policy.budget;
        if is_too_late || self.attempts >= self.policy.attempts {
            return Step::Finish;
        }
        self.waits += 1;
        Step::Wait(wait)
    }

    /// Whether the time is over in which it may be sent again.
    fn is_late(&self, now: Moment) -> bool {
        now.since(self.started) > self.policy.budget
    }

    /// A random part of a time (SplitMix64).
    fn part_of(&mut self, time: Duration) -> Duration {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let part = (u128::from(nanoseconds) * u128::from(mixed ^ (mixed >> 31))) >> 64;
        Duration::from_nanos(u64::try_from(part).unwrap_or(nanoseconds))
    }
}

fn is_trouble(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// How long a response wants its caller to wait: the seconds in `Retry-After`. A date in it is left alone, as there is no
/// clock here.
pub fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    let seconds = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
