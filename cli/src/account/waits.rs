//! Long waits are reported on stderr, so that nobody wonders what the program does.

use std::sync::atomic::{AtomicI64, Ordering};

use wechat_material::{ClientEvent, ErrorCode, EventKind};

use crate::output::note;

/// Waits of fewer seconds are not worth a word.
const LONG: u64 = 3;

/// Reports when a client waits for long, and why.
pub(super) fn reporter() -> impl Fn(&ClientEvent) + Send + Sync {
    // The `errcode` of the last failure; 0 if it had none.
    let last_code = AtomicI64::new(0);
    move |event| match event.kind {
        EventKind::Failure { code, .. } => {
            last_code.store(code.map_or(0, |code| code.0), Ordering::Relaxed);
        }
        EventKind::Wait { time, .. } if time.as_secs() >= LONG => {
            let code = ErrorCode(last_code.load(Ordering::Relaxed));
            let reason = code.meaning().unwrap_or("there is no answer yet");
            note(&format!("{reason}: trying again in {} seconds", time.as_secs()));
        }
        _ => {}
    }
}
