//! A ledger of a call: what the call may do.

use std::time::Duration;

use super::budget::{BackOff, Budget, Limits};
use super::tokens::{Due, TokenLedger};

mod reports;
mod states;

pub(super) use states::{Awaits, Did, End};
use states::{Next, Token};

/// The state of a call, according to the rules.
pub(super) struct Attempts {
    budget: Budget,
    is_idempotent: bool,
    next: Next,
    pub(super) awaits: Awaits,
    /// Whether the sink must be rewound before anything else.
    must_rewind: bool,
    /// The number of bytes that the sink holds.
    pub(super) holds: usize,
    has_failed: bool,
    token: Token,
    /// The use of a token that the last attempt was made with.
    token_use: u64,
    /// The refused use of a token, which the next poll reports.
    refused: Option<u64>,
    /// The first renewal that the call has waited for.
    waits_for: Option<u64>,
    /// The time until which an early renewal may delay the call. The old token is still valid.
    delayed_until: Option<Duration>,
}

impl Attempts {
    pub(super) fn new(limits: Limits, is_idempotent: bool, now: Duration) -> Self {
        Self {
            budget: Budget::new(limits, now),
            is_idempotent,
            next: Next::Send,
            awaits: Awaits::Poll,
            must_rewind: false,
            holds: 0,
            has_failed: false,
            token: Token::First,
            token_use: 0,
            refused: None,
            waits_for: None,
            delayed_until: None,
        }
    }

    pub(super) fn sent(&self) -> u32 {
        self.budget.sent()
    }

    /// Whether an attempt was made with another token.
    pub(super) fn has_renewed(&self) -> bool {
        self.token == Token::Another
    }

    /// Takes the refused use of a token, to report it to the cache.
    pub(super) fn take_refused(&mut self) -> Option<u64> {
        self.refused.take()
    }

    /// The expected result, if the call is over.
    pub(super) fn end(&self) -> Option<End> {
        match self.next {
            Next::Finish(end) => Some(end),
            Next::Send | Next::Sleep(_) | Next::BackOff(_) => None,
        }
    }

    /// The time until which the call sleeps.
    pub(super) fn sleeps_until(&self) -> Option<Duration> {
        match self.next {
            Next::Sleep(until) => Some(until),
            Next::Send | Next::BackOff(_) | Next::Finish(_) => None,
        }
    }

    /// Checks the action that a poll returned.
    pub(super) fn polled(&mut self, now: Duration, did: &Did, tokens: &TokenLedger) {
        if self.awaits != Awaits::Poll {
            self.unexpected_report();
        }
        if self.must_rewind {
            assert_eq!(*did, Did::Rewind);
            (self.must_rewind, self.awaits) = (false, Awaits::Rewind);
            return;
        }
        match self.next {
            Next::Finish(_) => assert_eq!(*did, Did::Finish, "the call is over"),
            Next::Sleep(until) if now < until => assert_eq!(*did, Did::Sleep(until), "a different wait"),
            Next::Send | Next::Sleep(_) => self.continues(now, did, tokens),
            Next::BackOff(back_off) => match did {
                Did::Sleep(until) => {
                    assert!(now < *until, "a wait that is already over");
                    self.budget.waits(back_off, *until);
                    self.next = Next::Sleep(*until);
                }
                Did::Finish if self.budget.may_give_up(back_off) => self.next = Next::Finish(End::Failed),
                Did::Send(_) | Did::NeedToken(_) | Did::Rewind | Did::Finish => {
                    assert!(self.budget.may_have_waited(back_off, now), "{did:?} without a wait");
                    self.continues(now, did, tokens);
                }
            },
        }
    }

    /// Expects another attempt, unless the time is over or there is no token.
    fn continues(&mut self, now: Duration, did: &Did, tokens: &TokenLedger) {
        self.next = Next::Send;
        if self.token == Token::Refused && tokens.is_fixed() {
            return self.ends(End::Failed, did);
        }
        let timeout = if self.has_failed { End::Failed } else { End::TokenTimeout };
        let deadline = self.budget.deadline();
        // An early renewal does not make a call late.
        if self.budget.is_over(now) && self.delayed_until.is_none() {
            let failed = self.waits_for.filter(|since| tokens.failure_since(*since).is_some());
            return self.ends(failed.map_or(timeout, End::NoToken), did);
        }
        match tokens.due(now) {
            Due::Token(token, token_use) => self.is_sent(token, token_use, did),
            Due::Early(token, token_use, until) => {
                // At most half of the remaining time.
                let until = until.min(now.saturating_add(deadline.saturating_sub(now) / 2));
                let until = self.delayed_until.map_or(until, |before| before.min(until));
                if now < until {
                    assert_eq!(*did, Did::NeedToken(until), "not delayed by an early renewal");
                    self.delayed_until = Some(until);
                } else {
                    self.is_sent(token, token_use, did);
                }
            }
            Due::Renewal(takeover) => {
                self.delayed_until = None;
                let since = *self.waits_for.get_or_insert_with(|| tokens.next_renewal(now));
                if tokens.failure_since(since).is_some() {
                    self.ends(End::NoToken(since), did);
                } else if now < deadline {
                    assert_eq!(*did, Did::NeedToken(takeover.min(deadline)));
                } else {
                    self.ends(timeout, did);
                }
            }
        }
    }

    fn is_sent(&mut self, token: u64, token_use: u64, did: &Did) {
        assert_eq!(*did, Did::Send(token));
        self.budget.sends();
        if self.token == Token::Refused {
            self.token = Token::Another;
        }
        (self.waits_for, self.delayed_until) = (None, None);
        (self.token_use, self.awaits) = (token_use, Awaits::Reply);
    }

    fn ends(&mut self, end: End, did: &Did) {
        assert_eq!(*did, Did::Finish, "{end:?}");
        self.next = Next::Finish(end);
    }
}
