//! Counters of what happens to calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use wechat_material::{ClientEvent, EventKind};

/// Counts by the name of the call and what happened. The number of calls that failed is that of the calls less that of the
/// answers.
#[derive(Clone, Default)]
struct Metrics(Arc<Mutex<BTreeMap<(&'static str, &'static str), u64>>>);

impl Metrics {
    fn count(&self, event: &ClientEvent) {
        let what = match event.kind {
            EventKind::Attempt if event.attempt == 1 => "calls",
            EventKind::Attempt => "retries",
            EventKind::Answer { .. } => "answers",
            EventKind::Failure { kind, .. } => kind,
            _ => return,
        };
        *self.0.lock().unwrap().entry((event.call, what)).or_default() += 1;
    }

    fn print(&self) -> String {
        let counts = self.0.lock().unwrap();
        counts.iter().map(|((call, what), count)| format!("{call} {what} {count}\n")).collect()
    }
}

mod tests {
    use wechat_material_testkit::{Emulator, Quirk, TestClock};

    use super::*;
    use crate::builder;

    #[test]
    fn calls_answers_failures_and_retries_are_counted_by_call() {
        let (emulator, metrics) = (Emulator::start().unwrap(), Metrics::default());
        let counting = metrics.clone();
        let client =
            builder(&emulator).clock(TestClock::new()).on_event(move |event| counting.count(event)).build();
        client.count_materials().unwrap();
        client.get_material("IMAGE-01").unwrap();
        emulator.misbehave_next(2, Quirk::BadGateway);
        client.get_material("IMAGE-01").unwrap();
        client.get_material("NO-SUCH-ID").unwrap_err();
        let expected = "\
            get_material answers 2\n\
            get_material calls 3\n\
            get_material fault 1\n\
            get_material retries 2\n\
            get_material status 2\n\
            get_materialcount answers 1\n\
            get_materialcount calls 1\n\
            stable_token answers 1\n\
            stable_token calls 1\n";
        assert_eq!(metrics.print(), expected);
    }
}
