//! Clocks and timers, as traits.

use std::pin::Pin;
use std::time::Duration;

use super::Moment;
use crate::transport::{MaybeSend, MaybeSync};

/// The clock and timer of an async client. With your own, you can test code without sleeping.
pub trait Runtime: MaybeSend + MaybeSync {
    /// The time since an origin that the runtime chooses. It never goes back.
    fn now(&self) -> Moment;

    /// Waits until [`now`](Self::now) is this much later.
    fn sleep(&self, time: Duration) -> Sleep;
}

/// The future of [`Runtime::sleep`].
#[cfg(not(target_arch = "wasm32"))]
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The future of [`Runtime::sleep`].
#[cfg(target_arch = "wasm32")]
pub type Sleep = Pin<Box<dyn Future<Output = ()>>>;

/// The clock of a blocking client, and its way to sleep. With your own, you can test code without sleeping.
pub trait Clock: Send + Sync {
    /// The time since an origin that the clock chooses. It never goes back.
    fn now(&self) -> Moment;

    /// Blocks the thread until [`now`](Self::now) is this much later.
    fn sleep(&self, time: Duration);
}
