//! The listener to the events of a client.

use wechat_material::ClientEvent;
#[cfg(feature = "tracing")]
use wechat_material::EventKind;

/// The function that a client reports its events to. With the feature `tracing`, they are logged too.
#[derive(Default)]
pub(crate) struct Listener(Option<Box<Callback>>);

type Callback = dyn Fn(&ClientEvent) + Send + Sync;

impl Listener {
    pub(crate) fn new(listener: impl Fn(&ClientEvent) + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(listener)))
    }

    pub(crate) fn is_listening(&self) -> bool {
        self.0.is_some() || cfg!(feature = "tracing")
    }

    pub(crate) fn notify(&self, event: &ClientEvent) {
        #[cfg(feature = "tracing")]
        trace(event);
        if let Some(listener) = &self.0 {
            listener(event);
        }
    }
}

#[cfg(feature = "tracing")]
fn trace(event: &ClientEvent) {
    let ClientEvent { call, subject, attempt, elapsed: duration, kind, .. } = event;
    match kind {
        EventKind::Attempt => tracing::debug!(call, subject, attempt, "request"),
        EventKind::Answer { evidence, repairs } => {
            let evidence = evidence.as_ref().map(tracing::field::debug);
            tracing::debug!(call, subject, attempt, ?duration, evidence, repairs = repairs.len(), "answer");
        }
        EventKind::Failure { kind, code, rid } => {
            let (code, rid) = (code.map(|code| code.0), rid.as_deref());
            tracing::warn!(call, subject, attempt, ?duration, kind, code, rid, "failure");
        }
        EventKind::Wait { time, reason } => tracing::info!(call, subject, attempt, ?time, ?reason, "retry"),
        EventKind::Renewal { refused, early, forced } => tracing::info!(refused, early, forced, "renewal"),
        _ => {}
    }
}
