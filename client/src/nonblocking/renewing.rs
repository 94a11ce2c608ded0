//! A renewal, driven by every call that needs the token.

use std::any::Any;
use std::collections::BTreeMap;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, Wake, Waker};

/// The future of a renewal, which every waiting call polls. It continues if one of them is dropped or not polled.
pub(super) struct SharedRenewal {
    future: Mutex<Option<BoxFuture>>,
    wakers: Arc<Wakers>,
}

#[cfg(not(target_arch = "wasm32"))]
type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send>>;
#[cfg(target_arch = "wasm32")]
type BoxFuture = Pin<Box<dyn Future<Output = ()>>>;

/// Identifies one of the waiting calls.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u64);

/// The result of polling.
pub(super) enum Polled {
    /// The renewal has not ended.
    Pending,
    /// It has ended.
    Ended,
    /// User code has panicked in it. Only the call that polled it gets the payload.
    Panicked(Box<dyn Any + Send>),
}

impl SharedRenewal {
    pub(super) fn new(future: BoxFuture) -> Self {
        Self { future: Mutex::new(Some(future)), wakers: Arc::default() }
    }

    /// Adds a call to those that are woken when the renewal can continue.
    pub(super) fn place(&self) -> Place {
        let mut state = self.wakers.lock();
        state.places += 1;
        Place(state.places)
    }

    pub(super) fn poll(&self, place: Place, context: &Context<'_>) -> Polled {
        // Before the poll, so that no wake is missed while another call polls the future.
        let replaced = {
            let waker = context.waker().clone();
            self.wakers.lock().by_place.insert(place, waker)
        };
        drop(replaced);
        let Some(mut future) = self.try_future() else { return Polled::Pending };
        let Some(pinned) = future.as_mut() else { return Polled::Ended };
        let all = Waker::from(Arc::clone(&self.wakers));
        let polled = catch_unwind(AssertUnwindSafe(|| pinned.as_mut().poll(&mut Context::from_waker(&all))));
        let polled = match polled {
            Ok(Poll::Pending) => {
                drop(future);
                // A call that was woken in the meantime found the future locked. Its wake must not be lost.
                if mem::take(&mut self.wakers.lock().was_turned_away) {
                    self.wakers.wake_all();
                }
                return Polled::Pending;
            }
            Ok(Poll::Ready(())) => Polled::Ended,
            Err(panic) => Polled::Panicked(panic),
        };
        let ended = future.take();
        drop(future);
        self.wakers.wake_all();
        drop(ended);
        polled
    }

    /// The future, unless another call is polling it. Then that call wakes this one afterwards.
    fn try_future(&self) -> Option<MutexGuard<'_, Option<BoxFuture>>> {
        let try_lock = || match self.future.try_lock() {
            Ok(future) => Some(future),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        try_lock().or_else(|| {
            self.wakers.lock().was_turned_away = true;
            // Once more, as the other call may have read the flag before.
            try_lock()
        })
    }

    /// Wakes all waiting calls, as another renewal has replaced this one.
    pub(super) fn wake_all(&self) {
        self.wakers.wake_all();
    }

    /// Removes a call.
    pub(super) fn forget(&self, place: Place) {
        let waker = self.wakers.lock().by_place.remove(&place);
        drop(waker);
    }
}

/// The wakers of the waiting calls. They are user code, so they are cloned, woken and dropped outside the
/// lock: dropping one may drop a task that waits here too.
#[derive(Default)]
struct Wakers(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    by_place: BTreeMap<Place, Waker>,
    places: u64,
    /// Whether a call found the future locked by another one.
    was_turned_away: bool,
}

impl Wakers {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_all(&self) {
        let waiting = mem::take(&mut self.lock().by_place);
        waiting.into_values().for_each(Waker::wake);
    }
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}
