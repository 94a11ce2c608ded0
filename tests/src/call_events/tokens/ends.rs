//! How a renewal ends, and how a token does.

use std::mem;
use std::time::Duration;

use wechat_material::driver::Renewal;

use super::{Begun, Cause, DAY, Known, Refusal, SECOND, TEN_SECONDS, TokenLedger, UnderWay};

const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

/// What has come of a renewal.
pub(crate) enum Ended {
    /// There is a token to use.
    InUse,
    /// There is none.
    Nothing,
    /// It is the refused one; the renewal by force is under way.
    Forced(Begun),
}

impl TokenLedger {
    /// A renewal has brought a token; `then` is under way now.
    pub(crate) fn brought(
        &mut self,
        now: Duration,
        (token, life): (u64, Option<Duration>),
        then: Option<&Renewal>,
    ) -> Ended {
        let ended = self.under_way.take().expect("a renewal is under way");
        let mut is_handed_out_again = false;
        if let Some(refusal) = &mut self.refusal {
            *if ended.is_forced { &mut refusal.forced } else { &mut refusal.unforced } += 1;
            assert!(refusal.unforced <= 1 && refusal.forced <= 1, "too many renewals for one refused token");
            is_handed_out_again = refusal.token == token && !ended.is_forced;
        }
        if is_handed_out_again && self.may_force(now) {
            let then = then.expect("the refused token is not renewed by force");
            self.needs_force = true;
            return Ended::Forced(self.begins_another(now, then));
        }
        assert!(then.is_none(), "a renewal without need");
        self.take(now, token, ended.began.min(now).saturating_add(life.unwrap_or(TWO_HOURS).min(DAY)));
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

    /// The renewal has failed. The calls that waited for it get the cause, unless the old token was good when it began.
    pub(crate) fn failed(&mut self, now: Duration, cause: Option<Cause>) -> Ended {
        let ended = self.came_to_nothing().expect("a renewal is under way");
        assert_eq!(ended.is_early, cause.is_none(), "whether the failure counts");
        if let Some(cause) = cause {
            self.failed = Some((ended.number, cause));
            if self.set_aside.is_some() {
                self.token = self.set_aside.take();
                (self.refusal, self.needs_force) = (None, false);
            }
        }
        match self.token.as_mut().filter(|known| known.is_good(now)) {
            Some(known) => {
                known.rest_until = known.rest_until.max(now.saturating_add(TEN_SECONDS));
                Ended::InUse
            }
            None => Ended::Nothing,
        }
    }

    /// A renewal will have no result. Says whether it was under way until now.
    pub(crate) fn abandoned(&mut self, renewal: u64) -> bool {
        self.is_under_way(renewal) && self.came_to_nothing().is_some()
    }

    fn came_to_nothing(&mut self) -> Option<UnderWay> {
        if let Some(refusal) = &mut self.refusal {
            (refusal.unforced, refusal.forced) = (0, 0);
        }
        self.under_way.take()
    }

    fn is_under_way(&self, renewal: u64) -> bool {
        self.under_way.as_ref().is_some_and(|under_way| under_way.number == renewal)
    }

    /// A renewal is polled. Says whether it is still the one under way.
    pub(crate) fn sees(&mut self, now: Duration, renewal: u64) -> bool {
        let under_way = self.under_way.as_mut().filter(|under_way| under_way.number == renewal);
        under_way.map(|under_way| under_way.seen = under_way.seen.max(now)).is_some()
    }

    /// Somebody drives a renewal from now on, or nobody does. Says whether that is news.
    pub(crate) fn set_driven(&mut self, renewal: u64, is_driven: bool) -> bool {
        let under_way = self.under_way.as_mut().filter(|under_way| under_way.number == renewal);
        under_way.is_some_and(|under_way| mem::replace(&mut under_way.is_driven, is_driven) != is_driven)
    }

    /// Another token was asked for: whether there was one to replace.
    pub(crate) fn sets_aside(&mut self) -> bool {
        let replaced = if self.is_fixed { None } else { self.token.take() };
        let Some(known) = replaced else { return false };
        self.refusal = Some(Refusal { token: known.token, unforced: 0, forced: 0 });
        self.set_aside = Some(known);
        true
    }

    /// A token was refused: whether it is in use.
    pub(crate) fn refuse(&mut self, use_number: u64) -> bool {
        if self.is_fixed {
            return false;
        }
        self.set_aside.take_if(|known| known.use_number == use_number);
        let refused = self.token.take_if(|known| known.use_number == use_number);
        let is_present = refused.is_some();
        if let Some(Known { token, .. }) = refused {
            self.refusal = Some(Refusal { token, unforced: 0, forced: 0 });
        }
        is_present
    }
}
