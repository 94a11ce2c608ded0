//! The token that many calls share.
//!
//! ```text
//!            begin                        obtained
//!  ┌──────┐ ──────▶ ┌──────────────────┐ ─────────▶ ┌──────┐ ─┐ lease: Token, for everyone
//!  │ none │         │ a renewal is     │            │ held │ ◀┘
//!  └──────┘ ◀────── │ under way        │ ◀───────── └──────┘
//!     ▲     failed, └──────────────────┘  begin, when the margin is reached: the other
//!     │     abandoned                     calls use the old token until it expires
//!     └── refuse, if it is still this token; or it expires; or a caller asks for another one
//! ```
//!
//! At most one renewal is under way. A refused token is renewed once, however many calls were refused with it, because a
//! [`TokenId`] names the token of each refusal.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

mod lease;

pub use self::lease::{Lease, Renewal, RenewalId, TokenId};

use super::{Moment, TokenWait};
use crate::endpoint::IssuedToken;
use crate::secret::AccessToken;

/// The token that many calls share, and the renewal that is under way.
///
/// It has neither a lock nor a clock. A driver puts it into a mutex, locks that briefly, and passes in the time.
///
/// ```
/// # use std::time::Duration;
/// # use wechat_material::driver::{Lease, Moment, TokenCache};
/// # use wechat_material::{AccessToken, IssuedToken};
/// let mut tokens = TokenCache::default();
/// let now = Moment::default();
/// assert!(matches!(tokens.lease(now), Lease::Renew));
/// let renewal = tokens.begin(now).expect("no renewal is under way");
/// assert!(matches!(tokens.lease(now), Lease::Wait));
/// // … obtain a token …
/// let issued = IssuedToken::new(AccessToken::new("81_Zx3"), Some(Duration::from_secs(7200)));
/// assert!(tokens.obtained(renewal, issued, now).is_none());
/// let Lease::Token(token, id) = tokens.lease(now) else { panic!("there is a token") };
/// // … WeChat refuses it, twice …
/// tokens.refuse(id);
/// tokens.refuse(id);
/// assert!(tokens.begin(now).is_some());
/// assert!(tokens.begin(now).is_none());
/// ```
#[derive(Debug)]
pub struct TokenCache {
    margin: Duration,
    held: Option<Held>,
    /// Whether the token is never renewed.
    is_fixed: bool,
    /// The last token, if it was refused or set aside and not replaced yet.
    refused: Option<AccessToken>,
    /// The last token, if it is being replaced although it was not refused.
    set_aside: Option<Held>,
    under_way: Option<UnderWay>,
    renewals: u64,
    ids: u64,
    /// Whether the server returned the refused token again, so that a new one must be forced.
    needs_force: bool,
    /// When renewals were forced within the last day.
    forced: VecDeque<Moment>,
    /// The last renewal that failed, and why.
    failure: Option<(RenewalId, Cause)>,
    /// Whether no token has been obtained since that failure.
    has_failed: bool,
}

/// Why no token could be obtained. Every call that waited for it gets this error.
pub(super) type Cause = Arc<dyn Error + Send + Sync>;

#[derive(Debug)]
struct Held {
    token: AccessToken,
    id: TokenId,
    renewed_from: Moment,
    expires: Moment,
    /// Whether the server said how long it lives.
    has_known_life: bool,
}

#[derive(Debug)]
struct UnderWay {
    id: RenewalId,
    began: Moment,
    /// When its [`TokenCall`](super::TokenCall) was last polled.
    seen: Moment,
    /// Whether a caller is driving it.
    is_driven: bool,
}

impl Default for TokenCache {
    fn default() -> Self {
        Self::with_margin(Self::MARGIN)
    }
}

impl TokenCache {
    /// The default margin: a token is renewed three minutes before it expires. WeChat issues the next stable
    /// token five minutes before the old one expires, and returns the old one before that.
    pub const MARGIN: Duration = Duration::from_secs(3 * 60);
    /// If a renewal's [`TokenCall`](super::TokenCall) is not polled for this time, another caller may begin a new renewal.
    pub const MAX_RENEWAL: Duration = Duration::from_secs(5 * 60);
    /// The documented lifetime of a token, if the answer does not say.
    const DEFAULT_LIFE: Duration = Duration::from_secs(7200);
    /// The longest lifetime of a token. Longer ones are shortened to it.
    const MAX_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
    /// The shortest lifetime of a new token, so that the calls that waited for it can use it.
    const MIN_LIFE: Duration = Duration::from_secs(1);
    /// How long after a failed renewal the next one begins, if the old token is still valid.
    const BETWEEN_RENEWALS: Duration = Duration::from_secs(10);
    const MAX_FORCED_A_DAY: usize = 20;
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    const BETWEEN_FORCED: Duration = Duration::from_secs(30);

    /// A cache without a token. Tokens are renewed this long before they expire, but not in the first half of
    /// their lifetime.
    pub fn with_margin(margin: Duration) -> Self {
        Self {
            margin,
            held: None,
            is_fixed: false,
            refused: None,
            set_aside: None,
            under_way: None,
            renewals: 0,
            ids: 0,
            needs_force: false,
            forced: VecDeque::new(),
            failure: None,
            has_failed: false,
        }
    }

    /// A cache with a token that is never renewed. If it is refused, the call fails with the refusal.
    pub fn fixed(token: AccessToken) -> Self {
        let end = Moment(Duration::MAX);
        let held = Held { token, id: TokenId(0), renewed_from: end, expires: end, has_known_life: false };
        Self { held: Some(held), is_fixed: true, ..Self::default() }
    }

    /// Whether the token is never renewed.
    pub fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    /// Returns the token, or what to do if a caller must wait or renew it.
    pub fn lease(&self, now: Moment) -> Lease {
        let is_renewing = self.under_way(now).is_some_and(|under_way| under_way.is_driven);
        match self.valid(now) {
            Some(held) if is_renewing || self.is_fixed || now < held.renewed_from => {
                Lease::Token(held.token.clone(), held.id)
            }
            None if is_renewing => Lease::Wait,
            Some(_) | None => Lease::Renew,
        }
    }

    /// The current token, if it is valid, even if it is time to renew it.
    pub(super) fn valid_token(&self, now: Moment) -> Option<(AccessToken, TokenId)> {
        self.valid(now).map(|held| (held.token.clone(), held.id))
    }

    /// A valid token to use if its renewal takes too long: the current one, or the one that is being replaced although
    /// it was not refused.
    pub(super) fn usable_token(&self, now: Moment) -> Option<(AccessToken, TokenId)> {
        let set_aside = || self.set_aside.as_ref().filter(|held| now < held.expires);
        self.valid(now).or_else(set_aside).map(|held| (held.token.clone(), held.id))
    }

    fn valid(&self, now: Moment) -> Option<&Held> {
        self.held.as_ref().filter(|held| self.is_fixed || now < held.expires)
    }

    fn under_way(&self, now: Moment) -> Option<&UnderWay> {
        self.under_way.as_ref().filter(|under_way| now.since(under_way.seen) <= Self::MAX_RENEWAL)
    }

    /// Begins a renewal, unless one is under way or the token is fixed. The caller must drive it until it ends with
    /// [`obtained`](Self::obtained), [`failed`](Self::failed) or [`abandon`](Self::abandon).
    pub fn begin(&mut self, now: Moment) -> Option<Renewal> {
        let is_free = !self.is_fixed && self.under_way(now).is_none();
        is_free.then(|| self.begin_another(now))
    }

    fn begin_another(&mut self, now: Moment) -> Renewal {
        let is_forced = self.needs_force && self.may_force(now);
        if is_forced {
            self.forced.push_back(now);
        }
        self.renewals += 1;
        let id = RenewalId(self.renewals);
        self.under_way = Some(UnderWay { id, began: now, seen: now, is_driven: true });
        let is_early = self.valid(now).is_some();
        Renewal { id, asked: now, is_early, is_forced, refused: self.refused.clone() }
    }

    fn may_force(&mut self, now: Moment) -> bool {
        self.forced.retain(|forced| now.since(*forced) < Self::DAY);
        self.forced.len() < Self::MAX_FORCED_A_DAY
            && self.forced.back().is_none_or(|last| now.since(*last) >= Self::BETWEEN_FORCED)
    }

    /// Ends a renewal with the token that it obtained. If that is the refused token, and the server can be forced to issue
    /// another one, returns a renewal that does so. It is under way from now on.
    #[expect(clippy::needless_pass_by_value, reason = "a renewal ends once")]
    pub fn obtained(&mut self, renewal: Renewal, issued: IssuedToken, now: Moment) -> Option<Renewal> {
        if !self.end(renewal.id) {
            return None;
        }
        let is_refused =
            self.refused.as_ref().is_some_and(|refused| refused.expose() == issued.token.expose());
        if is_refused && !renewal.is_forced && self.may_force(now) {
            self.needs_force = true;
            return Some(self.begin_another(now));
        }
        self.needs_force = false;
        self.refused = None;
        self.set_aside = None;
        self.has_failed = false;
        let life = issued.expires_in.unwrap_or(Self::DEFAULT_LIFE).min(Self::MAX_LIFE);
        // The server may return the old token, which keeps its id. It does not live longer if the clock went back.
        let id = match &self.held {
            Some(held) if held.token.expose() == issued.token.expose() => held.id,
            Some(_) | None => self.next_id(),
        };
        let expires = renewal.asked.min(now).after(life).max(now.after(Self::MIN_LIFE));
        let margin = self.margin.min(expires.since(now) / 2);
        let renewed_from = Moment(expires.0.saturating_sub(margin));
        let has_known_life = issued.expires_in.is_some();
        self.held = Some(Held { token: issued.token, id, renewed_from, expires, has_known_life });
        None
    }

    /// Ends a renewal with a failure. Calls use the old token if it is still valid, even if a caller
    /// [asked for another one](super::TokenWait::for_another). Calls that waited get the cause, unless the renewal was
    /// early.
    ///
    /// Returns an error that the cache no longer stores. Dropping it may run user code, so do that without
    /// holding the lock.
    #[expect(clippy::needless_pass_by_value, reason = "a renewal ends once")]
    pub fn failed(
        &mut self,
        renewal: Renewal,
        cause: Arc<dyn Error + Send + Sync>,
        now: Moment,
    ) -> Option<Arc<dyn Error + Send + Sync>> {
        if !self.end(renewal.id) {
            return Some(cause);
        }
        // An early renewal makes a single attempt. A call that has no token after it may begin another renewal.
        let dropped = if renewal.is_early {
            Some(cause)
        } else {
            self.has_failed = true;
            if let Some(held) = self.set_aside.take() {
                (self.refused, self.needs_force) = (None, false);
                self.held = Some(held);
            }
            self.failure.replace((renewal.id, cause)).map(|(_, cause)| cause)
        };
        if let Some(held) = self.held.as_mut().filter(|held| now < held.expires) {
            held.renewed_from = held.renewed_from.max(now.after(Self::BETWEEN_RENEWALS));
        }
        dropped
    }

    /// Abandons a renewal. The next call that needs a token begins another one.
    pub fn abandon(&mut self, renewal: RenewalId) {
        self.end(renewal);
    }

    /// Stops driving a renewal for now. The next call that needs a token must continue it.
    pub fn leave(&mut self, renewal: RenewalId) {
        self.set_driven(renewal, false);
    }

    /// Continues a renewal that was [left](Self::leave).
    pub fn join(&mut self, renewal: RenewalId) {
        self.set_driven(renewal, true);
    }

    fn set_driven(&mut self, renewal: RenewalId, is_driven: bool) {
        if let Some(under_way) = self.under_way.as_mut().filter(|under_way| under_way.id == renewal) {
            under_way.is_driven = is_driven;
        }
    }

    /// The failure of this renewal or a later one, if no token has been obtained since. Early renewals do not count.
    pub fn failure_since(&self, renewal: RenewalId) -> Option<Arc<dyn Error + Send + Sync>> {
        let (failed, cause) = self.failure.as_ref()?;
        (self.has_failed && *failed >= renewal).then(|| Arc::clone(cause))
    }

    /// The renewal that is under way, if there is one.
    pub fn renewal(&self) -> Option<RenewalId> {
        self.under_way.as_ref().map(|under_way| under_way.id)
    }

    /// Whether this renewal is still the one under way. If it is not, another caller has begun a new one.
    pub(super) fn is_under_way(&mut self, renewal: RenewalId, now: Moment) -> bool {
        let under_way = self.under_way.as_mut().filter(|under_way| under_way.id == renewal);
        if let Some(under_way) = under_way {
            under_way.seen = under_way.seen.max(now);
            return true;
        }
        false
    }

    /// When callers stop waiting for an early renewal that is under way or begins now.
    pub(super) fn early_wait_ends(&self, now: Moment) -> Moment {
        let began = self.under_way(now).map_or(now, |under_way| under_way.began);
        began.after(TokenWait::MAX_EARLY_WAIT)
    }

    /// When another caller may replace the renewal that is under way or begins now.
    pub(super) fn takeover(&self, now: Moment) -> Moment {
        let seen = self.under_way(now).map_or(now, |under_way| under_way.seen);
        seen.after(Self::MAX_RENEWAL).after(Duration::from_nanos(1))
    }

    /// The renewal that is under way, or the next one if there is none.
    pub(super) fn expected_renewal(&self, now: Moment) -> RenewalId {
        self.under_way(now).map_or(RenewalId(self.renewals + 1), |under_way| under_way.id)
    }

    /// Reports that WeChat refused the token with this id. Older tokens are ignored. Report it even if the call is not
    /// retried, so that other calls do not use the token.
    pub fn refuse(&mut self, id: TokenId) {
        if self.is_fixed {
            return;
        }
        // A token that was set aside must not be used again if it was refused.
        self.set_aside.take_if(|held| held.id == id);
        if let Some(held) = self.held.take_if(|held| held.id == id) {
            self.refused = Some(held.token);
        }
    }

    /// Like [`refuse`](Self::refuse), for a call that was made without this cache.
    pub fn refuse_token(&mut self, token: &AccessToken) {
        let known = self.held.as_ref().or(self.set_aside.as_ref());
        if let Some(id) = known.filter(|held| held.token.expose() == token.expose()).map(|held| held.id) {
            self.refuse(id);
        }
    }

    /// Stops using the current token, so that calls wait for another one for a short time. If the server returns it again, another one is
    /// forced, as after a refusal. If the renewal fails, this token is used again.
    pub(super) fn set_aside(&mut self) {
        if self.is_fixed {
            return;
        }
        if let Some(held) = self.held.take() {
            self.refused = Some(held.token.clone());
            self.set_aside = Some(held);
        }
    }

    /// How long the current token is still valid; `None` if there is no token, if it is fixed, or if the server did not
    /// say when it expires.
    pub fn remaining_life(&self, now: Moment) -> Option<Duration> {
        self.valid(now).filter(|held| held.has_known_life).map(|held| held.expires.since(now))
    }

    fn next_id(&mut self) -> TokenId {
        self.ids += 1;
        TokenId(self.ids)
    }

    /// Ends a renewal, if it is the one under way. The result of any other one comes too late.
    fn end(&mut self, renewal: RenewalId) -> bool {
        self.under_way.take_if(|under_way| under_way.id == renewal).is_some()
    }
}
