//! How a client waits before it tries again.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

/// A way to wait: [`ClientBuilder::timer`](crate::ClientBuilder::timer) makes it of a function.
pub struct Timer(Box<dyn Fn(Duration) -> Waiting + Send + Sync>);

type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// No timer was chosen. With the feature `tokio` a client waits with `tokio::time::sleep` then, which wants a tokio
/// runtime whose time is enabled; without it, a [`Client`](crate::Client) cannot be built so.
#[derive(Clone, Copy, Debug)]
pub struct Untimed;

impl Timer {
    pub(super) fn new<F, R>(timer: F) -> Self
    where
        F: Fn(Duration) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        Self(Box::new(move |time| Box::pin(timer(time))))
    }

    pub(super) fn wait(&self, time: Duration) -> impl Future<Output = ()> + Send + use<> {
        (self.0)(time)
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Timer")
    }
}

#[cfg(feature = "tokio")]
impl From<Untimed> for Timer {
    fn from(_: Untimed) -> Self {
        Self::new(tokio::time::sleep)
    }
}
