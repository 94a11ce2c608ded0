//! What a token cache owes to the calls that share it, by bookkeeping of its own.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use wechat_material::driver::Renewal;

mod ends;

pub(super) use ends::Ended;

const INSTANT: Duration = Duration::from_nanos(1);
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a renewal may hold up the calls that could go on with the old token.
const TEN_SECONDS: Duration = Duration::from_secs(10);
/// A renewal that nobody has polled for longer may be taken over.
const FIVE_MINUTES: Duration = Duration::from_secs(5 * 60);

pub(super) struct TokenLedger {
    margin: Duration,
    is_fixed: bool,
    token: Option<Known>,
    refusal: Option<Refusal>,
    /// The token that another one is to replace, until that has come or could not be obtained.
    set_aside: Option<Known>,
    /// Whether the refused token was handed out again.
    needs_force: bool,
    under_way: Option<UnderWay>,
    /// How many renewals have begun.
    begun: u64,
    /// The last one that failed, and why, if none has succeeded since.
    failed: Option<(u64, Cause)>,
    /// When tokens were forced.
    forced: Vec<Duration>,
    uses: u64,
}

pub(super) type Cause = Arc<dyn Error + Send + Sync>;

/// A token that is in use.
struct Known {
    /// Its number, by which the server knows it.
    token: u64,
    /// Counts the tokens in use: one that was refused and is handed out again counts anew.
    use_number: u64,
    obtained: Duration,
    expires: Duration,
    /// A renewal failed, and the next one does not begin before.
    rest_until: Duration,
}

/// A token that was refused or set aside, until another one takes its place.
struct Refusal {
    token: u64,
    /// How many renewals brought a token since. After one that failed they count anew.
    unforced: u32,
    forced: u32,
}

struct UnderWay {
    number: u64,
    began: Duration,
    /// When it was polled the last time.
    seen: Duration,
    is_driven: bool,
    is_early: bool,
    is_forced: bool,
}

/// What a call that asks for the token gets.
pub(super) enum Due {
    /// This token, in this use.
    Token(u64, u64),
    /// This one as well, but it is time to renew it, which may hold up a call until then.
    Early(u64, u64, Duration),
    /// There is none until a renewal has ended. It may be taken over then.
    Renewal(Duration),
}

/// A renewal that has begun: its number, whether the old token is still good, whether another one is forced, and whether this
/// one takes over another renewal.
pub(super) struct Begun {
    pub(super) number: u64,
    pub(super) is_early: bool,
    pub(super) is_forced: bool,
    pub(super) takes_over: bool,
}

impl Known {
    fn is_good(&self, now: Duration) -> bool {
        now < self.expires
    }

    /// So long before its end, but not in the first half of its life.
    fn is_due(&self, now: Duration, margin: Duration) -> bool {
        let left = self.expires.saturating_sub(now);
        left <= margin && left <= now.saturating_sub(self.obtained) && now >= self.rest_until
    }
}

impl TokenLedger {
    pub(super) fn new(margin: Duration) -> Self {
        Self {
            margin,
            is_fixed: false,
            token: None,
            refusal: None,
            set_aside: None,
            needs_force: false,
            under_way: None,
            begun: 0,
            failed: None,
            forced: Vec::new(),
            uses: 0,
        }
    }

    /// With token 0, for ever.
    pub(super) fn fixed() -> Self {
        let known = Known {
            token: 0,
            use_number: 0,
            obtained: Duration::ZERO,
            expires: Duration::MAX,
            rest_until: Duration::MAX,
        };
        Self { is_fixed: true, token: Some(known), ..Self::new(Duration::ZERO) }
    }

    pub(super) fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    fn good(&self, now: Duration) -> Option<&Known> {
        self.token.as_ref().filter(|known| self.is_fixed || known.is_good(now))
    }

    fn under_way(&self, now: Duration) -> Option<&UnderWay> {
        self.under_way.as_ref().filter(|renewal| now.saturating_sub(renewal.seen) <= FIVE_MINUTES)
    }

    /// Whether another token is to take the place of one that was not refused.
    pub(super) fn has_set_aside(&self) -> bool {
        self.set_aside.is_some()
    }

    /// Whether the end of a renewal is still to be reported.
    pub(super) fn has_renewal(&self) -> bool {
        self.under_way.is_some()
    }

    /// Whether somebody drives a renewal.
    pub(super) fn is_renewing(&self, now: Duration) -> bool {
        self.under_way(now).is_some_and(|renewal| renewal.is_driven)
    }

    pub(super) fn due(&self, now: Duration) -> Due {
        let (began, seen) = self.under_way(now).map_or((now, now), |renewal| (renewal.began, renewal.seen));
        match self.good(now) {
            Some(known) if self.is_fixed || self.is_renewing(now) || !known.is_due(now, self.margin) => {
                Due::Token(known.token, known.use_number)
            }
            Some(known) => Due::Early(known.token, known.use_number, began.saturating_add(TEN_SECONDS)),
            None => Due::Renewal(seen.saturating_add(FIVE_MINUTES).saturating_add(INSTANT)),
        }
    }

    /// The renewal that a call has to wait for: the one under way, or else the next one.
    pub(super) fn next_renewal(&self, now: Duration) -> u64 {
        self.under_way(now).map_or(self.begun + 1, |renewal| renewal.number)
    }

    /// Why there is no token for a call that has waited for this renewal and those after it.
    pub(super) fn failure_since(&self, number: u64) -> Option<&Cause> {
        self.failed.as_ref().filter(|(failed, _)| *failed >= number).map(|(_, cause)| cause)
    }

    /// The cache was asked to begin a renewal.
    pub(super) fn begins(&mut self, now: Duration, renewal: Option<&Renewal>) -> Option<Begun> {
        let young = self.under_way(now).is_some();
        assert_eq!(renewal.is_none(), young, "two renewals at once, or none");
        renewal.map(|renewal| self.begins_another(now, renewal))
    }

    fn begins_another(&mut self, now: Duration, renewal: &Renewal) -> Begun {
        let is_forced = self.needs_force && self.may_force(now);
        assert_eq!(renewal.is_forced(), is_forced, "force");
        let is_early = self.good(now).is_some();
        assert_eq!(renewal.is_early(), is_early, "whether the old token is good");
        let named = renewal.refused().map(|token| number(token.expose()));
        assert_eq!(named, self.refusal.as_ref().map(|refusal| refusal.token), "the refused token");
        if is_forced {
            self.forced.push(now);
        }
        self.begun += 1;
        let renewal =
            UnderWay { number: self.begun, began: now, seen: now, is_driven: true, is_early, is_forced };
        let takes_over = self.under_way.replace(renewal).is_some();
        Begun { number: self.begun, is_early, is_forced, takes_over }
    }

    /// Twenty times within a day, thirty seconds apart. What was a day ago is forgotten, even if the clock is put back then.
    fn may_force(&mut self, now: Duration) -> bool {
        let passed = |forced: &Duration| now.saturating_sub(*forced);
        self.forced.retain(|forced| passed(forced) < DAY);
        self.forced.len() < 20 && self.forced.last().is_none_or(|last| passed(last) >= 30 * SECOND)
    }
}

/// The text of the token with this number: a canary, as no token may be printed.
pub(super) fn text(number: u64) -> String {
    format!("CANARY{number}")
}

/// The number of a token.
pub(super) fn number(text: &str) -> u64 {
    text.strip_prefix("CANARY").and_then(|number| number.parse().ok()).expect("a token of this server")
}
