//! Limits the memory and the stack that code takes for an input.

use std::thread;

use allocation_counter::measure;

/// Runs code with an input, and checks how much memory and stack it takes.
///
/// The memory that is allocated at once is limited to a multiple of the input's length, and the memory allocated in total to
/// `factor` times the length. Deeply nested input must need only a small stack. The output is dropped inside the measurement.
///
/// # Panics
///
/// Panics if the code takes more memory. A stack overflow ends the process.
pub fn within_bounds<T>(input: &[u8], factor: u64, work: impl FnOnce() -> T + Send) {
    let measured = || measure(|| drop(work()));
    let taken = if nests(input) { on_a_small_stack(measured) } else { measured() };

    let length = input.len() as u64;
    // A small object takes the most. For many, core refuses more than 16 bytes for each byte of the body plus 4 MiB.
    let at_once = (AT_ONCE_FACTOR * length + BASE).min(32 * length + (8 << 20));
    assert!(taken.bytes_max <= at_once, "{} bytes at once for {length}", taken.bytes_max);
    let total = factor * length + BASE;
    assert!(taken.bytes_total <= total, "{} bytes in total for {length}", taken.bytes_total);
}

/// The bytes of memory at once that are allowed for each byte of the input.
const AT_ONCE_FACTOR: u64 = 300;
/// The bytes of memory that are allowed for any input.
const BASE: u64 = 8 << 10;

/// The size of the small stack, in bytes: enough for the deepest nesting that is read, with the sanitizer's additions to every
/// frame.
const STACK: usize = 256 << 10;

/// Whether the input may be deeply nested.
fn nests(input: &[u8]) -> bool {
    input.iter().filter(|byte| matches!(byte, b'{' | b'[')).nth(32).is_some()
}

fn on_a_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread.expect("the system can start a thread").join().expect("a panic ends the process")
    })
}
