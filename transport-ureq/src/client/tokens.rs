//! The shared token among threads: one renews it, the others wait.

use std::error::Error;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use wechat_material::{AccessToken, ClientError, Generation, Lease, Renewal, Session, Transport};

use super::{Shared, trace};

/// Why no token could be obtained, for everyone who waited for it.
type Cause = Arc<dyn Error + Send + Sync>;

#[derive(Debug)]
pub(super) struct Tokens {
    state: Mutex<State>,
    /// A renewal has ended, in one way or another.
    ended: Condvar,
}

#[derive(Debug)]
struct State {
    session: Session,
    /// How many renewals failed, and why the last one did.
    failures: u64,
    cause: Option<Cause>,
}

impl Tokens {
    pub(super) fn new(session: Session) -> Self {
        Self { state: Mutex::new(State { session, failures: 0, cause: None }), ended: Condvar::new() }
    }

    pub(super) fn refused(&self, generation: Generation) {
        self.state().session.refused(generation);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A duty to renew, given back if the thread panics over it.
struct Duty<'t> {
    tokens: &'t Tokens,
    renewal: Option<Renewal>,
}

impl Drop for Duty<'_> {
    fn drop(&mut self) {
        if let Some(renewal) = self.renewal.take() {
            self.tokens.state().session.abandoned(renewal);
        }
        self.tokens.ended.notify_all();
    }
}

impl<T: Transport> Shared<T> {
    /// The token, for as long as it lasts; obtained by one of those who ask, if there is none.
    pub(super) fn lease(&self) -> Result<(AccessToken, Generation), ClientError<T::Error>> {
        let mut state = self.tokens.state();
        let failures = state.failures;
        loop {
            match state.session.lease(self.now()) {
                Lease::Token(token, generation) => return Ok((token, generation)),
                Lease::Wait => {
                    state = self.tokens.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                Lease::Renew(renewal) => {
                    // Who waited for a renewal that failed does not try the same again.
                    if let Some(cause) = state.cause.clone().filter(|_| state.failures != failures) {
                        state.session.declined(renewal);
                        return Err(ClientError::Token(cause));
                    }
                    drop(state);
                    return self.renew(renewal);
                }
            }
        }
    }

    fn renew(&self, renewal: Renewal) -> Result<(AccessToken, Generation), ClientError<T::Error>> {
        let mut duty = Duty { tokens: &self.tokens, renewal: None };
        let mut next = Lease::Renew(renewal);
        loop {
            let renewal = match next {
                Lease::Token(token, generation) => return Ok((token, generation)),
                Lease::Renew(renewal) => &*duty.renewal.insert(renewal),
                // Only of a renewal that somebody else has taken over.
                Lease::Wait => return self.lease(),
            };
            trace::renews(renewal);
            let obtained = self.obtain(renewal);
            let mut state = self.tokens.state();
            let Some(renewal) = duty.renewal.take() else { return self.lease() };
            match obtained {
                Ok(issued) => next = state.session.renewed(renewal, issued, self.now()),
                Err(error) => {
                    let still_good = state.session.failed(renewal, self.now());
                    let cause = Cause::from(error);
                    state.failures += 1;
                    state.cause = Some(Arc::clone(&cause));
                    return still_good.ok_or(ClientError::Token(cause));
                }
            }
        }
    }
}
