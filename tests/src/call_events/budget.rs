//! A ledger of attempts and time.

use std::time::Duration;

use wechat_material::RetryPolicy;

/// The limits that a script sets for a call.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) attempts: u32,
    pub(super) elapsed: Duration,
    /// The maximum first wait, and the maximum that it doubles up to.
    pub(super) backoff: (Duration, Duration),
    /// The maximum wait that a server can ask for.
    pub(super) server_wait: Duration,
}

impl Limits {
    /// The limits for a single attempt.
    pub(super) const ONCE: Self = Self {
        attempts: 1,
        elapsed: Duration::from_secs(120),
        backoff: (Duration::from_millis(500), Duration::from_secs(20)),
        server_wait: Duration::from_secs(300),
    };

    pub(super) fn policy(self) -> RetryPolicy {
        let (initial, max) = self.backoff;
        RetryPolicy::default()
            .max_attempts(self.attempts)
            .max_elapsed(self.elapsed)
            .backoff(initial, max)
            .max_server_wait(self.server_wait)
    }
}

/// The attempts and the time of a call or of a renewal.
pub(super) struct Budget {
    limits: Limits,
    started: Duration,
    sent: u32,
    waits: u32,
}

/// A wait after a failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct BackOff {
    failed_at: Duration,
    /// When the wait started. This is later than the failure if the sink had to rewind first.
    pub(super) from: Duration,
    /// The range of waits that the server asks for. The wait can only be longer if the backoff is.
    at_least: Duration,
    at_most: Duration,
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

    /// Whether the time is over, so that nothing may start.
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

    /// A wait after a failure at this time. It is at least as long as the server asks for, or as the policy allows, and at
    /// most a quarter longer.
    pub(super) fn back_off(&self, now: Duration, asked: Duration) -> BackOff {
        let at_least = asked.min(self.limits.server_wait);
        let left = self.limits.elapsed.saturating_sub(now.saturating_sub(self.started));
        let at_most = at_least.saturating_add(at_least / 4).min(left).max(at_least);
        BackOff { failed_at: now, from: now, at_least, at_most }
    }

    /// A wait until this time has started.
    pub(super) fn waits(&mut self, back_off: BackOff, until: Duration) {
        let BackOff { from, at_least, at_most, .. } = back_off;
        assert!(self.may_send_again(), "a wait without another attempt");
        assert!(self.may_wait(back_off, at_least) && until <= self.deadline(), "a wait beyond the budget");
        let longest = self.longest(at_most);
        let window = from.saturating_add(at_least)..=from.saturating_add(longest);
        assert!(
            window.contains(&until),
            "a wait of {:?}, expected {at_least:?} to {longest:?}",
            until.saturating_sub(from)
        );
        self.waits += 1;
    }

    /// Whether the wait may have been so short that it is already over.
    pub(super) fn may_have_waited(&mut self, back_off: BackOff, now: Duration) -> bool {
        let is_possible = self.may_send_again()
            && self.may_wait(back_off, back_off.at_least)
            && back_off.from.saturating_add(back_off.at_least) <= now;
        self.waits += u32::from(is_possible);
        is_possible
    }

    /// Whether the wait may be too long.
    pub(super) fn may_give_up(&self, back_off: BackOff) -> bool {
        // The random part of a wait leaves enough time at first, but then a sink may take long to rewind.
        let BackOff { failed_at, from, at_least, at_most } = back_off;
        let asked = if from > failed_at { at_most } else { at_least };
        !self.may_send_again() || !self.may_wait(back_off, self.longest(asked))
    }

    /// Whether the budget allows a wait of this length. If the clock was set back to before the start, no time has passed.
    fn may_wait(&self, back_off: BackOff, time: Duration) -> bool {
        let passed = back_off.failed_at.max(back_off.from).saturating_sub(self.started);
        passed.saturating_add(time) <= self.limits.elapsed
    }

    /// The longest possible wait. It doubles with each wait, unless the server asks for a longer one.
    fn longest(&self, asked: Duration) -> Duration {
        let (initial, max) = self.limits.backoff;
        let doubled = (0..self.waits.min(100)).fold(initial, |time, _| time.saturating_add(time));
        doubled.min(max).max(asked)
    }
}
