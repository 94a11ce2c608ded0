//! The events that are reported to a call.

use std::time::Duration;

use super::super::replies::Meaning;
use super::{Attempts, Awaits, End, Next, Token};

const MINUTE: Duration = Duration::from_secs(60);

impl Attempts {
    /// The head of a response has arrived.
    pub(crate) fn head_arrived(&mut self) {
        self.awaits = Awaits::Body;
    }

    /// A reply has arrived.
    pub(crate) fn replied(&mut self, now: Duration, meaning: Meaning, retry_after: Duration) {
        self.awaits = Awaits::Poll;
        if meaning == Meaning::Answer {
            self.next = Next::Finish(End::Answered);
            return;
        }
        self.has_failed = true;
        self.must_rewind = self.holds > 0;
        self.next = match meaning {
            Meaning::Token => self.is_refused(now),
            Meaning::Busy => Next::BackOff(self.budget.back_off(now, retry_after)),
            Meaning::Minute => Next::BackOff(self.budget.back_off(now, retry_after.max(MINUTE))),
            Meaning::Unknown if self.is_idempotent => {
                Next::BackOff(self.budget.back_off(now, Duration::ZERO))
            }
            Meaning::Answer | Meaning::Final | Meaning::Unknown => Next::Finish(End::Failed),
        };
    }

    fn is_refused(&mut self, now: Duration) -> Next {
        self.refused = Some(self.token_use);
        if self.token != Token::First || !self.budget.may_send_again() || self.budget.is_over(now) {
            return Next::Finish(End::Failed);
        }
        self.token = Token::Refused;
        Next::Send
    }

    /// The sink has rewound.
    pub(crate) fn rewound(&mut self, now: Duration) {
        (self.awaits, self.holds) = (Awaits::Poll, 0);
        if let Next::BackOff(back_off) = &mut self.next {
            back_off.from = now;
        }
    }

    /// The sink cannot rewind.
    pub(crate) fn not_rewound(&mut self) {
        (self.awaits, self.next) = (Awaits::Poll, Next::Finish(End::Failed));
    }

    /// Whether the ledger can predict the effect of a report that ends a running call. It cannot if the call may or may not
    /// be over, depending on whether there is time for a wait.
    pub(crate) fn is_clear(&self) -> bool {
        match self.next {
            Next::BackOff(back_off) => !self.is_settled() || !self.budget.may_give_up(back_off),
            Next::Send | Next::Sleep(_) | Next::Finish(_) => true,
        }
    }

    fn is_settled(&self) -> bool {
        self.awaits == Awaits::Poll && !self.must_rewind
    }

    /// The sink failed. This ends the call unless the call has already failed.
    pub(crate) fn sink_failed(&mut self) {
        match self.next {
            Next::Finish(end) if self.is_settled() && end != End::Answered => {}
            _ => self.ends_early(End::SinkFailed),
        }
    }

    /// An event was reported that cannot happen now. This ends the call unless the call is over.
    pub(crate) fn unexpected_report(&mut self) {
        match self.next {
            Next::Finish(_) if self.is_settled() => {}
            _ => self.ends_early(End::WrongEvent),
        }
    }

    fn ends_early(&mut self, end: End) {
        (self.next, self.awaits, self.must_rewind) = (Next::Finish(end), Awaits::Poll, false);
    }
}
