//! The signals that ask the program to end: Ctrl-C, and on Unix SIGTERM and SIGHUP too.

use std::io;
use std::thread;

/// From now on, the first of the signals calls this function, in a thread of its own, with the exit code that tells
/// of the signal.
#[cfg(unix)]
pub(super) fn heed(end: fn(i32) -> !) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let ignored = ignored();
    let heeded = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
    let mut signals = Signals::new(heeded)?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end(128 + signal)
        }
    })?;
    Ok(())
}

/// The signals that whoever started the program wants to be ignored, as `nohup` does; a bit for each, from 1. No
/// system but Linux tells it without unsafe code.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

/// As on Unix, for Ctrl-C alone.
#[cfg(not(unix))]
pub(super) fn heed(end: fn(i32) -> !) -> io::Result<()> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use signal_hook::consts::SIGINT;

    let pressed = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGINT, Arc::clone(&pressed))?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        // There is nothing to wait on. Nobody notices a tenth of a second.
        while !pressed.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(100));
        }
        end(128 + SIGINT)
    })?;
    Ok(())
}
