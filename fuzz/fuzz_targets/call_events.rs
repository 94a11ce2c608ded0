//! Input: a script of events for calls that share a token.
//!
//! It contains the margin of the token, its source, the number of calls, four digits for each call, and three bytes for each
//! event: the event, the call, and the details. In `201 5420 s0. n08 a0t`, one call for an asset starts, gets a new token for
//! two hours, and is refused with 40001. Any bytes are a valid script. The property documents the format.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wechat_material_tests::check_call_events;

fuzz_target!(|script: &[u8]| {
    let _ = check_call_events(script);
});
