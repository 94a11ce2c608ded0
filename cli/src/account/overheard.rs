//! What went over the connections that a client tells nobody: the tokens, and the last answer.

use std::sync::{Mutex, MutexGuard, PoisonError};

use percent_encoding::percent_decode_str;
use wechat_material::http::response::Parts;
use wechat_material::http::{Response, Uri};

/// An answer, or the beginning of a long one.
pub(crate) type Answer = Response<Vec<u8>>;

/// It holds secrets: nothing of it is printed.
#[derive(Default)]
pub(crate) struct Overheard(Mutex<Heard>);

#[derive(Default)]
struct Heard {
    tokens: Vec<String>,
    answer: Answer,
}

impl Overheard {
    /// Bytes of an answer that are kept: more than any refusal has, and any token.
    const KEPT: usize = 64 << 10;

    pub(super) fn sends(&self, uri: &Uri) {
        let parameters = uri.query().unwrap_or_default().split('&');
        let mut heard = self.open();
        for token in parameters.filter_map(|parameter| parameter.strip_prefix("access_token=")) {
            let token = percent_decode_str(token).decode_utf8_lossy().into_owned();
            if !heard.tokens.contains(&token) {
                heard.tokens.push(token);
            }
        }
    }

    pub(super) fn begins(&self, head: &Parts) {
        self.open().answer = Response::from_parts(head.clone(), Vec::new());
    }

    pub(super) fn goes_on(&self, bytes: &[u8]) {
        let mut heard = self.open();
        let body = heard.answer.body_mut();
        let room = Self::KEPT - body.len();
        body.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// The tokens that were sent.
    pub(super) fn tokens(&self) -> Vec<String> {
        self.open().tokens.clone()
    }

    /// The last answer.
    pub(super) fn answer(&self) -> Answer {
        self.open().answer.clone()
    }

    fn open(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
