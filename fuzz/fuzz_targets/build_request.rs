//! Input: three lines with a base URL, a token and a media id.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wechat_material_fuzz::within_bounds;
use wechat_material_tests::properties;

fuzz_target!(|input: &str| {
    let mut lines = input.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (base, token, media_id) = (line(), line(), line());
    within_bounds(input.as_bytes(), 1000, || {
        properties::check_request(base, token, media_id);
    });
});
