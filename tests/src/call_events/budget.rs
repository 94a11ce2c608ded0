//! How often and for how long something may be attempted, by bookkeeping of its own.

use std::time::Duration;

use wechat_material::RetryPolicy;

/// What a script allows a call.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) attempts: u32,
    pub(super) elapsed: Duration,
    /// The longest first wait, and what it doubles up to.
    pub(super) backoff: (Duration, Duration),
}

impl Limits {
    /// Those of a single attempt.
    pub(super) const ONCE: Self = Self {
        attempts: 1,
        elapsed: Duration::from_secs(120),
        backoff: (Duration::from_millis(500), Duration::from_secs(20)),
    };

    pub(super) fn policy(self) -> RetryPolicy {
        let (initial, max) = self.backoff;
        RetryPolicy::default().max_attempts(self.attempts).max_elapsed(self.elapsed).backoff(initial, max)
    }
}

/// The attempts of a call or of a renewal.
pub(super) struct Budget {
    limits: Limits,
    started: Duration,
    sent: u32,
    waits: u32,
}

/// A wait that follows on a failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct BackOff {
    failed_at: Duration,
    /// When the wait began: later if a sink had to take back something before.
    pub(super) from: Duration,
    at_least: Duration,
}

impl BackOff {
    pub(super) fn new(now: Duration, at_least: Duration) -> Self {
        Self { failed_at: now, from: now, at_least }
    }
}

impl Budget {
    pub(super) fn new(limits: Limits, now: Duration) -> Self {
        Self { limits, started: now, sent: 0, waits: 0 }
    }

    pub(super) fn sent(&self) -> u32 {
        self.sent
    }

    pub(super) fn deadline(&self) -> Duration {
        self.started.saturating_add(self.limits.elapsed)
    }

    /// Whether nothing may begin any more.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        now > self.deadline()
    }

    pub(super) fn may_send_again(&self) -> bool {
        self.sent < self.limits.attempts
    }

    pub(super) fn sends(&mut self) {
        self.sent += 1;
        assert!(self.sent <= self.limits.attempts.max(1), "too many attempts");
    }

    /// A wait until then has begun.
    pub(super) fn waits(&mut self, back_off: BackOff, until: Duration) {
        let BackOff { from, at_least, .. } = back_off;
        assert!(self.may_send_again(), "a wait for nothing");
        assert!(self.may_wait(back_off, at_least) && until <= self.deadline(), "a wait beyond the budget");
        let longest = self.longest(at_least);
        let window = from.saturating_add(at_least)..=from.saturating_add(longest);
        assert!(
            window.contains(&until),
            "a wait of {:?}, not {at_least:?} to {longest:?}",
            until.saturating_sub(from)
        );
        self.waits += 1;
    }

    /// Whether a wait may have been so short that it is over.
    pub(super) fn may_have_waited(&mut self, back_off: BackOff, now: Duration) -> bool {
        let is_possible = self.may_send_again()
            && self.may_wait(back_off, back_off.at_least)
            && back_off.from.saturating_add(back_off.at_least) <= now;
        self.waits += u32::from(is_possible);
        is_possible
    }

    /// Whether the wait may be too long.
    pub(super) fn may_give_up(&self, back_off: BackOff) -> bool {
        !self.may_send_again() || !self.may_wait(back_off, self.longest(back_off.at_least))
    }

    /// Whether the budget has room for it. If the clock was put back before the beginning, no time has passed.
    fn may_wait(&self, back_off: BackOff, time: Duration) -> bool {
        let passed = back_off.failed_at.max(back_off.from).saturating_sub(self.started);
        passed.saturating_add(time) <= self.limits.elapsed
    }

    /// The longest wait, which doubles each time; the server may ask for a longer one.
    fn longest(&self, at_least: Duration) -> Duration {
        let (initial, max) = self.limits.backoff;
        let doubled = (0..self.waits.min(100)).fold(initial, |time, _| time.saturating_add(time));
        doubled.min(max).max(at_least)
    }
}
