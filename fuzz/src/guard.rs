//! Memory and stack that a piece of work takes, whatever its input.

use std::thread;

use allocation_counter::measure;

/// Does some work with an input, and sees that it allocates no more than a multiple of the input's length, at once and
/// in all (so many times it), and that it gets by with a small stack, however deep the input nests.
///
/// What the work gives back is dropped within it.
///
/// # Panics
///
/// Where it takes more memory. Too little stack ends the process.
pub fn within_bounds<T>(input: &[u8], in_all: u64, work: impl FnOnce() -> T + Send) {
    let measured = || measure(|| drop(work()));
    let taken = if nests(input) { on_a_small_stack(measured) } else { measured() };

    let length = input.len() as u64;
    // A small object takes up most; of many, core refuses what is beyond 16 bytes for each of the body's and 4 MiB.
    let at_once = (AT_ONCE * length + BESIDE).min(32 * length + (8 << 20));
    assert!(taken.bytes_max <= at_once, "{} bytes at once for {length}", taken.bytes_max);
    let in_all = in_all * length + BESIDE;
    assert!(taken.bytes_total <= in_all, "{} bytes in all for {length}", taken.bytes_total);
}

/// Bytes of memory for each byte of the input …
const AT_ONCE: u64 = 300;
/// … and whatever its length.
const BESIDE: u64 = 8 << 10;

/// Enough for as many containers inside each other as are read, with what the sanitizer adds to every frame.
const STACK: usize = 256 << 10;

/// Whether the input can take the reader deep enough to matter.
fn nests(input: &[u8]) -> bool {
    input.iter().filter(|byte| matches!(byte, b'{' | b'[')).nth(32).is_some()
}

fn on_a_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread.expect("a thread can be had").join().expect("a panic ends the process")
    })
}
