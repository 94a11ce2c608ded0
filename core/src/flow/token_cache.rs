//! The token that many calls share.
//!
//! ```text
//!            begin                        obtained
//!  ┌──────┐ ──────▶ ┌──────────────────┐ ─────────▶ ┌──────┐ ─┐ lease: Token, for everyone
//!  │ none │         │ a renewal is     │            │ held │ ◀┘
//!  └──────┘ ◀────── │ under way        │ ◀───────── └──────┘
//!     ▲     failed, └──────────────────┘  begin, when the margin is reached: the other
//!     │     abandoned                     calls go on with the old token until it expires
//!     └── refuse, if it is still this token; or it expires; or another one is asked for
//! ```
//!
//! One renewal is under way at most. A token that was refused is renewed once, however many calls were refused with it: a
//! [`TokenId`] tells which token a refusal is about.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use super::{Moment, TokenWait};
use crate::endpoint::IssuedToken;
use crate::secret::AccessToken;

/// The token that many calls share, and the renewal that is under way.
///
/// It has no lock and no clock. A driver keeps it behind a lock, holds that for moments, and passes in the time.
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
    /// Whether the held token is the only one there will ever be.
    is_fixed: bool,
    /// The last token, if it was refused or set aside and no other has taken its place.
    refused: Option<AccessToken>,
    /// The last token, if another one is to take its place although this one was not refused.
    set_aside: Option<Held>,
    under_way: Option<UnderWay>,
    renewals: u64,
    ids: u64,
    /// Whether the refused token was handed out again, so that only force helps.
    needs_force: bool,
    /// When tokens were renewed by force, within a day.
    forced: VecDeque<Moment>,
    /// The last renewal that failed, and why.
    failure: Option<(RenewalId, Cause)>,
    /// Whether no token was obtained since.
    has_failed: bool,
}

/// Why no token could be obtained, for every call that waited for it.
pub(super) type Cause = Arc<dyn Error + Send + Sync>;

#[derive(Debug)]
struct Held {
    token: AccessToken,
    id: TokenId,
    renewed_from: Moment,
    expires: Moment,
    /// Whether it is known when it expires: the server named its life.
    has_known_life: bool,
}

#[derive(Debug)]
struct UnderWay {
    id: RenewalId,
    began: Moment,
    /// When its [`TokenCall`](super::TokenCall) was polled the last time.
    seen: Moment,
    /// Whether somebody drives it at present.
    is_driven: bool,
}

/// Which of the tokens that a [`TokenCache`] has held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenId(u64);

/// Which of the renewals that a [`TokenCache`] has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RenewalId(u64);

/// What a call gets that needs the token.
#[derive(Debug)]
#[must_use]
pub enum Lease {
    /// A token to use, and what to name if it is [refused](TokenCache::refuse).
    Token(AccessToken, TokenId),
    /// No token, or one that expires soon, and nobody renews it: [`begin`](TokenCache::begin), or drive what was left.
    Renew,
    /// No token, and somebody is renewing it.
    Wait,
}

/// A renewal of the token that has begun. Give it to a [`TokenCall`](super::TokenCall).
#[derive(Debug)]
#[must_use]
pub struct Renewal {
    id: RenewalId,
    asked: Moment,
    is_early: bool,
    is_forced: bool,
    refused: Option<AccessToken>,
}

impl Renewal {
    /// Which one it is.
    pub fn id(&self) -> RenewalId {
        self.id
    }

    /// Whether the present token is still good. If the renewal fails, there is time for a later one, so one attempt is
    /// enough.
    pub fn is_early(&self) -> bool {
        self.is_early
    }

    /// Whether the server has to issue a new token even if it takes the old one for good: WeChat does so 20 times a day,
    /// 30 seconds apart. Do not retry it, as the first attempt may have succeeded.
    pub fn is_forced(&self) -> bool {
        self.is_forced
    }

    /// The token that was refused or is to be replaced, if this is why: a shared store must not hand it out again.
    pub fn refused(&self) -> Option<&AccessToken> {
        self.refused.as_ref()
    }
}

impl Default for TokenCache {
    fn default() -> Self {
        Self::with_margin(Self::MARGIN)
    }
}

impl TokenCache {
    /// How long before it expires a token is renewed by default: three minutes. WeChat issues the next stable token five
    /// minutes before the old one ends; asked earlier, it hands out the old one.
    pub const MARGIN: Duration = Duration::from_secs(3 * 60);
    /// After this time without a step of its [`TokenCall`](super::TokenCall), another caller may take a renewal over.
    pub const MAX_RENEWAL: Duration = Duration::from_secs(5 * 60);
    /// How long a token lives, as WeChat documents it, if the answer does not say so.
    const USUAL_LIFE: Duration = Duration::from_secs(7200);
    /// The longest life that is believed.
    const MAX_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
    /// A token that is issued is good for a moment, whatever is said of it: for the calls that waited for it.
    const MIN_LIFE: Duration = Duration::from_secs(1);
    /// How long after a failed renewal the next one begins while the old token is good.
    const BETWEEN_RENEWALS: Duration = Duration::from_secs(10);
    const MAX_FORCED_A_DAY: usize = 20;
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    const BETWEEN_FORCED: Duration = Duration::from_secs(30);

    /// Without a token yet. One will be renewed this long before it expires, but not in the first half of its life.
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

    /// With a token that never expires and is never renewed. If it is refused, the refusal is the caller's to see.
    pub fn fixed(token: AccessToken) -> Self {
        let end = Moment(Duration::MAX);
        let held = Held { token, id: TokenId(0), renewed_from: end, expires: end, has_known_life: false };
        Self { held: Some(held), is_fixed: true, ..Self::default() }
    }

    /// Whether there will be no other token.
    pub fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    /// Asks for the token.
    pub fn lease(&self, now: Moment) -> Lease {
        let is_renewing = self.under_way(now).is_some_and(|under_way| under_way.is_driven);
        match self.good(now) {
            Some(held) if is_renewing || self.is_fixed || now < held.renewed_from => {
                Lease::Token(held.token.clone(), held.id)
            }
            None if is_renewing => Lease::Wait,
            Some(_) | None => Lease::Renew,
        }
    }

    /// The token that is held, if it is good, even if it is time to renew it.
    pub(super) fn good_token(&self, now: Moment) -> Option<(AccessToken, TokenId)> {
        self.good(now).map(|held| (held.token.clone(), held.id))
    }

    fn good(&self, now: Moment) -> Option<&Held> {
        self.held.as_ref().filter(|held| self.is_fixed || now < held.expires)
    }

    fn under_way(&self, now: Moment) -> Option<&UnderWay> {
        self.under_way.as_ref().filter(|under_way| now.since(under_way.seen) <= Self::MAX_RENEWAL)
    }

    /// Begins a renewal, unless one is under way or the token is fixed. The caller has to drive it until it has ended: it is
    /// [obtained](Self::obtained), [failed](Self::failed) or [abandoned](Self::abandon).
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
        let is_early = self.good(now).is_some();
        Renewal { id, asked: now, is_early, is_forced, refused: self.refused.clone() }
    }

    fn may_force(&mut self, now: Moment) -> bool {
        self.forced.retain(|forced| now.since(*forced) < Self::DAY);
        self.forced.len() < Self::MAX_FORCED_A_DAY
            && self.forced.back().is_none_or(|last| now.since(*last) >= Self::BETWEEN_FORCED)
    }

    /// A renewal has brought a token. If that is the one that was refused, and the server can be forced to issue another
    /// one, the renewal that does so is under way from now on.
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
        let life = issued.expires_in.unwrap_or(Self::USUAL_LIFE).min(Self::MAX_LIFE);
        // Asked too early, the server hands out the old token; nor does that live longer if the clock was put back.
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

    /// A renewal has failed. Calls go on with the old token if that is still good, even if another one was
    /// [asked for](super::TokenWait::for_another). Those that waited get the cause, unless the renewal was an early one.
    ///
    /// Gives back an error that is not kept any more: dropping it may run code of the user, which must not happen under
    /// the driver's lock.
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
        // An early one makes a single attempt. A call that has no token after it may begin another one.
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

    /// A renewal will not be driven to its end: the next call that needs a token begins another one.
    pub fn abandon(&mut self, renewal: RenewalId) {
        self.end(renewal);
    }

    /// Nobody drives this renewal at present: the next call that needs a token has to go on with it.
    pub fn leave(&mut self, renewal: RenewalId) {
        self.set_driven(renewal, false);
    }

    /// Somebody goes on with a renewal that was left.
    pub fn join(&mut self, renewal: RenewalId) {
        self.set_driven(renewal, true);
    }

    fn set_driven(&mut self, renewal: RenewalId, is_driven: bool) {
        if let Some(under_way) = self.under_way.as_mut().filter(|under_way| under_way.id == renewal) {
            under_way.is_driven = is_driven;
        }
    }

    /// Why a renewal failed, if this one or a later one did and no token was obtained since. Early ones do not count.
    pub fn failure_since(&self, renewal: RenewalId) -> Option<Arc<dyn Error + Send + Sync>> {
        let (failed, cause) = self.failure.as_ref()?;
        (self.has_failed && *failed >= renewal).then(|| Arc::clone(cause))
    }

    /// The renewal that is under way, if one is.
    pub fn renewal(&self) -> Option<RenewalId> {
        self.under_way.as_ref().map(|under_way| under_way.id)
    }

    /// Whether a renewal is the one under way. Another one was taken over.
    pub(super) fn is_under_way(&mut self, renewal: RenewalId, now: Moment) -> bool {
        let under_way = self.under_way.as_mut().filter(|under_way| under_way.id == renewal);
        if let Some(under_way) = under_way {
            under_way.seen = under_way.seen.max(now);
            return true;
        }
        false
    }

    /// When an early renewal, the one under way or one that begins now, has held up callers for long enough.
    pub(super) fn early_wait_ends(&self, now: Moment) -> Moment {
        let began = self.under_way(now).map_or(now, |under_way| under_way.began);
        began.after(TokenWait::MAX_EARLY_WAIT)
    }

    /// When another caller may take over the renewal that is under way, or one that begins now.
    pub(super) fn takeover(&self, now: Moment) -> Moment {
        let seen = self.under_way(now).map_or(now, |under_way| under_way.seen);
        seen.after(Self::MAX_RENEWAL).after(Duration::from_nanos(1))
    }

    /// The renewal that is under way, or else the next one.
    pub(super) fn expected_renewal(&self, now: Moment) -> RenewalId {
        self.under_way(now).map_or(RenewalId(self.renewals + 1), |under_way| under_way.id)
    }

    /// WeChat refused the token with this id. Only the present one counts. Report it even if the call is not retried, for
    /// the sake of the others.
    pub fn refuse(&mut self, id: TokenId) {
        if self.is_fixed {
            return;
        }
        // It is not as good as it seemed.
        self.set_aside.take_if(|held| held.id == id);
        if let Some(held) = self.held.take_if(|held| held.id == id) {
            self.refused = Some(held.token);
        }
    }

    /// As [`refuse`](Self::refuse), for a call that was made elsewhere with this token.
    pub fn refuse_token(&mut self, token: &AccessToken) {
        let known = self.held.as_ref().or(self.set_aside.as_ref());
        if let Some(id) = known.filter(|held| held.token.expose() == token.expose()).map(|held| held.id) {
            self.refuse(id);
        }
    }

    /// The present token is not used any more, as another one is to take its place: calls wait for that. If it is handed
    /// out again, another one is forced, as for one that was refused. If the renewal fails, this one is used again.
    pub(super) fn set_aside(&mut self) {
        if self.is_fixed {
            return;
        }
        if let Some(held) = self.held.take() {
            self.refused = Some(held.token.clone());
            self.set_aside = Some(held);
        }
    }

    /// How long the present token can still be used; `None` if there is no token, if it is fixed, or if the server did not
    /// say when it expires.
    pub fn remaining_life(&self, now: Moment) -> Option<Duration> {
        self.good(now).filter(|held| held.has_known_life).map(|held| held.expires.since(now))
    }

    fn next_id(&mut self) -> TokenId {
        self.ids += 1;
        TokenId(self.ids)
    }

    /// Ends a renewal, if it is the one under way. Another one has been taken over, and its result comes too late.
    fn end(&mut self, renewal: RenewalId) -> bool {
        self.under_way.take_if(|under_way| under_way.id == renewal).is_some()
    }
}
