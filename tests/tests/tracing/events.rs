//! The events that are reported to `tracing`.

use std::fmt::{self, Debug};
use std::sync::{Mutex, Once};

/// Records everything that any test of the program reports to `tracing`.
pub(crate) struct Events;

static EVENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl Events {
    pub(crate) fn record() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| tracing::subscriber::set_global_default(Self).unwrap());
    }

    pub(crate) fn all() -> Vec<String> {
        EVENTS.lock().unwrap().clone()
    }

    /// Returns the events that contain a text.
    pub(crate) fn containing(text: &str) -> Vec<String> {
        Self::all().into_iter().filter(|event| event.contains(text)).collect()
    }
}

struct Fields(String);

impl tracing::field::Visit for Fields {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn Debug) {
        use fmt::Write;
        match field.name() {
            // Their values differ in each run.
            name @ ("duration" | "time") => write!(self.0, " {name}").unwrap(),
            name => write!(self.0, " {name}={value:?}").unwrap(),
        }
    }
}

impl tracing::Subscriber for Events {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        let mut fields = Fields(span.metadata().name().to_owned());
        span.record(&mut fields);
        EVENTS.lock().unwrap().push(fields.0);
        tracing::span::Id::from_u64(1)
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields(event.metadata().level().to_string());
        event.record(&mut fields);
        EVENTS.lock().unwrap().push(fields.0);
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}
