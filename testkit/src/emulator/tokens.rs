//! Issues, expires and replaces tokens. Its clock can be moved forward.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wechat_material::ErrorCode;

use super::answer::{Refusal, random_digits};

/// How long a token is valid.
const LIFE: Duration = Duration::from_secs(7200);
/// How long a classic token stays valid after it was replaced.
const GRACE: Duration = Duration::from_secs(300);
/// The maximum number of forced renewals a day.
const MAX_REFRESHES: usize = 20;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The minimum time between two forced renewals.
const MIN_REFRESH_INTERVAL: Duration = Duration::from_secs(30);

pub(super) struct Tokens {
    origin: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How far the clock was moved forward.
    ahead: Duration,
    issued: Vec<Issued>,
    refreshes: Vec<Duration>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Stable,
    Classic,
    Foreign,
}

#[derive(Clone)]
struct Issued {
    text: String,
    kind: Kind,
    expires: Duration,
}

/// Whether a token is valid.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Valid,
    Expired,
    Unknown,
}

/// A token for an answer.
pub(super) struct Token {
    pub(super) text: String,
    expires_in: Duration,
}

impl Token {
    pub(super) fn to_json(&self) -> Value {
        json!({ "access_token": self.text, "expires_in": self.expires_in.as_secs() })
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self { origin: Instant::now(), state: Mutex::default() }
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(redacted)")
    }
}

impl Tokens {
    /// Returns the stable token: the same one for as long as it is valid.
    pub(super) fn stable(&self) -> Token {
        let (mut state, now) = self.lock();
        let current = state.issued.iter().rfind(|token| token.kind == Kind::Stable && token.expires > now);
        match current.cloned() {
            Some(token) => Token { expires_in: token.expires.saturating_sub(now), text: token.text },
            None => state.issue(Kind::Stable, now),
        }
    }

    /// Replaces the stable token, with the rate limits of WeChat.
    pub(super) fn refresh(&self) -> Result<Token, Refusal> {
        let (mut state, now) = self.lock();
        state.refreshes.retain(|refresh| now.saturating_sub(*refresh) < DAY);
        if state.refreshes.last().is_some_and(|last| now.saturating_sub(*last) < MIN_REFRESH_INTERVAL) {
            return Err(Refusal::new(
                ErrorCode::MINUTE_RATE_LIMIT,
                "api minute-quota reach limit, must slower, retry next minute",
            ));
        }
        if state.refreshes.len() == MAX_REFRESHES {
            return Err(Refusal::new(ErrorCode::DAILY_QUOTA, "reach max api daily quota limit"));
        }
        state.refreshes.push(now);
        state
            .issued
            .iter_mut()
            .filter(|token| token.kind == Kind::Stable)
            .for_each(|token| token.expires = now);
        Ok(state.issue(Kind::Stable, now))
    }

    /// Replaces the classic token. The previous one stays valid for five more minutes.
    pub(super) fn replace(&self) -> Token {
        let (mut state, now) = self.lock();
        for token in state.issued.iter_mut().filter(|token| token.kind == Kind::Classic) {
            token.expires = token.expires.min(now + GRACE);
        }
        state.issue(Kind::Classic, now)
    }

    pub(super) fn accept(&self, text: &str) {
        let (mut state, now) = self.lock();
        state.issued.push(Issued { text: text.to_owned(), kind: Kind::Foreign, expires: now + LIFE });
    }

    pub(super) fn advance(&self, time: Duration) {
        let (mut state, _) = self.lock();
        state.ahead += time;
    }

    pub(super) fn expire_all(&self) {
        let (mut state, now) = self.lock();
        state.issued.iter_mut().for_each(|token| token.expires = token.expires.min(now));
    }

    /// Returns whether a call with this token is accepted.
    pub(super) fn standing(&self, text: &str) -> Standing {
        let (state, now) = self.lock();
        match state.issued.iter().rfind(|token| token.text == text) {
            Some(token) if token.expires > now => Standing::Valid,
            Some(_) => Standing::Expired,
            None => Standing::Unknown,
        }
    }

    /// The state, and the time of the emulator's clock.
    fn lock(&self) -> (MutexGuard<'_, State>, Duration) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.origin.elapsed() + state.ahead;
        (state, now)
    }
}

impl State {
    fn issue(&mut self, kind: Kind, now: Duration) -> Token {
        let text: String = std::iter::once("99_".to_owned()).chain((0..8).map(|_| random_digits())).collect();
        self.issued.push(Issued { text: text.clone(), kind, expires: now + LIFE });
        Token { text, expires_in: LIFE }
    }
}
