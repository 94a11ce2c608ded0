//! The end of a renewal, and the end of a token.

use std::mem;
use std::time::Duration;

use wechat_material::driver::Renewal;

use super::{Cause, DAY, InProgress, Known, Refusal, SECOND, Started, TEN_SECONDS, TokenLedger};

const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

/// The result of a renewal.
pub(crate) enum Ended {
    /// There is a usable token.
    InUse,
    /// There is no usable token.
    Nothing,
    /// The token is the refused one, so a forced renewal has started.
    Forced(Started),
}

impl TokenLedger {
    /// A renewal has returned a token. `then` is the renewal that is in progress now.
    pub(crate) fn obtained(
        &mut self,
        now: Duration,
        (token, life): (u64, Option<Duration>),
        then: Option<&Renewal>,
    ) -> Ended {
        let ended = self.in_progress.take().expect("a renewal is in progress");
        let mut is_the_refused_one = false;
        if let Some(refusal) = &mut self.refusal {
            *if ended.is_forced { &mut refusal.forced } else { &mut refusal.unforced } += 1;
            assert!(refusal.unforced <= 1 && refusal.forced <= 1, "too many renewals for one refused token");
            is_the_refused_one = refusal.token == token && !ended.is_forced;
        }
        if is_the_refused_one && self.may_force(now) {
            let then = then.expect("the refused token needs a forced renewal");
            self.needs_force = true;
            return Ended::Forced(self.start(now, then));
        }
        assert!(then.is_none(), "an unneeded renewal");
        self.take(now, token, ended.started.min(now).saturating_add(life.unwrap_or(TWO_HOURS).min(DAY)));
        Ended::InUse
    }

    fn take(&mut self, now: Duration, token: u64, expires: Duration) {
        let use_number = match &self.token {
            Some(known) if known.token == token => known.use_number,
            Some(_) | None => {
                self.uses += 1;
                self.uses
            }
        };
        let expires = expires.max(now.saturating_add(SECOND));
        (self.refusal, self.failed, self.needs_force) = (None, None, false);
        self.set_aside = None;
        self.token = Some(Known { token, use_number, obtained: now, expires, rest_until: Duration::ZERO });
    }

    /// A renewal has failed. The calls that waited for it get the cause, unless the old token was valid when it started.
    pub(crate) fn failed(&mut self, now: Duration, cause: Option<Cause>) -> Ended {
        let ended = self.end_without_token().expect("a renewal is in progress");
        assert_eq!(ended.is_early, cause.is_none(), "whether the failure counts");
        if let Some(cause) = cause {
            self.failed = Some((ended.number, cause));
            if self.set_aside.is_some() {
                self.token = self.set_aside.take();
                (self.refusal, self.needs_force) = (None, false);
            }
        }
        match self.token.as_mut().filter(|known| known.is_valid(now)) {
            Some(known) => {
                known.rest_until = known.rest_until.max(now.saturating_add(TEN_SECONDS));
                Ended::InUse
            }
            None => Ended::Nothing,
        }
    }

    /// A renewal was abandoned. Returns whether it was in progress until now.
    pub(crate) fn abandoned(&mut self, renewal: u64) -> bool {
        self.is_in_progress(renewal) && self.end_without_token().is_some()
    }

    fn end_without_token(&mut self) -> Option<InProgress> {
        if let Some(refusal) = &mut self.refusal {
            (refusal.unforced, refusal.forced) = (0, 0);
        }
        self.in_progress.take()
    }

    fn is_in_progress(&self, renewal: u64) -> bool {
        self.in_progress.as_ref().is_some_and(|in_progress| in_progress.number == renewal)
    }

    /// A renewal is polled. Returns whether it is still the one in progress.
    pub(crate) fn sees(&mut self, now: Duration, renewal: u64) -> bool {
        let in_progress = self.in_progress.as_mut().filter(|in_progress| in_progress.number == renewal);
        in_progress.map(|in_progress| in_progress.seen = in_progress.seen.max(now)).is_some()
    }

    /// Sets whether a renewal is driven. Returns whether that has changed.
    pub(crate) fn set_driven(&mut self, renewal: u64, is_driven: bool) -> bool {
        let in_progress = self.in_progress.as_mut().filter(|in_progress| in_progress.number == renewal);
        in_progress
            .is_some_and(|in_progress| mem::replace(&mut in_progress.is_driven, is_driven) != is_driven)
    }

    /// Another token was requested. Returns whether there was one to replace.
    pub(crate) fn set_aside(&mut self) -> bool {
        let replaced = if self.is_fixed { None } else { self.token.take() };
        let Some(known) = replaced else { return false };
        self.refusal = Some(Refusal { token: known.token, unforced: 0, forced: 0 });
        self.set_aside = Some(known);
        true
    }

    /// A token was refused. Returns whether it is the current one.
    pub(crate) fn refuse(&mut self, use_number: u64) -> bool {
        if self.is_fixed {
            return false;
        }
        self.set_aside.take_if(|known| known.use_number == use_number);
        let refused = self.token.take_if(|known| known.use_number == use_number);
        let is_current = refused.is_some();
        if let Some(Known { token, .. }) = refused {
            self.refusal = Some(Refusal { token, unforced: 0, forced: 0 });
        }
        is_current
    }
}
