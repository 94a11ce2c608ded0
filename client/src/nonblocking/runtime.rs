//! The clock and the timer of an async client.

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use wechat_material::driver::{MaybeSend, MaybeSync, Moment};

#[cfg(feature = "tokio")]
use crate::builder::NoRuntime;

/// What an async client needs of a runtime: a clock and a timer. One of your own lets you test without sleeping.
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

/// Any runtime. Cheap to clone.
#[derive(Clone)]
pub struct BoxRuntime(Arc<dyn Runtime>);

impl BoxRuntime {
    /// Takes a runtime.
    pub fn new(runtime: impl Runtime + 'static) -> Self {
        Self(Arc::new(runtime))
    }
}

impl Deref for BoxRuntime {
    type Target = dyn Runtime;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for BoxRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxRuntime")
    }
}

/// Tokio's clock and timer. Waiting needs a runtime whose time is enabled.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug)]
pub struct TokioRuntime {
    origin: tokio::time::Instant,
}

#[cfg(feature = "tokio")]
impl TokioRuntime {
    /// Counts the time from now on.
    pub fn new() -> Self {
        Self { origin: tokio::time::Instant::now() }
    }
}

#[cfg(feature = "tokio")]
impl Default for TokioRuntime {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "tokio")]
impl Runtime for TokioRuntime {
    fn now(&self) -> Moment {
        Moment(self.origin.elapsed())
    }

    fn sleep(&self, time: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(time))
    }
}

#[cfg(feature = "tokio")]
impl From<NoRuntime> for BoxRuntime {
    fn from(_: NoRuntime) -> Self {
        Self::new(TokioRuntime::new())
    }
}
