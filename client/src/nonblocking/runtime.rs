//! Tokio's clock and timer.

use std::sync::Arc;
use std::time::Duration;

use wechat_material::driver::{Moment, Runtime, Sleep};

use crate::builder::NoRuntime;

/// Tokio's clock and timer, the default of an async client with the feature `tokio`. Sleeping needs a tokio runtime with
/// time enabled.
#[derive(Clone, Copy, Debug)]
pub struct TokioRuntime {
    origin: tokio::time::Instant,
}

impl TokioRuntime {
    /// A clock that starts at zero now.
    pub fn new() -> Self {
        Self { origin: tokio::time::Instant::now() }
    }
}

impl Default for TokioRuntime {
    fn default() -> Self {
        Self::new()
    }
}

impl Runtime for TokioRuntime {
    fn now(&self) -> Moment {
        Moment(self.origin.elapsed())
    }

    fn sleep(&self, time: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(time))
    }
}

impl From<NoRuntime> for Arc<dyn Runtime> {
    fn from(_: NoRuntime) -> Self {
        Arc::new(TokioRuntime::new())
    }
}
