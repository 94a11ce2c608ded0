//! Whether and when a call is retried.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::{Moment, WaitReason};
use crate::call::CallError;
use crate::error::{ApiError, Category};
use crate::transport::FailureKind;

/// How often a call is retried, and for how long.
///
/// Waits are random, so that callers that failed together do not retry together. After a transient failure, a call waits
/// for a random part of a time that doubles from attempt to attempt. If the server asks for a wait with `Retry-After`, or
/// answers with 45011 (too many calls within a minute), the call waits for that time, or for a minute, and up to a quarter
/// more.
///
/// ```
/// # use std::time::Duration;
/// # use wechat_material::RetryPolicy;
/// let policy = RetryPolicy::default()
///     .max_attempts(3)
///     .max_elapsed(Duration::from_secs(600))
///     .max_server_wait(Duration::from_secs(90));
/// assert_eq!(policy.max_attempts, 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How many attempts are made at most: 5 by default. 0 counts as 1. The attempts to obtain a token are not counted.
    pub max_attempts: u32,
    /// After this time no attempt, wait or renewal of the token begins: two minutes by default. An attempt that is under
    /// way may end later. With zero, there is no time to obtain a token: for a single attempt, use [`never`](Self::never).
    pub max_elapsed: Duration,
    /// The longest wait before the second attempt: half a second by default. It doubles with every further attempt. Each
    /// wait is a random part of it.
    pub initial_backoff: Duration,
    /// The upper limit of the doubled wait: 20 seconds by default.
    pub max_backoff: Duration,
    /// The longest wait that a server can ask for: five minutes by default. A longer one is capped. Up to a
    /// quarter of jitter is added.
    pub max_server_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            max_elapsed: Duration::from_secs(120),
            initial_backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(20),
            max_server_wait: Duration::from_secs(300),
        }
    }
}

impl RetryPolicy {
    /// A single attempt. A refused token is not renewed either.
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// Sets how many attempts are made at most.
    #[must_use]
    pub fn max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts, ..self }
    }

    /// Sets the time after which no attempt, wait or renewal begins.
    #[must_use]
    pub fn max_elapsed(self, max_elapsed: Duration) -> Self {
        Self { max_elapsed, ..self }
    }

    /// Sets the longest wait before the second attempt, and the upper limit of the doubled wait.
    #[must_use]
    pub fn backoff(self, initial: Duration, max: Duration) -> Self {
        Self { initial_backoff: initial, max_backoff: max, ..self }
    }

    /// Sets the longest wait that a server can ask for.
    #[must_use]
    pub fn max_server_wait(self, max_server_wait: Duration) -> Self {
        Self { max_server_wait, ..self }
    }
}

/// The attempts of one call under a policy.
#[derive(Debug)]
pub(super) struct Retry {
    policy: RetryPolicy,
    is_idempotent: bool,
    random: u64,
    started: Moment,
    attempts: u32,
    waits: u32,
    was_refused: bool,
}

/// What happens after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another attempt after a wait.
    Wait(Duration, WaitReason),
    /// Another attempt with another token.
    Renew,
    /// Nothing: the failure is final.
    Finish,
}

impl Retry {
    /// How long to wait after too many calls within a minute.
    const MINUTE: Duration = Duration::from_secs(60);

    /// A call that begins now. The seed is the source of randomness.
    pub(super) fn new(policy: &RetryPolicy, is_idempotent: bool, seed: u64, now: Moment) -> Self {
        Self {
            policy: policy.clone(),
            is_idempotent,
            random: seed,
            started: now,
            attempts: 0,
            waits: 0,
            was_refused: false,
        }
    }

    pub(super) fn started(&self) -> Moment {
        self.started
    }

    /// How many attempts have begun.
    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether the time is over in which attempts may begin.
    pub(super) fn is_late(&self, now: Moment) -> bool {
        now.since(self.started) > self.policy.max_elapsed
    }

    pub(super) fn begin_attempt(&mut self) {
        self.attempts += 1;
    }

    pub(super) fn after(&mut self, error: &CallError, retry_after: Option<Duration>, now: Moment) -> Next {
        match error {
            CallError::Build(_) => Next::Finish,
            CallError::Transport(error) => self.after_failure(error.kind(), now),
            CallError::Api(error) => self.after_refusal(error, retry_after, now),
        }
    }

    fn after_refusal(&mut self, error: &ApiError, retry_after: Option<Duration>, now: Moment) -> Next {
        match error {
            ApiError::Fault(fault) => match fault.category() {
                Category::Token => self.renew(now),
                Category::Busy => self.back_off(named(retry_after), now),
                Category::RateLimit => {
                    let minute = retry_after.unwrap_or_default().max(Self::MINUTE);
                    self.back_off(Some((minute, WaitReason::RateLimit)), now)
                }
                Category::Unknown if is_trouble(fault.status) => self.back_off(named(retry_after), now),
                Category::Quota
                | Category::Argument
                | Category::Request
                | Category::Credentials
                | Category::Permission
                | Category::Unknown => Next::Finish,
            },
            ApiError::Status { status, .. } if is_trouble(*status) => self.back_off(named(retry_after), now),
            // The body was probably cut off.
            ApiError::Length { .. } | ApiError::Empty => self.after_failure(FailureKind::Interrupted, now),
            ApiError::Status { .. }
            | ApiError::Encoded { .. }
            | ApiError::Text { .. }
            | ApiError::Json { .. }
            | ApiError::Shape { .. }
            | ApiError::TooLarge { .. } => Next::Finish,
        }
    }

    fn after_failure(&mut self, failure: FailureKind, now: Moment) -> Next {
        match failure {
            FailureKind::Connect => self.back_off(None, now),
            // The request may have reached the server.
            FailureKind::Timeout | FailureKind::Interrupted if self.is_idempotent => self.back_off(None, now),
            FailureKind::Timeout | FailureKind::Interrupted | FailureKind::Final => Next::Finish,
        }
    }

    fn renew(&mut self, now: Moment) -> Next {
        if self.was_refused || self.attempts >= self.policy.max_attempts || self.is_late(now) {
            return Next::Finish;
        }
        self.was_refused = true;
        Next::Renew
    }

    /// Waits for a time that doubles from attempt to attempt, but at least as long as the server asks for.
    fn back_off(&mut self, asked: Option<(Duration, WaitReason)>, now: Moment) -> Next {
        let longest = self.policy.initial_backoff.saturating_mul(1 << self.waits.min(20));
        let backoff = self.part_of(longest.min(self.policy.max_backoff));
        let elapsed = now.since(self.started);
        let (time, reason) = asked
            .map(|(time, reason)| (self.server_wait(time, elapsed), reason))
            .filter(|(time, _)| *time >= backoff)
            .unwrap_or((backoff, WaitReason::Backoff));
        let is_too_late = elapsed.saturating_add(time) > self.policy.max_elapsed;
        if is_too_late || self.attempts >= self.policy.max_attempts {
            return Next::Finish;
        }
        self.waits += 1;
        Next::Wait(time, reason)
    }

    /// The time that a server asks for, as far as the policy allows it, and up to a quarter more while there is time left.
    fn server_wait(&mut self, asked: Duration, elapsed: Duration) -> Duration {
        let shortest = asked.min(self.policy.max_server_wait);
        let longest = shortest.saturating_add(shortest / 4);
        let left = self.policy.max_elapsed.saturating_sub(elapsed);
        shortest.saturating_add(self.part_of(longest.min(left).saturating_sub(shortest)))
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

/// The wait that the server asks for in `Retry-After`, if there is one.
fn named(retry_after: Option<Duration>) -> Option<(Duration, WaitReason)> {
    retry_after.map(|time| (time, WaitReason::RetryAfter))
}

fn is_trouble(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// How long a response asks the caller to wait: the seconds in `Retry-After`. A date is ignored, as this crate does not
/// read a clock.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
