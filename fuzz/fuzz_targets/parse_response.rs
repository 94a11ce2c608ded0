//! A response, written as `curl -i` prints it: status line, headers, empty line, body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wechat_material_testkit::{properties, recorded};

fuzz_target!(|recording: &[u8]| {
    if let Ok(response) = recorded::read(recording) {
        properties::hold(&response);
    }
});
