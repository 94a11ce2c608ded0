//! Input: any bytes, as a `Content-Disposition`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wechat_material::ContentDisposition;
use wechat_material_fuzz::within_bounds;
use wechat_material_tests::properties;

fuzz_target!(|value: &[u8]| {
    properties::check_file_name(value);
    within_bounds(value, 1000, || ContentDisposition::parse(value));
});
