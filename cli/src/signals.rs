//! The signals that ask the program to end: Ctrl-C, and on Unix SIGTERM and SIGHUP too.
//!
//! A thread handles the first of them: it removes what is unfinished, and ends the program with the exit code that a
//! shell has for the signal. A signal that comes when the file has its name removes nothing.

use std::io;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use wechat_material_ureq::remove_unfinished_downloads;

use crate::failure::Failure;

static IS_ENDING: AtomicBool = AtomicBool::new(false);

/// Handles signals from now on.
pub(crate) fn handle() -> Result<(), Failure> {
    start_thread().map_err(|error| Failure::refused("signals cannot be handled").because(&error))
}

/// Does not return if a signal is about to end the program: what fails because of that is not reported.
pub(crate) fn wait_if_ending() {
    while IS_ENDING.load(Ordering::SeqCst) {
        thread::park();
    }
}

fn end(signal: i32) -> ! {
    IS_ENDING.store(true, Ordering::SeqCst);
    remove_unfinished_downloads();
    process::exit(128 + signal)
}

#[cfg(unix)]
fn start_thread() -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let ignored = ignored();
    let handled = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
    let mut signals = Signals::new(handled)?;
    thread::Builder::new().spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end(signal)
        }
    })?;
    Ok(())
}

/// The signals that the program was started to ignore, as `nohup` does; a bit for each, from 1. No system but Linux
/// says so without unsafe code.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

#[cfg(not(unix))]
fn start_thread() -> io::Result<()> {
    use std::sync::Arc;
    use std::time::Duration;

    use signal_hook::consts::SIGINT;

    let pressed = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGINT, Arc::clone(&pressed))?;
    thread::Builder::new().spawn(move || {
        // There is nothing to wait on. Nobody notices a tenth of a second.
        while !pressed.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(100));
        }
        end(SIGINT)
    })?;
    Ok(())
}
