//! The lengths of chunks on one line, and behind it a response as `parse_response` takes it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wechat_material_testkit::{properties, recorded};

fuzz_target!(|chunked: &[u8]| {
    if let Some((lengths, recording)) = recorded::chunked(chunked)
        && let Ok(response) = recorded::read(recording)
    {
        properties::hold_in_chunks(&response, &lengths);
    }
});
