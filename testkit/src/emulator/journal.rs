//! What the emulator was asked and what it sent, and which calls it is to answer badly.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};

use super::quirk::Quirk;

/// A call, and how it was answered. Holds tokens and secrets as they came, so that tests can look for them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// The method of the request.
    pub method: Method,
    /// Its path and query, as they arrived.
    pub target: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// What it was answered with.
    pub sent: Sent,
}

/// What the emulator sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// A proper answer.
    Answer {
        /// Its status.
        status: u16,
        /// Its body.
        body: Bytes,
    },
    /// A [`Quirk`].
    Quirk(Quirk),
}

#[derive(Default)]
pub(super) struct Journal(Mutex<Pages>);

#[derive(Default)]
struct Pages {
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
    fn open(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, exchange: Exchange) {
        self.open().exchanges.push(exchange);
    }

    pub(super) fn take_exchanges(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.open().exchanges)
    }

    pub(super) fn misbehave_for(&self, media_id: &str, quirk: Quirk) {
        self.open().by_media_id.insert(media_id.to_owned(), quirk);
    }

    pub(super) fn misbehave_next(&self, calls: u64, quirk: Quirk) {
        self.open().next = Some((calls, quirk));
    }

    pub(super) fn behave(&self) {
        let mut pages = self.open();
        pages.by_media_id.clear();
        pages.next = None;
    }

    /// What the present call is to be answered with, if not properly. A number of calls comes before media ids.
    pub(super) fn quirk(&self, media_id: Option<&str>) -> Option<Quirk> {
        let mut pages = self.open();
        if let Some((calls @ 1.., quirk)) = pages.next {
            pages.next = Some((calls - 1, quirk));
            return Some(quirk);
        }
        pages.by_media_id.get(media_id?).copied()
    }
}
