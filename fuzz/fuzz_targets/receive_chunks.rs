//! Input: a line with the lengths of the chunks, and then a response as in `parse_response`.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use wechat_material_fuzz::{mutate_after_a_line, within_bounds};
use wechat_material_tests::{properties, recorded};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate_after_a_line(data, size, max_size, seed)
});

fuzz_target!(|chunked: &[u8]| {
    if let Some((lengths, recording)) = recorded::read_chunk_lengths(chunked)
        && let Ok(response) = recorded::read(recording)
    {
        properties::check_response_in_chunks(&response, &lengths);
        within_bounds(chunked, 1000, || properties::receive_in_chunks(&response, &lengths));
    }
});
