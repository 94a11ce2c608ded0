//! A renewal that is driven by whichever call needs it.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, Wake, Waker};

/// The future of a renewal, which every waiting call polls. It goes on when one of them is dropped or not polled.
pub(super) struct Renewing {
    future: Mutex<Option<BoxFuture>>,
    wakers: Arc<Wakers>,
}

#[cfg(not(target_arch = "wasm32"))]
type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send>>;
#[cfg(target_arch = "wasm32")]
type BoxFuture = Pin<Box<dyn Future<Output = ()>>>;

/// Which of the waiting calls.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u64);

/// What came of polling.
pub(super) enum Polled {
    /// The renewal goes on.
    Pending,
    /// It has ended.
    Ended,
    /// Code of the user has panicked in it. Only the first to notice gets the payload.
    Panicked(Box<dyn Any + Send>),
}

impl Renewing {
    pub(super) fn new(future: BoxFuture) -> Self {
        Self { future: Mutex::new(Some(future)), wakers: Arc::default() }
    }

    /// A place among the calls that are woken when there is something to do.
    pub(super) fn place(&self) -> Place {
        let mut state = self.wakers.lock();
        state.places += 1;
        Place(state.places)
    }

    pub(super) fn poll(&self, place: Place, context: &Context<'_>) -> Polled {
        // First, so that nothing is missed while another call polls the future.
        let replaced = {
            let waker = context.waker().clone();
            self.wakers.lock().waiting.insert(place, waker)
        };
        drop(replaced);
        let mut future = match self.future.try_lock() {
            Ok(future) => future,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // Another call polls it at this moment, and whatever wakes that one wakes this one too.
            Err(TryLockError::WouldBlock) => return Polled::Pending,
        };
        let Some(pinned) = future.as_mut() else { return Polled::Ended };
        let all = Waker::from(Arc::clone(&self.wakers));
        let polled = catch_unwind(AssertUnwindSafe(|| pinned.as_mut().poll(&mut Context::from_waker(&all))));
        let polled = match polled {
            Ok(Poll::Pending) => return Polled::Pending,
            Ok(Poll::Ready(())) => Polled::Ended,
            Err(panic) => Polled::Panicked(panic),
        };
        let ended = future.take();
        drop(future);
        drop(ended);
        self.wakers.wake_all();
        polled
    }

    /// A call goes away.
    pub(super) fn forget(&self, place: Place) {
        let waker = self.wakers.lock().waiting.remove(&place);
        drop(waker);
    }
}

/// The calls that wait. Wakers are cloned, woken and dropped outside of the lock, as they are code of the user: dropping
/// one may drop a task that waits here too.
#[derive(Default)]
struct Wakers(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    waiting: BTreeMap<Place, Waker>,
    places: u64,
}

impl Wakers {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_all(&self) {
        let waiting = std::mem::take(&mut self.lock().waiting);
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
