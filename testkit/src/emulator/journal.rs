//! The recorded calls and their answers, and the quirks to answer the next calls with.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};

use super::quirk::Quirk;

/// A recorded call and its answer. It contains tokens and secrets unredacted, so that tests can look for them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// The method of the request.
    pub method: Method,
    /// The path and query, as they were received.
    pub target: String,
    /// The headers of the request.
    pub headers: HeaderMap,
    /// The body of the request.
    pub body: Bytes,
    /// The answer.
    pub sent: Sent,
}

/// The answer that the emulator sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// A normal answer.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: Bytes,
    },
    /// A [`Quirk`].
    Quirk(Quirk),
}

#[derive(Default)]
pub(super) struct Journal(Mutex<State>);

#[derive(Default)]
struct State {
    exchanges: Vec<Exchange>,
    by_media_id: HashMap<String, Quirk>,
    next: Option<(u64, Quirk)>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Journal")
    }
}

impl Journal {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn record(&self, exchange: Exchange) {
        self.lock().exchanges.push(exchange);
    }

    pub(super) fn take_exchanges(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.lock().exchanges)
    }

    pub(super) fn misbehave_for(&self, media_id: &str, quirk: Quirk) {
        self.lock().by_media_id.insert(media_id.to_owned(), quirk);
    }

    pub(super) fn misbehave_next(&self, calls: u64, quirk: Quirk) {
        self.lock().next = Some((calls, quirk));
    }

    pub(super) fn behave(&self) {
        let mut state = self.lock();
        state.by_media_id.clear();
        state.next = None;
    }

    /// The quirk to answer the current call with, if any. Quirks for the next calls take precedence over those for media ids.
    pub(super) fn quirk(&self, media_id: Option<&str>) -> Option<Quirk> {
        let mut state = self.lock();
        if let Some((calls @ 1.., quirk)) = state.next {
            state.next = Some((calls - 1, quirk));
            return Some(quirk);
        }
        state.by_media_id.get(media_id?).copied()
    }
}
