//! The shared token among tasks: one renews it, the others wait.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use wechat_material::{
    AccessToken, AsyncTransport, ClientError, Generation, IssuedToken, Lease, Moment, Renewal, Session,
};

use super::source::SourceError;
use super::{Shared, trace};

/// Why no token could be obtained, for everyone who waited for it.
type Cause = Arc<dyn Error + Send + Sync>;

#[derive(Debug)]
pub(super) struct Tokens {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    session: Session,
    /// How many renewals failed, and why the last one did.
    failures: u64,
    cause: Option<Cause>,
    /// Whom to wake when the renewal on its way ends, by the numbers of their places.
    waiting: BTreeMap<u64, Waker>,
    places: u64,
}

impl Tokens {
    pub(super) fn new(session: Session) -> Self {
        let state = State { session, failures: 0, cause: None, waiting: BTreeMap::new(), places: 0 };
        Self { state: Mutex::new(state) }
    }

    pub(super) fn refused(&self, generation: Generation) {
        self.state().session.refused(generation);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a caller gets in the end.
enum Turn<'t> {
    Token(AccessToken, Generation),
    Duty(Duty<'t>),
}

/// A caller's place among those who wait. Whoever goes away leaves it.
struct Place<'t> {
    tokens: &'t Tokens,
    /// How many renewals had failed when the caller came.
    failures: Option<u64>,
    /// Once there is something to wait for.
    number: Option<u64>,
}

impl<'t> Place<'t> {
    fn of(tokens: &'t Tokens) -> Self {
        Self { tokens, failures: None, number: None }
    }

    fn poll(&mut self, context: &Context<'_>, now: Moment) -> Poll<Result<Turn<'t>, Cause>> {
        let mut state = self.tokens.state();
        let failures = *self.failures.get_or_insert(state.failures);
        Poll::Ready(match state.session.lease(now) {
            Lease::Token(token, generation) => Ok(Turn::Token(token, generation)),
            Lease::Wait => {
                let number = *self.number.get_or_insert(state.places);
                state.places = state.places.max(number + 1);
                let before = state.waiting.insert(number, context.waker().clone());
                drop(state);
                // Not under the lock, as what a waker drops may be a task that waits here too.
                drop(before);
                return Poll::Pending;
            }
            Lease::Renew(renewal) => {
                // Who waited for a renewal that failed does not try the same again.
                match state.cause.clone().filter(|_| state.failures != failures) {
                    Some(cause) => {
                        state.session.declined(renewal);
                        Err(cause)
                    }
                    None => Ok(Turn::Duty(Duty { tokens: self.tokens, renewal: Some(renewal) })),
                }
            }
        })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let waker = self.tokens.state().waiting.remove(&number);
            drop(waker);
        }
    }
}

/// A duty to renew, given back if the caller goes away. When it ends, in whatever way, the others are woken.
struct Duty<'t> {
    tokens: &'t Tokens,
    renewal: Option<Renewal>,
}

impl Duty<'_> {
    /// Says what came of it: the token, or none if the duty goes on.
    fn end(
        &mut self,
        obtained: Result<IssuedToken, SourceError>,
        now: Moment,
    ) -> Result<Option<(AccessToken, Generation)>, Cause> {
        let Some(renewal) = self.renewal.take() else { return Ok(None) };
        let mut state = self.tokens.state();
        match obtained {
            Ok(issued) => match state.session.renewed(renewal, issued, now) {
                Lease::Token(token, generation) => Ok(Some((token, generation))),
                Lease::Renew(another) => {
                    self.renewal = Some(another);
                    Ok(None)
                }
                // Only of a renewal that somebody else has taken over.
                Lease::Wait => Ok(None),
            },
            Err(error) => {
                let still_good = state.session.failed(renewal, now);
                let cause = Cause::from(error);
                state.failures += 1;
                state.cause = Some(Arc::clone(&cause));
                still_good.map(Some).ok_or(cause)
            }
        }
    }
}

impl Drop for Duty<'_> {
    fn drop(&mut self) {
        let mut state = self.tokens.state();
        if let Some(renewal) = self.renewal.take() {
            state.session.abandoned(renewal);
        }
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_values().for_each(Waker::wake);
    }
}

impl<T: AsyncTransport> Shared<T> {
    /// The token, for as long as it lasts; obtained by one of those who ask, if there is none.
    pub(super) async fn lease(&self) -> Result<(AccessToken, Generation), ClientError<T::Error>> {
        let mut place = Place::of(&self.tokens);
        loop {
            let turn = poll_fn(|context| place.poll(context, self.now())).await;
            let mut duty = match turn.map_err(ClientError::Token)? {
                Turn::Token(token, generation) => return Ok((token, generation)),
                Turn::Duty(duty) => duty,
            };
            while let Some(renewal) = &duty.renewal {
                trace::renews(renewal);
                let obtained = self.obtain(renewal).await;
                let ended = duty.end(obtained, self.now());
                if let Some(leased) = ended.map_err(ClientError::Token)? {
                    return Ok(leased);
                }
            }
        }
    }
}
