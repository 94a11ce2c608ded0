//! A mutator that makes one change to a response in half of the cases.

use libfuzzer_sys::fuzzer_mutate;
use wechat_material_tests::mutate_once;

/// Mutates a recording of this size in place, and returns its new size.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    if seed % 2 == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let changed = mutate_once(&data[..size], u64::from(seed / 2));
    let size = changed.len().min(max_size);
    data[..size].copy_from_slice(&changed[..size]);
    size
}

/// Mutates a recording that follows a line.
pub fn mutate_after_a_line(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    match data[..size].iter().position(|byte| *byte == b'\n') {
        Some(end) if seed % 4 != 0 => {
            let line = end + 1;
            line + mutate(&mut data[line..], size - line, max_size - line, seed)
        }
        Some(_) | None => fuzzer_mutate(data, size, max_size),
    }
}
