//! Input: a response in the format of `curl -i`: status line, headers, empty line, body.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use wechat_material::{Endpoint, GetMaterial};
use wechat_material_fuzz::{mutate, within_bounds};
use wechat_material_tests::{properties, recorded};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed)
});

fuzz_target!(|recording: &[u8]| {
    if let Ok(response) = recorded::read(recording) {
        properties::check_response(&response);
        within_bounds(recording, 1000, || GetMaterial::new("MEDIA_ID").parse(response));
    }
});
