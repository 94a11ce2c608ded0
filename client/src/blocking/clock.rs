//! The clock of a blocking client.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use wechat_material::driver::{Clock, Moment};

use super::ClientBuilder;

/// The clock of the system, the default of a client.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// A clock that starts at zero now.
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment(self.origin.elapsed())
    }

    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }
}

impl<T> ClientBuilder<T> {
    /// Sets the clock of the client: [`SystemClock`] by default. A thread that waits for a renewal in another thread does not
    /// sleep on this clock: it is woken when the renewal ends.
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { runtime: Arc::new(clock), ..self }
    }
}
