//! Waiting is told, so that nobody wonders what the program does.

use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, Ordering};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use wechat_material::ErrorCode;

use crate::output::note;

/// From now on, stderr says when a client waits for long.
pub(super) fn tell() {
    // There is one already if this was called before.
    let _ = tracing::subscriber::set_global_default(Waits::default());
}

/// Waits of fewer seconds are not worth a word.
const LONG: u64 = 3;

/// Listens to what clients tell `tracing`.
#[derive(Default)]
struct Waits {
    /// The `errcode` of the last failure; 0 if it had none.
    code: AtomicI64,
}

impl Subscriber for Waits {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("wechat_material_ureq") && *metadata.level() <= Level::INFO
    }

    fn event(&self, event: &Event<'_>) {
        let mut told = Told::default();
        event.record(&mut told);
        match told.message.as_str() {
            "failure" => self.code.store(told.code, Ordering::Relaxed),
            "retry" if told.seconds >= LONG => {
                let code = ErrorCode(self.code.load(Ordering::Relaxed));
                let reason = code.meaning().unwrap_or("there is no answer yet");
                note(&format!("{reason}: trying again in {} seconds", told.seconds));
            }
            _ => {}
        }
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

/// The fields of an event.
#[derive(Default)]
struct Told {
    message: String,
    code: i64,
    seconds: u64,
}

impl Visit for Told {
    fn record_i64(&mut self, field: &Field, value: i64) {
        if field.name() == "code" {
            self.code = value;
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            // A duration: `60s`, but `2ms`.
            "time" => {
                let time = format!("{value:.0?}");
                self.seconds =
                    time.strip_suffix('s').and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
            }
            _ => {}
        }
    }
}
