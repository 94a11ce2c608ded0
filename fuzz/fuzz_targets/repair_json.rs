//! Input: any bytes, as the value of a field.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use wechat_material::http::Response;
use wechat_material::{CountMaterials, Endpoint};
use wechat_material_fuzz::{mutate, within_bounds};
use wechat_material_tests::properties;

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed)
});

fuzz_target!(|field: &[u8]| {
    properties::check_json(field);
    let response = Response::new([br#"{"field":"#, field, b"}"].concat());
    within_bounds(field, 1000, || CountMaterials.parse(response));
});
