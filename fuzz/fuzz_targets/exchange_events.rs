//! What happens to calls that share a token, as a script of digits and letters: the session's margin, the number of calls,
//! four digits for the policy of each, and then three bytes for each event: what happens, to which call, and how. In
//! `21 5421 s0. n08 a0t` one call of the usual policy starts, gets a new token for two hours, and is refused with
//! 40001. Any bytes are a script: the property says what each means.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wechat_material_fuzz::within_bounds;
use wechat_material_testkit::properties;

fuzz_target!(|script: &[u8]| {
    // With the books that the property keeps of every event.
    within_bounds(script, 4000, || properties::calls_share_a_token_whatever_happens(script));
});
