//! What happens to calls that share a token, as a script of digits and letters: the margin of the token, its source, the
//! number of calls, four digits for each, and then three bytes for each event: what happens, to which call, and how. In
//! `201 5420 s0. n08 a0t` one call for an asset begins, gets a new token for two hours, and is refused with 40001. Any
//! bytes are a script: the documentation of the property says what each means.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wechat_material_tests::check_call_events;

fuzz_target!(|script: &[u8]| drop(check_call_events(script)));
