//! A mutator that keeps a response right but for one thing, half of the time.

use libfuzzer_sys::fuzzer_mutate;
use wechat_material_testkit::one_change;

/// Mutates a recording of this size in place, and gives its new size.
pub fn mutated(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    if seed % 2 == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let changed = one_change(&data[..size], u64::from(seed / 2));
    let size = changed.len().min(max_size);
    data[..size].copy_from_slice(&changed[..size]);
    size
}

/// The same with a recording that has a line in front of it.
pub fn mutated_behind_a_line(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    match data[..size].iter().position(|byte| *byte == b'\n') {
        Some(end) if seed % 4 != 0 => {
            let line = end + 1;
            line + mutated(&mut data[line..], size - line, max_size - line, seed)
        }
        Some(_) | None => fuzzer_mutate(data, size, max_size),
    }
}
