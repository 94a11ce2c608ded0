//! What a session owes those who ask for the token, by bookkeeping of its own.

use std::time::Duration;

use wechat_material::{AccessToken, Generation, Lease, Renewal};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

pub(super) struct Ledger {
    margin: Duration,
    token: Option<Known>,
    refusal: Option<Refusal>,
    renewal: Option<Asked>,
    /// When tokens were forced.
    forced: Vec<Duration>,
    generations: Vec<Generation>,
}

/// A token that is in use.
struct Known {
    text: String,
    generation: Generation,
    obtained: Duration,
    expires: Duration,
    /// A renewal failed, and the next is not tried before.
    rest_until: Duration,
}

/// A token that was refused, until another one is taken.
struct Refusal {
    text: String,
    is_handed_out_again: bool,
    /// How many renewals brought a token since. Those that follow on one that came to nothing count anew.
    unforced: u32,
    forced: u32,
}

/// The renewal that is on its way.
struct Asked {
    at: Duration,
    is_forced: bool,
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

impl Ledger {
    pub(super) fn new(margin: Duration) -> Self {
        Self {
            margin,
            token: None,
            refusal: None,
            renewal: None,
            forced: Vec::new(),
            generations: Vec::new(),
        }
    }

    /// One of those that have been seen.
    pub(super) fn generation(&self, which: u8) -> Option<Generation> {
        let which = usize::from(which & 0x0F).checked_rem(self.generations.len())?;
        self.generations.get(which).copied()
    }

    /// Somebody asked for the token.
    pub(super) fn was_asked(&mut self, now: Duration, lease: &Lease) {
        let good = self.token.as_ref().filter(|known| known.is_good(now));
        match (lease, good, &self.renewal) {
            (Lease::Token(token, generation), Some(known), renewal) => {
                assert!(renewal.is_some() || !known.is_due(now, self.margin), "nobody renews the token");
                assert!(known.text == token.expose() && known.generation == *generation, "another token");
            }
            (Lease::Token(..), None, _) => panic!("a token that is not good"),
            (Lease::Renew(renewal), good, None) => {
                assert!(good.is_none_or(|known| known.is_due(now, self.margin)), "a renewal too early");
                self.begins(now, renewal);
            }
            (Lease::Renew(_), _, Some(_)) => panic!("two renewals at once"),
            (Lease::Wait, good, renewal) => {
                assert!(good.is_none(), "a wait while there is a good token");
                assert!(renewal.is_some(), "a wait for nothing");
            }
        }
    }

    fn begins(&mut self, now: Duration, renewal: &Renewal) {
        let refused = self.refusal.as_ref();
        let is_forced = refused.is_some_and(|refusal| refusal.is_handed_out_again) && self.may_force(now);
        assert_eq!(renewal.is_forced(), is_forced, "force");
        let named = renewal.refused().map(AccessToken::expose);
        assert!(named == refused.map(|refusal| refusal.text.as_str()), "another refused token");
        if is_forced {
            self.forced.push(now);
        }
        self.renewal = Some(Asked { at: now, is_forced });
    }

    /// Twenty times within a day, thirty seconds apart.
    fn may_force(&self, now: Duration) -> bool {
        let is_within = |time: Duration, forced: &&Duration| now.saturating_sub(**forced) < time;
        self.forced.iter().filter(|forced| is_within(DAY, forced)).count() < 20
            && self.forced.last().is_none_or(|last| !is_within(30 * SECOND, &last))
    }

    /// The renewal brought a token.
    pub(super) fn renewal_brought(
        &mut self,
        now: Duration,
        text: &str,
        life: Option<Duration>,
        lease: &Lease,
    ) {
        let asked = self.renewal.take().expect("a renewal is on its way");
        let may_force = self.may_force(now);
        if let Some(refusal) = &mut self.refusal {
            *if asked.is_forced { &mut refusal.forced } else { &mut refusal.unforced } += 1;
            assert!(refusal.unforced <= 1 && refusal.forced <= 1, "too many renewals for one refused token");
            if refusal.text == text && !asked.is_forced && may_force {
                refusal.is_handed_out_again = true;
                let Lease::Renew(renewal) = lease else { panic!("the refused token is not forced anew") };
                return self.begins(now, renewal);
            }
        }
        let Lease::Token(token, generation) = lease else { panic!("no token for whoever obtained it") };
        assert!(token.expose() == text, "another token");
        match &self.token {
            Some(known) if known.text == text => assert_eq!(known.generation, *generation),
            Some(_) | None => {
                assert!(!self.generations.contains(generation), "an old generation");
                self.generations.push(*generation);
            }
        }
        let left = asked.at.min(now).saturating_add(life.unwrap_or(TWO_HOURS).min(DAY));
        let expires = left.max(now.saturating_add(SECOND));
        self.refusal = None;
        self.token = Some(Known {
            text: text.to_owned(),
            generation: *generation,
            obtained: now,
            expires,
            rest_until: Duration::ZERO,
        });
    }

    pub(super) fn renewal_failed(&mut self, now: Duration, still_good: Option<&(AccessToken, Generation)>) {
        self.came_to_nothing();
        let good = self.token.as_mut().filter(|known| known.is_good(now));
        match (good, still_good) {
            (Some(known), Some((token, generation))) => {
                assert!(known.text == token.expose() && known.generation == *generation, "another token");
                known.rest_until = known.rest_until.max(now.saturating_add(10 * SECOND));
            }
            (good, given) => assert_eq!(good.is_some(), given.is_some(), "is the old token good?"),
        }
    }

    pub(super) fn renewal_was_abandoned(&mut self) {
        self.came_to_nothing();
    }

    fn came_to_nothing(&mut self) {
        assert!(self.renewal.take().is_some(), "a renewal is on its way");
        if let Some(refusal) = &mut self.refusal {
            (refusal.unforced, refusal.forced) = (0, 0);
        }
    }

    /// A token was refused: whether it is the present one.
    pub(super) fn was_refused(&mut self, generation: Generation) -> bool {
        let refused = self.token.take_if(|known| known.generation == generation);
        let is_present = refused.is_some();
        if let Some(Known { text, .. }) = refused {
            self.refusal = Some(Refusal { text, is_handed_out_again: false, unforced: 0, forced: 0 });
        }
        is_present
    }
}
