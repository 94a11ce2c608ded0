//! A clock for tests. Its waits take no time.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use wechat_material::driver::{Clock, Moment, Runtime, Sleep};

/// A clock whose waits take no time, for tests of code that retries.
///
/// Use it as the [`Clock`] of a blocking client (`blocking::ClientBuilder::clock`) or as the [`Runtime`] of an async one
/// (`ClientBuilder::runtime`). Its time does not change until something sleeps or the test calls
/// [`advance`](Self::advance). Clones are cheap and share the same time.
///
/// A blocking sleep moves the clock forward and returns immediately. An async sleep ends when the clock reaches its end.
/// [`block_on`](Self::block_on) moves the clock forward while it runs a future:
///
/// ```
/// use std::time::Duration;
/// use wechat_material::driver::Runtime;
/// use wechat_material_testkit::TestClock;
///
/// let clock = TestClock::new();
/// let minute = Duration::from_secs(60);
/// let answer = clock.block_on(async {
///     clock.sleep(minute).await;
///     "awake"
/// });
/// assert_eq!((answer, clock.waits()), ("awake", vec![minute]));
/// ```
#[derive(Clone, Default)]
pub struct TestClock(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    now: Moment,
    waits: Vec<Duration>,
    /// The async sleeps that were polled and have not ended, by number.
    sleepers: BTreeMap<u64, (Moment, Waker)>,
    sleeps: u64,
}

impl TestClock {
    /// Creates a clock that starts at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// The current time of this clock.
    pub fn now(&self) -> Moment {
        self.lock().now
    }

    /// Moves the clock forward, and ends the sleeps that are over at the new time.
    pub fn advance(&self, time: Duration) {
        let until = self.now().after(time);
        self.advance_to(until);
    }

    /// Returns the length of every sleep that has ended, in order. Sleeps of zero length and sleeps that were dropped early
    /// are not included.
    pub fn waits(&self) -> Vec<Duration> {
        self.lock().waits.clone()
    }

    /// Runs a future to completion. When nothing wakes the future, the clock moves to the end of the earliest sleep.
    ///
    /// The future may only wait for this clock. An example is a call of a client whose transport is a closure that returns
    /// immediately. Futures that use sockets, or that another thread wakes, do not work.
    ///
    /// # Panics
    ///
    /// Panics if the future waits for anything other than this clock.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        loop {
            while woken.0.swap(false, Ordering::SeqCst) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return output;
                }
            }
            let earliest = self.lock().sleepers.values().map(|(until, _)| *until).min();
            let Some(until) = earliest else {
                panic!(
                    "the future waits for something other than this clock: use a transport that returns immediately, \
                     or another runtime"
                );
            };
            self.advance_to(until);
        }
    }

    /// Wakers run user code, so this wakes them after it has released the lock.
    fn advance_to(&self, until: Moment) {
        let mut state = self.lock();
        state.now = state.now.max(until);
        let now = state.now;
        let over: Vec<_> = state.sleepers.values().filter(|(until, _)| *until <= now).cloned().collect();
        drop(state);
        for (_, waker) in over {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        self.now()
    }

    fn sleep(&self, time: Duration) {
        self.advance(time);
        self.lock().slept(time);
    }
}

impl Runtime for TestClock {
    fn now(&self) -> Moment {
        self.now()
    }

    fn sleep(&self, time: Duration) -> Sleep {
        let mut state = self.lock();
        state.sleeps += 1;
        let (number, until) = (state.sleeps, state.now.after(time));
        Box::pin(Sleeping { clock: self.clone(), number, time, until })
    }
}

impl State {
    fn slept(&mut self, time: Duration) {
        if !time.is_zero() {
            self.waits.push(time);
        }
    }
}

impl fmt::Debug for TestClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TestClock").field(&self.now()).finish()
    }
}

/// A sleep.
struct Sleeping {
    clock: TestClock,
    number: u64,
    time: Duration,
    until: Moment,
}

impl Future for Sleeping {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let waker = context.waker().clone();
        let mut state = self.clock.lock();
        let before = if state.now < self.until {
            state.sleepers.insert(self.number, (self.until, waker))
        } else {
            state.slept(self.time);
            state.sleepers.remove(&self.number)
        };
        let is_over = state.now >= self.until;
        drop(state);
        drop(before);
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Sleeping {
    fn drop(&mut self) {
        let before = self.clock.lock().sleepers.remove(&self.number);
        drop(before);
    }
}

/// Whether the future was woken.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
