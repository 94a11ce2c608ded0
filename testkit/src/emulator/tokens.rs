//! Tokens that are given out, expire and replace each other, by a clock that can be turned forward.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wechat_material::ErrorCode;

use super::answer::{Refusal, noise};

/// How long a token is good for.
const LIFE: Duration = Duration::from_secs(7200);
/// How long the classic token goes on after it was replaced.
const AFTERLIFE: Duration = Duration::from_secs(300);
/// Forced renewals: at most so many a day …
const REFRESHES_A_DAY: usize = 20;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// … and no two within this time.
const BETWEEN_REFRESHES: Duration = Duration::from_secs(30);

pub(super) struct Tokens {
    origin: Instant,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    /// How far the clock was turned forward.
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

/// What a token is worth.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Good,
    Expired,
    Unknown,
}

/// A token on its way out.
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
        Self { origin: Instant::now(), books: Mutex::default() }
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(redacted)")
    }
}

impl Tokens {
    /// The stable token: the same one for as long as it is good.
    pub(super) fn stable(&self) -> Token {
        let (mut books, now) = self.open();
        let current = books.issued.iter().rfind(|token| token.kind == Kind::Stable && token.expires > now);
        match current.cloned() {
            Some(token) => Token { expires_in: token.expires.saturating_sub(now), text: token.text },
            None => books.issue(Kind::Stable, now),
        }
    }

    /// A new stable token in place of the old one, as often as WeChat allows it.
    pub(super) fn refresh(&self) -> Result<Token, Refusal> {
        let (mut books, now) = self.open();
        books.refreshes.retain(|refresh| now.saturating_sub(*refresh) < DAY);
        if books.refreshes.last().is_some_and(|last| now.saturating_sub(*last) < BETWEEN_REFRESHES) {
            return Err(Refusal::new(
                ErrorCode::MINUTE_RATE_LIMIT,
                "api minute-quota reach limit, must slower, retry next minute",
            ));
        }
        if books.refreshes.len() == REFRESHES_A_DAY {
            return Err(Refusal::new(ErrorCode::DAILY_QUOTA, "reach max api daily quota limit"));
        }
        books.refreshes.push(now);
        books
            .issued
            .iter_mut()
            .filter(|token| token.kind == Kind::Stable)
            .for_each(|token| token.expires = now);
        Ok(books.issue(Kind::Stable, now))
    }

    /// A new classic token; the one before is good for five minutes more.
    pub(super) fn replace(&self) -> Token {
        let (mut books, now) = self.open();
        for token in books.issued.iter_mut().filter(|token| token.kind == Kind::Classic) {
            token.expires = token.expires.min(now + AFTERLIFE);
        }
        books.issue(Kind::Classic, now)
    }

    pub(super) fn accept(&self, text: &str) {
        let (mut books, now) = self.open();
        books.issued.push(Issued { text: text.to_owned(), kind: Kind::Foreign, expires: now + LIFE });
    }

    pub(super) fn advance(&self, time: Duration) {
        let (mut books, _) = self.open();
        books.ahead += time;
    }

    pub(super) fn expire_all(&self) {
        let (mut books, now) = self.open();
        books.issued.iter_mut().for_each(|token| token.expires = token.expires.min(now));
    }

    /// Whether a call may be made with this token.
    pub(super) fn standing(&self, text: &str) -> Standing {
        let (books, now) = self.open();
        match books.issued.iter().rfind(|token| token.text == text) {
            Some(token) if token.expires > now => Standing::Good,
            Some(_) => Standing::Expired,
            None => Standing::Unknown,
        }
    }

    /// The books, and the time by the emulator's clock.
    fn open(&self) -> (MutexGuard<'_, Books>, Duration) {
        let books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.origin.elapsed() + books.ahead;
        (books, now)
    }
}

impl Books {
    fn issue(&mut self, kind: Kind, now: Duration) -> Token {
        let text: String = std::iter::once("99_".to_owned()).chain((0..8).map(|_| noise())).collect();
        self.issued.push(Issued { text: text.clone(), kind, expires: now + LIFE });
        Token { text, expires_in: LIFE }
    }
}
