//! The token that tasks share: every call that needs it drives its renewal.

use std::future::poll_fn;
use std::mem;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use wechat_material::driver::{
    MaybeSend, MaybeSync, Moment, Runtime, TokenAction, TokenCache, TokenCall, TokenWait,
};
use wechat_material::{AccessToken, AsyncTransport, ClientError, RetryPolicy};

use super::renewing::{Place, Polled, SharedRenewal};
use super::{Client, Inner};
use crate::source::SourceError;

pub(super) struct Tokens {
    state: Mutex<State>,
}

struct State {
    cache: TokenCache,
    under_way: Option<UnderWay>,
}

/// The renewal that is under way, and how many calls drive it.
struct UnderWay {
    renewing: Arc<SharedRenewal>,
    waiting: usize,
    /// When the last call that drove it was dropped or stopped waiting.
    left: Option<Moment>,
}

/// A renewal that no call has polled for longer than this is replaced by another one.
const MAX_UNPOLLED: Duration = Duration::from_secs(10);

impl Tokens {
    pub(super) fn new(cache: TokenCache) -> Self {
        Self { state: Mutex::new(State { cache, under_way: None }) }
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

impl<T: AsyncTransport + MaybeSend + MaybeSync + 'static> Client<T> {
    pub(super) fn now(&self) -> Moment {
        self.inner.runtime().now()
    }

    /// Provides a machine with the token. `poll` returns until when the machine waits, if it still needs a token. Returns the
    /// renewal to wait for then, after beginning one if none is under way.
    pub(super) fn lease(
        &self,
        now: Moment,
        poll: impl FnOnce(&mut TokenCache, Moment) -> Option<Moment>,
    ) -> Option<RenewalWait<'_>> {
        let mut state = self.tokens.lock();
        let until = poll(&mut state.cache, now)?;
        let left = state.under_way.as_ref().and_then(|under_way| under_way.left);
        if let (Some(renewal), true) =
            (state.cache.renewal(), left.is_some_and(|left| now.since(left) > MAX_UNPOLLED))
        {
            state.cache.abandon(renewal);
        }
        let begun = state.cache.begin(now).map(|renewal| {
            let call = self.inner.token_call(renewal, now);
            let future = Box::pin(renew(Arc::clone(&self.inner), Arc::downgrade(&self.tokens), call));
            UnderWay { renewing: Arc::new(SharedRenewal::new(future)), waiting: 0, left: None }
        });
        // A renewal that takes too long is taken over.
        let replaced = if begun.is_some() { mem::replace(&mut state.under_way, begun) } else { None };
        let State { cache, under_way } = &mut *state;
        let joined = under_way.as_mut().map(|under_way| {
            under_way.waiting += 1;
            under_way.left = None;
            if let Some(renewal) = cache.renewal() {
                cache.join(renewal);
            }
            Arc::clone(&under_way.renewing)
        });
        drop(state);
        if let Some(replaced) = replaced {
            replaced.renewing.wake_all();
        }
        joined.map(|renewing| {
            let place = renewing.place();
            RenewalWait { tokens: &self.tokens, runtime: &**self.inner.runtime(), renewing, place, until }
        })
    }
}

/// A call's wait for a renewal. When it is dropped, the renewal is left to the other calls, or to the next one.
pub(super) struct RenewalWait<'t> {
    tokens: &'t Tokens,
    runtime: &'t dyn Runtime,
    renewing: Arc<SharedRenewal>,
    place: Place,
    until: Moment,
}

impl RenewalWait<'_> {
    /// Drives the renewal until it ends or the call's time is over.
    pub(super) async fn wait(self) {
        let mut time_is_over = self.runtime.sleep(self.until.since(self.runtime.now()));
        poll_fn(|context| match self.poll(context) {
            Poll::Pending => time_is_over.as_mut().poll(context),
            Poll::Ready(()) => Poll::Ready(()),
        })
        .await;
    }

    fn poll(&self, context: &Context<'_>) -> Poll<()> {
        if !self.is_under_way() {
            return Poll::Ready(());
        }
        match self.renewing.poll(self.place, context) {
            Polled::Pending => Poll::Pending,
            Polled::Ended => {
                self.end();
                Poll::Ready(())
            }
            Polled::Panicked(panic) => {
                self.end();
                resume_unwind(panic)
            }
        }
    }

    /// Whether no other renewal has replaced it.
    fn is_under_way(&self) -> bool {
        let state = self.tokens.lock();
        state.under_way.as_ref().is_some_and(|under_way| Arc::ptr_eq(&under_way.renewing, &self.renewing))
    }

    /// Removes the renewal, unless another one has replaced it. If it has ended without a result, by a panic, it is
    /// abandoned.
    fn end(&self) {
        let mut state = self.tokens.lock();
        let ended = state.under_way.take_if(|under_way| Arc::ptr_eq(&under_way.renewing, &self.renewing));
        if let Some(renewal) = ended.as_ref().and_then(|_| state.cache.renewal()) {
            state.cache.abandon(renewal);
        }
        drop(state);
        drop(ended);
    }
}

impl Drop for RenewalWait<'_> {
    fn drop(&mut self) {
        self.renewing.forget(self.place);
        // The clock is user code, which must not run while the lock is held.
        let now = self.runtime.now();
        let mut state = self.tokens.lock();
        let State { cache, under_way } = &mut *state;
        let Some(under_way) = under_way else { return };
        if !Arc::ptr_eq(&under_way.renewing, &self.renewing) {
            return;
        }
        under_way.waiting -= 1;
        if under_way.waiting == 0 {
            under_way.left = Some(now);
            if let Some(renewal) = cache.renewal() {
                cache.leave(renewal);
            }
        }
    }
}

/// Drives a renewal to its end. It has only a weak reference to the tokens, as they own this future.
async fn renew<T: AsyncTransport>(inner: Arc<Inner<T>>, tokens: Weak<Tokens>, mut call: TokenCall) {
    loop {
        let now = inner.runtime().now();
        let Some(shared) = tokens.upgrade() else { return };
        let action = call.poll(&mut shared.lock().cache, now);
        drop(shared);
        inner.report(|| call.next_event());
        match action {
            TokenAction::Finish => return,
            TokenAction::Send(request) => match inner.transport.send(request).await {
                Ok(response) => call.handle_response(response, inner.runtime().now()),
                Err(error) => call.handle_failure(error, inner.runtime().now()),
            },
            TokenAction::Obtain => {
                let issued = match inner.custom().zip(call.renewal()) {
                    Some((source, renewal)) => source.obtain(renewal).await,
                    None => Err(SourceError::from("there is no source of tokens")),
                };
                call.handle_issued(issued, inner.runtime().now());
            }
            TokenAction::Sleep { until } => {
                let time = until.since(inner.runtime().now());
                inner.runtime().sleep(time).await;
            }
        }
        inner.report(|| call.next_event());
    }
}
