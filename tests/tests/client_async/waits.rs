//! A runtime whose waits take no time.

use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wechat_material::driver::{Moment, Runtime, Sleep};

/// A runtime whose sleeps end immediately and move its clock forward. It records them.
///
/// A sleep of ten seconds or more never ends: such a sleep is the limit of a wait for the token. The retries in these tests
/// wait for less.
#[derive(Clone, Default)]
pub(crate) struct Waits(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    now: Moment,
    waits: Vec<Duration>,
}

impl Waits {
    /// Returns the waits since the last call of this method.
    pub(crate) fn take(&self) -> Vec<Duration> {
        std::mem::take(&mut self.0.lock().unwrap().waits)
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, time: Duration) {
        let mut state = self.0.lock().unwrap();
        state.now = state.now.after(time);
    }
}

impl Runtime for Waits {
    fn now(&self) -> Moment {
        self.0.lock().unwrap().now
    }

    fn sleep(&self, time: Duration) -> Sleep {
        if time >= Duration::from_secs(10) {
            return Box::pin(pending());
        }
        let mut state = self.0.lock().unwrap();
        state.now = state.now.after(time);
        state.waits.push(time);
        Box::pin(ready(()))
    }
}
