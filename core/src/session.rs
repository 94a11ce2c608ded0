//! The token that many calls share, as a state machine without a clock, a lock or a connection.
//!
//! ```text
//!            lease: Renew                    renewed
//!  ┌──────┐ ─────────────▶ ┌──────────────┐ ─────────▶ ┌──────┐ ─┐ lease: Token, to everyone
//!  │ none │                │ being renewed│            │ good │ ◀┘
//!  └──────┘ ◀───────────── └──────────────┘            └──────┘
//!     ▲       failed,        │ ▲ lease: Wait              │  │  lease: Renew, to one, when the margin is reached;
//!     │       abandoned      └─┘                          │  └─▶ the others go on with the old one until it expires
//!     └───────────────────────────────────────────────────┘
//!        refused, if it is still this one; or expired
//! ```
//!
//! Whoever gets `Renew` obtains a token and says what came of it; nobody else does meanwhile. A token that was refused
//! is renewed once, however many calls were refused with it: a generation tells which token a refusal is about.

use std::collections::VecDeque;
use std::time::Duration;

use crate::endpoint::IssuedToken;
use crate::secret::AccessToken;

/// A point in time: how long after an origin of the caller's choice, the same for all that it is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub Duration);

impl Moment {
    /// So much later.
    #[must_use]
    pub fn after(self, time: Duration) -> Self {
        Self(self.0.saturating_add(time))
    }

    /// How long after another it is; 0 if it is before.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// The token that many calls share: who may use it, and who has to renew it.
///
/// It holds no lock and no clock: whoever drives it keeps it behind a lock, never while waiting for an answer, and says
/// what time it is.
///
/// ```
/// # use std::time::Duration;
/// # use wechat_material::{AccessToken, IssuedToken, Lease, Moment, Session};
/// let mut session = Session::default();
/// let now = Moment::default();
/// let Lease::Renew(renewal) = session.lease(now) else { panic!("there is no token yet") };
/// assert!(matches!(session.lease(now), Lease::Wait));
/// // … obtain one …
/// let issued = IssuedToken::new(AccessToken::new("81_Zx3"), Some(Duration::from_secs(7200)));
/// let Lease::Token(token, generation) = session.renewed(renewal, issued, now) else { panic!("there is a token") };
/// assert!(matches!(session.lease(now), Lease::Token(..)));
/// // … WeChat refuses it, twice …
/// session.refused(generation);
/// session.refused(generation);
/// assert!(matches!(session.lease(now), Lease::Renew(_)));
/// assert!(matches!(session.lease(now), Lease::Wait));
/// ```
#[derive(Debug)]
pub struct Session {
    margin: Duration,
    held: Option<Held>,
    /// The last one, if it was refused and no other has taken its place.
    refused: Option<AccessToken>,
    /// The renewal on its way.
    renewal: Option<u64>,
    renewals: u64,
    generations: u64,
    /// Whether the refused token was handed out again, so that only force helps.
    needs_force: bool,
    /// When tokens were renewed by force, within a day.
    forced: VecDeque<Moment>,
}

#[derive(Debug)]
struct Held {
    token: AccessToken,
    generation: Generation,
    renewed_from: Moment,
    expires: Moment,
}

/// Which of the tokens that a [`Session`] had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Generation(u64);

/// What a caller gets who wants a token.
#[derive(Debug)]
#[must_use]
pub enum Lease {
    /// One to use, and what to name if it is [refused](Session::refused).
    Token(AccessToken, Generation),
    /// None: obtain one, and say what came of it.
    Renew(Renewal),
    /// None, as somebody else is obtaining one: ask again when that has ended.
    Wait,
}

/// The duty to obtain a token. It ends with [`renewed`](Session::renewed), [`failed`](Session::failed) or
/// [`abandoned`](Session::abandoned): until it does, everyone else waits.
#[derive(Debug)]
#[must_use]
pub struct Renewal {
    number: u64,
    asked: Moment,
    is_early: bool,
    is_forced: bool,
    refused: Option<AccessToken>,
}

impl Renewal {
    /// Whether the present token is still good: should this come to nothing, a later one is early enough, so that one
    /// attempt will do.
    pub fn is_early(&self) -> bool {
        self.is_early
    }

    /// Whether the server has to make a new token even if it takes the old one for good: WeChat does so 20 times a
    /// day, 30 seconds apart. It is not for repeating: what came of the first attempt is not known.
    pub fn is_forced(&self) -> bool {
        self.is_forced
    }

    /// The token that was refused, if this is why: a shared store must not hand it out again.
    pub fn refused(&self) -> Option<&AccessToken> {
        self.refused.as_ref()
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::with_margin(Self::MARGIN)
    }
}

impl Session {
    /// How long before its end a token is renewed by default: three minutes. WeChat makes the next stable token five
    /// minutes before the old one ends; asked earlier, it hands out the old one.
    pub const MARGIN: Duration = Duration::from_secs(3 * 60);
    /// How long a token is good for, as WeChat documents it, if it does not say so.
    const USUAL_LIFE: Duration = Duration::from_secs(7200);
    /// What is believed of a token's life.
    const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
    /// A token that is handed out is good for a moment, whatever is said of it: for those who waited for it.
    const SHORTEST_LIFE: Duration = Duration::from_secs(1);
    /// How long after a renewal that failed the next one is tried while the old token is good.
    const BETWEEN_RENEWALS: Duration = Duration::from_secs(10);
    const FORCED_A_DAY: usize = 20;
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    const BETWEEN_FORCED: Duration = Duration::from_secs(30);

    /// Without a token yet. It will be renewed so long before its end, but not before half its life has passed.
    pub fn with_margin(margin: Duration) -> Self {
        Self {
            margin,
            held: None,
            refused: None,
            renewal: None,
            renewals: 0,
            generations: 0,
            needs_force: false,
            forced: VecDeque::new(),
        }
    }

    /// Asks for the token.
    pub fn lease(&mut self, now: Moment) -> Lease {
        let is_renewing = self.renewal.is_some();
        match &self.held {
            Some(held) if now < held.expires && (is_renewing || now < held.renewed_from) => {
                Lease::Token(held.token.clone(), held.generation)
            }
            Some(_) | None if is_renewing => Lease::Wait,
            Some(_) | None => Lease::Renew(self.begin(now)),
        }
    }

    fn begin(&mut self, now: Moment) -> Renewal {
        let is_forced = self.needs_force && self.may_force(now);
        if is_forced {
            self.forced.push_back(now);
        }
        self.renewals += 1;
        self.renewal = Some(self.renewals);
        let is_early = self.held.as_ref().is_some_and(|held| now < held.expires);
        Renewal { number: self.renewals, asked: now, is_early, is_forced, refused: self.refused.clone() }
    }

    fn may_force(&mut self, now: Moment) -> bool {
        self.forced.retain(|forced| now.since(*forced) < Self::DAY);
        self.forced.len() < Self::FORCED_A_DAY
            && self.forced.back().is_none_or(|last| now.since(*last) >= Self::BETWEEN_FORCED)
    }

    /// A token was obtained. Gives it as a lease to whoever obtained it; or another duty, if it is the one that was
    /// refused and the server can be forced to make a new one.
    #[expect(clippy::needless_pass_by_value, reason = "a duty ends once")]
    pub fn renewed(&mut self, renewal: Renewal, issued: IssuedToken, now: Moment) -> Lease {
        if !self.end(&renewal) {
            return self.lease(now);
        }
        let is_refused =
            self.refused.as_ref().is_some_and(|refused| refused.expose() == issued.token.expose());
        if is_refused && !renewal.is_forced && self.may_force(now) {
            self.needs_force = true;
            return Lease::Renew(self.begin(now));
        }
        self.needs_force = false;
        self.refused = None;
        let life = issued.expires_in.unwrap_or(Self::USUAL_LIFE).min(Self::LONGEST_LIFE);
        // Asked too early, the server hands out the old one; nor has it a longer life if the clock was put back.
        let generation = match &self.held {
            Some(held) if held.token.expose() == issued.token.expose() => held.generation,
            Some(_) | None => self.next_generation(),
        };
        let expires = renewal.asked.min(now).after(life).max(now.after(Self::SHORTEST_LIFE));
        let margin = self.margin.min(expires.since(now) / 2);
        let renewed_from = Moment(expires.0.saturating_sub(margin));
        self.held = Some(Held { token: issued.token.clone(), generation, renewed_from, expires });
        Lease::Token(issued.token, generation)
    }

    /// No token could be obtained. Gives the old one if it is still good.
    #[expect(clippy::needless_pass_by_value, reason = "a duty ends once")]
    pub fn failed(&mut self, renewal: Renewal, now: Moment) -> Option<(AccessToken, Generation)> {
        let is_over = self.end(&renewal);
        let held = self.held.as_mut().filter(|held| now < held.expires)?;
        if is_over {
            held.renewed_from = held.renewed_from.max(now.after(Self::BETWEEN_RENEWALS));
        }
        Some((held.token.clone(), held.generation))
    }

    /// Whoever was to obtain a token went away: the next who asks has to.
    #[expect(clippy::needless_pass_by_value, reason = "a duty ends once")]
    pub fn abandoned(&mut self, renewal: Renewal) {
        self.end(&renewal);
    }

    /// Whoever was to obtain a token has not even begun, and does not: it costs nothing of what may be forced.
    pub fn declined(&mut self, renewal: Renewal) {
        if renewal.is_forced && self.forced.back() == Some(&renewal.asked) {
            self.forced.pop_back();
        }
        self.abandoned(renewal);
    }

    /// WeChat refused the token of this generation. Only that of the present one counts. Tell of it even if the call is
    /// not tried again, for the sake of the others.
    pub fn refused(&mut self, generation: Generation) {
        if let Some(held) = self.held.take_if(|held| held.generation == generation) {
            self.refused = Some(held.token);
        }
    }

    fn next_generation(&mut self) -> Generation {
        self.generations += 1;
        Generation(self.generations)
    }

    /// Ends a renewal, if it is the one on its way.
    fn end(&mut self, renewal: &Renewal) -> bool {
        self.renewal.take_if(|number| *number == renewal.number).is_some()
    }
}
