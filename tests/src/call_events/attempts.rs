//! What a call may do, by bookkeeping of its own.

use std::time::Duration;

use wechat_material::RetryPolicy;

use super::budget::{BackOff, Budget};
use super::reached::Reach;
use super::tokens::{Due, TokenLedger};

mod reports;

/// A call, as far as the rules know it.
pub(super) struct Attempts {
    budget: Budget,
    is_repeatable: bool,
    next: Next,
    pub(super) awaits: Awaits,
    /// Whether the sink has to take back what it holds before anything else.
    must_rewind: bool,
    /// How many bytes the sink holds.
    pub(super) holds: usize,
    has_failed: bool,
    token: Token,
    /// Which use of a token the last attempt was made with.
    token_use: u64,
    /// That token was refused, which the next poll reports.
    refused: Option<u64>,
    /// The first renewal that the call has waited for.
    waits_for: Option<u64>,
}

/// Whether a token was refused.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    First,
    /// It was refused, and the next attempt needs another one.
    Refused,
    Another,
}

/// What the driver has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaits {
    Poll,
    /// A response or a failure.
    Reply,
    /// More of a body.
    Body,
    /// Whether the sink has taken back what it holds.
    Rewind,
}

/// What the next poll has to say.
#[derive(Clone, Copy)]
enum Next {
    Send,
    Sleep(Duration),
    /// To wait, or that there is no time for that.
    BackOff(BackOff),
    Finish(End),
}

/// What the result has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Answered,
    /// The last attempt failed.
    Failed,
    /// This renewal, or one after it, failed.
    NoToken(u64),
    TokenTimeout,
    SinkFailed,
    WrongEvent,
}

/// What a poll said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Did {
    /// To send the request, with this token.
    Send(u64),
    Sleep(Duration),
    NeedToken(Duration),
    Rewind,
    Finish,
}

impl End {
    pub(super) fn reach(self) -> Reach {
        match self {
            Self::Answered => Reach::Finishes,
            Self::Failed => Reach::Failed,
            Self::NoToken(_) => Reach::NoToken,
            Self::TokenTimeout => Reach::TokenTimeout,
            Self::SinkFailed => Reach::SinkFailed,
            Self::WrongEvent => Reach::WrongEvent,
        }
    }
}

impl Attempts {
    pub(super) fn new(policy: &RetryPolicy, is_repeatable: bool, now: Duration) -> Self {
        Self {
            budget: Budget::new(policy, now),
            is_repeatable,
            next: Next::Send,
            awaits: Awaits::Poll,
            must_rewind: false,
            holds: 0,
            has_failed: false,
            token: Token::First,
            token_use: 0,
            refused: None,
            waits_for: None,
        }
    }

    pub(super) fn sent(&self) -> u32 {
        self.budget.sent()
    }

    /// Whether an attempt was made with another token.
    pub(super) fn has_renewed(&self) -> bool {
        self.token == Token::Another
    }

    /// Which use of a token was refused, to be reported to the cache.
    pub(super) fn take_refused(&mut self) -> Option<u64> {
        self.refused.take()
    }

    /// What the result has to be, once a poll has said that the call is over.
    pub(super) fn end(&self) -> Option<End> {
        match self.next {
            Next::Finish(end) => Some(end),
            Next::Send | Next::Sleep(_) | Next::BackOff(_) => None,
        }
    }

    /// The moment until which it sleeps.
    pub(super) fn sleeps_until(&self) -> Option<Duration> {
        match self.next {
            Next::Sleep(until) => Some(until),
            Next::Send | Next::BackOff(_) | Next::Finish(_) => None,
        }
    }

    /// The call was polled.
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
            Next::Sleep(until) if now < until => assert_eq!(*did, Did::Sleep(until), "another wait"),
            Next::Send | Next::Sleep(_) => self.goes_on(now, did, tokens),
            Next::BackOff(back_off) => match did {
                Did::Sleep(until) => {
                    assert!(now < *until, "a wait that is over");
                    self.budget.waits(back_off, *until);
                    self.next = Next::Sleep(*until);
                }
                Did::Finish if self.budget.may_give_up(back_off) => self.next = Next::Finish(End::Failed),
                Did::Send(_) | Did::NeedToken(_) | Did::Rewind | Did::Finish => {
                    assert!(self.budget.may_have_waited(back_off, now), "{did:?} without a wait");
                    self.goes_on(now, did, tokens);
                }
            },
        }
    }

    /// Another attempt is due, unless the time is over or there is no token.
    fn goes_on(&mut self, now: Duration, did: &Did, tokens: &TokenLedger) {
        self.next = Next::Send;
        if self.token == Token::Refused && tokens.is_fixed() {
            return self.ends(End::Failed, did);
        }
        let timeout = if self.has_failed { End::Failed } else { End::TokenTimeout };
        if self.budget.is_over(now) {
            return self.ends(timeout, did);
        }
        match tokens.due(now) {
            Due::Token(token, token_use) => self.is_sent(token, token_use, did),
            Due::Renewal => {
                let since = *self.waits_for.get_or_insert_with(|| tokens.next_renewal(now));
                if tokens.failure_since(since).is_some() {
                    self.ends(End::NoToken(since), did);
                } else if now < self.budget.deadline() {
                    assert_eq!(*did, Did::NeedToken(self.budget.deadline()));
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
        (self.token_use, self.waits_for, self.awaits) = (token_use, None, Awaits::Reply);
    }

    fn ends(&mut self, end: End, did: &Did) {
        assert_eq!(*did, Did::Finish, "{end:?}");
        self.next = Next::Finish(end);
    }
}
