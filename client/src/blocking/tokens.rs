//! The shared token among threads: one of those that need it renews it, the others wait.

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wechat_material::driver::{Moment, Renewal, TokenAction, TokenCache, TokenCall, TokenWait};
use wechat_material::{AccessToken, ClientError, RetryPolicy, Transport};

use super::Client;
use crate::source::SourceError;

pub(super) struct Tokens {
    state: Mutex<State>,
    /// A renewal has ended or was left, in one way or another.
    changed: Condvar,
}

struct State {
    cache: TokenCache,
    /// A renewal that a thread has left, as its own time was over.
    left: Option<TokenCall>,
}

impl Tokens {
    pub(super) fn new(cache: TokenCache) -> Self {
        Self { state: Mutex::new(State { cache, left: None }), changed: Condvar::new() }
    }

    /// No code of the user runs while this is held.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn refuse(&self, token: &AccessToken) {
        self.lock().cache.refuse_token(token);
    }

    pub(super) fn wait_for_another(
        &self,
        policy: &RetryPolicy,
        now: Moment,
    ) -> Result<TokenWait, ClientError> {
        TokenWait::for_another(policy, &mut self.lock().cache, now)
    }
}

/// A renewal that this thread has to drive. Dropped by a panic, it is abandoned, so that another caller begins anew.
pub(super) struct RenewalGuard<'t> {
    tokens: &'t Tokens,
    call: Option<TokenCall>,
    /// When this thread's own time is over.
    until: Moment,
}

impl RenewalGuard<'_> {
    fn poll(&mut self, now: Moment) -> TokenAction {
        let mut state = self.tokens.lock();
        let action = self.call.as_mut().map_or(TokenAction::Finish, |call| call.poll(&mut state.cache, now));
        drop(state);
        if matches!(action, TokenAction::Finish) {
            self.tokens.changed.notify_all();
        }
        action
    }

    /// Leaves it to the next caller that needs the token, unless another renewal was begun in its place.
    fn leave(mut self) {
        let mut state = self.tokens.lock();
        let mut left = self.call.take();
        let id = left.as_ref().and_then(TokenCall::renewal).map(Renewal::id);
        if let Some(id) = id.filter(|id| state.cache.renewal() == Some(*id)) {
            state.cache.leave(id);
            mem::swap(&mut state.left, &mut left);
        }
        drop(state);
        self.tokens.changed.notify_all();
    }
}

impl Drop for RenewalGuard<'_> {
    fn drop(&mut self) {
        if let Some(renewal) = self.call.as_ref().and_then(TokenCall::renewal) {
            self.tokens.lock().cache.abandon(renewal.id());
            self.tokens.changed.notify_all();
        }
    }
}

impl<T: Transport> Client<T> {
    /// Gives a machine the token that it asks for: `poll` says how long it waits for one, if it needs one. Gives the
    /// renewal that this thread has to drive, if no other thread does; else waits for that.
    pub(super) fn lease(
        &self,
        mut now: Moment,
        mut poll: impl FnMut(&mut TokenCache, Moment) -> Option<Moment>,
    ) -> Option<RenewalGuard<'_>> {
        let tokens = &*self.tokens;
        let mut state = tokens.lock();
        loop {
            let until = poll(&mut state.cache, now)?;
            let left = state.left.take();
            let begun = state.cache.begin(now).map(|renewal| self.inner.token_call(renewal, now));
            if begun.is_some() || left.is_some() {
                if let Some(renewal) = state.cache.renewal() {
                    state.cache.join(renewal);
                }
                drop(state);
                // One that was left for too long was taken over, and is dropped here.
                return Some(RenewalGuard { tokens, call: begun.or(left), until });
            }
            let waited = tokens.changed.wait_timeout(state, until.since(now));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            now = self.now();
        }
    }

    /// Drives a renewal to its end, or until this caller's time is over.
    pub(super) fn drive_renewal(&self, mut renewing: RenewalGuard<'_>) {
        loop {
            let action = renewing.poll(self.now());
            let Some(call) = &mut renewing.call else { return };
            self.inner.report(|| call.next_event());
            match action {
                TokenAction::Finish => return,
                TokenAction::Send(request) => match self.inner.transport.send(request) {
                    Ok(response) => call.handle_response(response, self.now()),
                    Err(error) => call.handle_failure(error, self.now()),
                },
                TokenAction::Obtain => {
                    let source = self.inner.custom().zip(call.renewal());
                    let issued = source.map_or_else(no_source, |(source, renewal)| source.obtain(renewal));
                    call.handle_issued(issued, self.now());
                }
                TokenAction::Sleep { .. } if self.now() > renewing.until => return renewing.leave(),
                TokenAction::Sleep { until } => {
                    // A nanosecond more, as the time is over only after its last moment.
                    let until = until.min(renewing.until.after(Duration::from_nanos(1)));
                    self.inner.runtime().sleep(until.since(self.now()));
                }
            }
            self.inner.report(|| call.next_event());
        }
    }
}

/// A fixed token is never renewed.
fn no_source<I>() -> Result<I, SourceError> {
    Err("there is no source of tokens".into())
}
