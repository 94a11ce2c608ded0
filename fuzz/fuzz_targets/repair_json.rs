//! Any bytes: the value of a field.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wechat_material_testkit::properties;

fuzz_target!(|input: &[u8]| properties::reads_as_serde_json_reads_it_or_says_where_not(input));
