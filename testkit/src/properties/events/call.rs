//! What a call may do, by bookkeeping of its own.

use std::time::Duration;

use wechat_material::{Exchange, RetryPolicy, Step};

use super::outcome::Meaning;

/// The attempts of a call.
pub(super) struct Attempts {
    policy: RetryPolicy,
    is_repeatable: bool,
    started: Duration,
    sent: u32,
    waits: u32,
    has_another_token: bool,
}

impl Attempts {
    pub(super) fn under(policy: RetryPolicy, is_repeatable: bool) -> Self {
        Self { policy, is_repeatable, started: Duration::ZERO, sent: 0, waits: 0, has_another_token: false }
    }

    pub(super) fn exchange(&self, seed: u64) -> Exchange {
        Exchange::new(&self.policy, self.is_repeatable, seed)
    }

    pub(super) fn sent(&self) -> u32 {
        self.sent
    }

    pub(super) fn started(&mut self, now: Duration, step: Step) {
        assert_eq!(step, Step::Send, "a call did not begin");
        (self.started, self.sent, self.waits, self.has_another_token) = (now, 1, 0, false);
    }

    /// It has waited, or has another token.
    pub(super) fn may_go_on(&mut self, now: Duration, step: Step) {
        if self.passed(now) <= self.policy.budget {
            assert_eq!(step, Step::Send, "a call was given up that has time left");
            self.sent += 1;
            assert!(self.sent <= self.policy.attempts, "too many attempts");
        } else {
            assert_eq!(step, Step::Finish, "a call was sent after its time");
        }
    }

    /// Something came of what was sent.
    pub(super) fn came_to(
        &mut self,
        now: Duration,
        meaning: Meaning,
        patience: Option<Duration>,
        step: Step,
    ) {
        let patience = patience.unwrap_or_default();
        match meaning {
            Meaning::Answer | Meaning::Final => assert_eq!(step, Step::Finish, "not final"),
            Meaning::Token => {
                let is_allowed = !self.has_another_token
                    && self.sent < self.policy.attempts
                    && self.passed(now) <= self.policy.budget;
                assert_eq!(step, if is_allowed { Step::Renew } else { Step::Finish });
                self.has_another_token = true;
            }
            Meaning::Busy => self.backs_off(now, patience, step),
            Meaning::Minute => self.backs_off(now, patience.max(Duration::from_secs(60)), step),
            Meaning::Unknown if self.is_repeatable => self.backs_off(now, Duration::ZERO, step),
            Meaning::Unknown => assert_eq!(step, Step::Finish, "it may have arrived"),
        }
    }

    fn backs_off(&mut self, now: Duration, at_least: Duration, step: Step) {
        let longest = self.longest_wait().max(at_least);
        let is_in_time = |wait| self.passed(now).saturating_add(wait) <= self.policy.budget;
        let is_allowed = self.sent < self.policy.attempts;
        match step {
            Step::Wait(time) => {
                assert!(is_allowed && is_in_time(time), "a wait for nothing");
                assert!((at_least..=longest).contains(&time), "{time:?} of {at_least:?} to {longest:?}");
                self.waits += 1;
            }
            Step::Finish => assert!(!is_allowed || !is_in_time(longest), "given up too early"),
            Step::Send | Step::Renew => panic!("{step:?} without a wait"),
        }
    }

    fn passed(&self, now: Duration) -> Duration {
        now.saturating_sub(self.started)
    }

    /// The longest wait that is one's own idea.
    fn longest_wait(&self) -> Duration {
        let mut longest = self.policy.first_wait;
        for _ in 0..self.waits.min(100) {
            longest = longest.saturating_add(longest);
        }
        longest.min(self.policy.longest_wait)
    }
}
