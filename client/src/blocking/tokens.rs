//! The token that threads share: one thread that needs it renews it, the others wait.

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wechat_material::driver::{Moment, Renewal, TokenAction, TokenCache, TokenCall, TokenWait};
use wechat_material::{AccessToken, ClientError, RetryPolicy, Transport};

use super::Client;
use crate::source::SourceError;

pub(super) struct Tokens {
    state: Mutex<State>,
    /// Notified when a renewal has ended or was left.
    changed: Condvar,
}

struct State {
    cache: TokenCache,
    /// A renewal that a thread has left because its own time was over.
    left: Option<TokenCall>,
}

impl Tokens {
    pub(super) fn new(cache: TokenCache) -> Self {
        Self { state: Mutex::new(State { cache, left: None }), changed: Condvar::new() }
    }

    /// No user code runs while this lock is held.
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

/// A renewal that this thread has to drive. If a panic drops it, it is abandoned, so that the next caller begins another one.
pub(super) struct RenewalGuard<'t> {
    tokens: &'t Tokens,
    call: Option<TokenCall>,
    /// When the time of this thread's call is over.
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

    /// Leaves the renewal to the next caller that needs the token, unless another renewal has replaced it.
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
    /// Provides a machine with the token. `poll` returns until when the machine waits, if it still needs a token. Returns the
    /// renewal if this thread has to drive it, and waits if another thread drives it.
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
                // A renewal that was left for too long has been taken over, and is dropped here.
                return Some(RenewalGuard { tokens, call: begun.or(left), until });
            }
            let waited = tokens.changed.wait_timeout(state, until.since(now));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            now = self.now();
        }
    }

    /// Drives a renewal until it ends or this caller's time is over.
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
                    // One nanosecond more: the time is over only after its last moment.
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
