//! The state that the calls share, and the checks of what is printed.

use std::fmt::{self, Debug, Write};
use std::time::Duration;

use wechat_material::driver::{Lease, Moment, TokenCache};

use super::attempts::Did;
use super::reached::{Reach, Reached};
use super::tokens::{self, Due, TokenLedger};

pub(super) struct World {
    pub(super) now: Duration,
    pub(super) tokens: TokenCache,
    pub(super) ledger: TokenLedger,
    pub(super) reached: Reached,
    /// A digest of all actions.
    pub(super) actions: u64,
    /// Whether events are recorded and everything is printed.
    pub(super) is_thorough: bool,
    seeds: u64,
}

impl World {
    pub(super) fn new(tokens: TokenCache, ledger: TokenLedger, is_thorough: bool) -> Self {
        Self {
            now: Duration::ZERO,
            tokens,
            ledger,
            reached: Reached::default(),
            actions: 0,
            is_thorough,
            seeds: 0,
        }
    }

    pub(super) fn moment(&self) -> Moment {
        Moment(self.now)
    }

    pub(super) fn reach(&mut self, reach: Reach) {
        self.reached.add(reach);
    }

    pub(super) fn reach_if(&mut self, is_reached: bool, reach: Reach) {
        if is_reached {
            self.reached.add(reach);
        }
    }

    /// Returns a different seed for each machine.
    pub(super) fn seed(&mut self) -> u64 {
        self.seeds += 1;
        self.seeds
    }

    /// Adds an action to the digest.
    pub(super) fn record(&mut self, did: &Did) {
        let (kind, value, part) = match did {
            Did::Send(token) => (1, *token, 0),
            Did::Sleep(until) => (2, until.as_secs(), until.subsec_nanos()),
            Did::NeedToken(until) => (3, until.as_secs(), until.subsec_nanos()),
            Did::Rewind => (4, 0, 0),
            Did::Finish => (5, 0, 0),
        };
        for number in [kind, value, part.into()] {
            self.actions = (self.actions ^ number).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(29);
        }
    }

    /// Checks that the cache offers the expected token, and does not print it.
    pub(super) fn check_tokens(&self) {
        if !self.is_thorough {
            return;
        }
        self.check_hidden(&self.tokens);
        assert_eq!(
            self.tokens.renewal().is_some(),
            self.ledger.has_renewal(),
            "whether a renewal is in progress"
        );
        let is_renewing = self.ledger.is_renewing(self.now);
        match (self.tokens.lease(self.moment()), self.ledger.due(self.now)) {
            (Lease::Token(token, _), Due::Token(number, _)) => {
                assert_eq!(token.expose(), tokens::text(number));
            }
            (Lease::Renew, Due::Early(..) | Due::Renewal(_)) => {
                assert!(!is_renewing, "the token is already being renewed");
            }
            // The cache still holds a token that is to be replaced.
            (Lease::Wait, Due::Early(..)) => assert!(is_renewing && self.ledger.has_set_aside()),
            (Lease::Wait, Due::Renewal(_)) => assert!(is_renewing, "the token is not being renewed"),
            (lease, _) => panic!("a different lease: {lease:?}"),
        }
    }

    /// Checks that no token, secret or text of a response is printed. All of them are canaries.
    pub(super) fn check_hidden(&self, printed: &dyn Debug) {
        if self.is_thorough {
            let mut search = Search { found: 0 };
            write!(search, "{printed:?}").expect("a search accepts any text");
            assert!(search.found < CANARY.len(), "a secret was printed");
        }
    }
}

const CANARY: &[u8] = b"CANARY";

/// Searches for the canary while a value is printed, without storing the text.
struct Search {
    /// The number of bytes of the canary that were found.
    found: usize,
}

impl Write for Search {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if self.found == CANARY.len() {
                break;
            }
            // No part of the canary repeats its start.
            self.found =
                if byte == CANARY[self.found] { self.found + 1 } else { usize::from(byte == CANARY[0]) };
        }
        Ok(())
    }
}
