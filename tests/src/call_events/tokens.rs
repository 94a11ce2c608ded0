//! A ledger of the token cache.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use wechat_material::driver::Renewal;

mod ends;

pub(super) use ends::Ended;

const INSTANT: Duration = Duration::from_nanos(1);
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a renewal may delay the calls that can still use the old token.
const TEN_SECONDS: Duration = Duration::from_secs(10);
/// A renewal that was not polled for longer than this may be taken over.
const FIVE_MINUTES: Duration = Duration::from_secs(5 * 60);

pub(super) struct TokenLedger {
    margin: Duration,
    is_fixed: bool,
    token: Option<Known>,
    refusal: Option<Refusal>,
    /// The token that is to be replaced, until the renewal has succeeded or failed.
    set_aside: Option<Known>,
    /// Whether a renewal returned the refused token again.
    needs_force: bool,
    in_progress: Option<InProgress>,
    /// The number of renewals that have started.
    started: u64,
    /// The last failed renewal and its cause, unless one has succeeded since.
    failed: Option<(u64, Cause)>,
    /// The times of the forced renewals.
    forced: Vec<Duration>,
    uses: u64,
}

pub(super) type Cause = Arc<dyn Error + Send + Sync>;

/// A token that is in use.
struct Known {
    /// The number that the server gave it.
    token: u64,
    /// Counts the tokens in use. A refused token that is obtained again gets a new number.
    use_number: u64,
    obtained: Duration,
    expires: Duration,
    /// The time before which no further renewal starts, after one has failed.
    rest_until: Duration,
}

/// A token that was refused or set aside, until another one replaces it.
struct Refusal {
    token: u64,
    /// How many renewals have returned a token since. A failed renewal resets the numbers.
    unforced: u32,
    forced: u32,
}

struct InProgress {
    number: u64,
    started: Duration,
    /// The time of the last poll.
    seen: Duration,
    is_driven: bool,
    is_early: bool,
    is_forced: bool,
}

/// What the cache returns to a call that needs the token.
pub(super) enum Due {
    /// This token, with this use number.
    Token(u64, u64),
    /// A token that is due for renewal, or that is to be replaced. The renewal may delay a call until this time.
    Early(u64, u64, Duration),
    /// No token until a renewal has ended. It may be taken over at this time.
    Renewal(Duration),
}

/// A renewal that has started: its number, whether the old token is still valid, whether it is forced, and whether it takes
/// over another renewal.
pub(super) struct Started {
    pub(super) number: u64,
    pub(super) is_early: bool,
    pub(super) is_forced: bool,
    pub(super) takes_over: bool,
}

impl Known {
    fn is_valid(&self, now: Duration) -> bool {
        now < self.expires
    }

    /// Whether a renewal is due: the margin has been reached, but not in the first half of the token's life.
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
            in_progress: None,
            started: 0,
            failed: None,
            forced: Vec::new(),
            uses: 0,
        }
    }

    /// A ledger of a fixed token: token 0.
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

    fn valid(&self, now: Duration) -> Option<&Known> {
        self.token.as_ref().filter(|known| self.is_fixed || known.is_valid(now))
    }

    fn in_progress(&self, now: Duration) -> Option<&InProgress> {
        self.in_progress.as_ref().filter(|renewal| now.saturating_sub(renewal.seen) <= FIVE_MINUTES)
    }

    /// Whether a token is to be replaced that was not refused.
    pub(super) fn has_set_aside(&self) -> bool {
        self.set_aside.is_some()
    }

    /// Whether the end of a renewal is still to be reported.
    pub(super) fn has_renewal(&self) -> bool {
        self.in_progress.is_some()
    }

    /// Whether a renewal is being driven.
    pub(super) fn is_renewing(&self, now: Duration) -> bool {
        self.in_progress(now).is_some_and(|renewal| renewal.is_driven)
    }

    pub(super) fn due(&self, now: Duration) -> Due {
        let (started, seen) =
            self.in_progress(now).map_or((now, now), |renewal| (renewal.started, renewal.seen));
        let set_aside = self.set_aside.as_ref().filter(|known| known.is_valid(now));
        match self.valid(now) {
            Some(known) if self.is_fixed || self.is_renewing(now) || !known.is_due(now, self.margin) => {
                Due::Token(known.token, known.use_number)
            }
            current => match current.or(set_aside) {
                Some(known) => Due::Early(known.token, known.use_number, started.saturating_add(TEN_SECONDS)),
                None => Due::Renewal(seen.saturating_add(FIVE_MINUTES).saturating_add(INSTANT)),
            },
        }
    }

    /// The renewal that a call must wait for: the one in progress, or else the next one.
    pub(super) fn next_renewal(&self, now: Duration) -> u64 {
        self.in_progress(now).map_or(self.started + 1, |renewal| renewal.number)
    }

    /// The failure of this renewal or a later one.
    pub(super) fn failure_since(&self, number: u64) -> Option<&Cause> {
        self.failed.as_ref().filter(|(failed, _)| *failed >= number).map(|(_, cause)| cause)
    }

    /// Checks the answer of the cache to a request for a renewal.
    pub(super) fn starts(&mut self, now: Duration, renewal: Option<&Renewal>) -> Option<Started> {
        let is_running = self.in_progress(now).is_some();
        assert_eq!(renewal.is_none(), is_running, "two renewals at once, or none");
        renewal.map(|renewal| self.start(now, renewal))
    }

    fn start(&mut self, now: Duration, renewal: &Renewal) -> Started {
        let is_forced = self.needs_force && self.may_force(now);
        assert_eq!(renewal.is_forced(), is_forced, "whether the renewal is forced");
        let is_early = self.valid(now).is_some();
        assert_eq!(renewal.is_early(), is_early, "whether the old token is valid");
        let named = renewal.refused().map(|token| number(token.expose()));
        assert_eq!(named, self.refusal.as_ref().map(|refusal| refusal.token), "the refused token");
        if is_forced {
            self.forced.push(now);
        }
        self.started += 1;
        let renewal = InProgress {
            number: self.started,
            started: now,
            seen: now,
            is_driven: true,
            is_early,
            is_forced,
        };
        let takes_over = self.in_progress.replace(renewal).is_some();
        Started { number: self.started, is_early, is_forced, takes_over }
    }

    /// Whether a forced renewal is allowed: at most 20 within a day, at least 30 seconds apart. Renewals from a day ago are
    /// forgotten, even if the clock goes backwards later.
    fn may_force(&mut self, now: Duration) -> bool {
        let passed = |forced: &Duration| now.saturating_sub(*forced);
        self.forced.retain(|forced| passed(forced) < DAY);
        self.forced.len() < 20 && self.forced.last().is_none_or(|last| passed(last) >= 30 * SECOND)
    }
}

/// The text of the token with this number: a canary, because no token may be printed.
pub(super) fn text(number: u64) -> String {
    format!("CANARY{number}")
}

/// The number of a token.
pub(super) fn number(text: &str) -> u64 {
    text.strip_prefix("CANARY").and_then(|number| number.parse().ok()).expect("a token of this server")
}
