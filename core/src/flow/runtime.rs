//! Clocks and timers, as traits: what a client needs of the world besides a transport.

use std::pin::Pin;
use std::time::Duration;

use super::Moment;
use crate::transport::{MaybeSend, MaybeSync};

/// What an async client needs of a runtime: a clock and a timer. With one of your own, code can be tested without sleeping.
pub trait Runtime: MaybeSend + MaybeSync {
    /// The time since an origin of the runtime's choice. It never goes back.
    fn now(&self) -> Moment;

    /// Waits until [`now`](Self::now) is this much later.
    fn sleep(&self, time: Duration) -> Sleep;
}

/// A wait.
#[cfg(not(target_arch = "wasm32"))]
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A wait.
#[cfg(target_arch = "wasm32")]
pub type Sleep = Pin<Box<dyn Future<Output = ()>>>;

/// What a blocking client needs: a clock, and a way to sleep. With one of your own, code can be tested without sleeping.
pub trait Clock: Send + Sync {
    /// The time since an origin of the clock's choice. It never goes back.
    fn now(&self) -> Moment;

    /// Blocks the thread until [`now`](Self::now) is this much later.
    fn sleep(&self, time: Duration);
}
