//! Long waits are reported on stderr.

use std::sync::atomic::{AtomicI64, Ordering};

use wechat_material::{ClientEvent, ErrorCode, EventKind};

use crate::output::note;

/// Shorter waits, in seconds, are not reported.
const MIN_REPORTED: u64 = 3;

/// Reports when a client waits for long, and why.
pub(super) fn reporter() -> impl Fn(&ClientEvent) + Send + Sync {
    // The `errcode` of the last failure; 0 if it had none.
    let last_code = AtomicI64::new(0);
    move |event| match event.kind {
        EventKind::Failure { code, .. } => {
            last_code.store(code.map_or(0, |code| code.0), Ordering::Relaxed);
        }
        EventKind::Wait { time, .. } if time.as_secs() >= MIN_REPORTED => {
            let code = ErrorCode(last_code.load(Ordering::Relaxed));
            let reason = code.meaning().unwrap_or("no answer yet");
            note(&format!("{reason}: retrying in {} seconds", time.as_secs()));
        }
        _ => {}
    }
}
