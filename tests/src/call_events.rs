//! The properties of calls that share a token, for any sequence of events.
//!
//! This drives the calls like a driver, with a clock that a script controls. Ledgers, which are written from the rules and
//! not from the implementation, compute what the calls must do: [`attempts`] and [`budget`] for each call, [`tokens`] for
//! the token, [`renewing`] for its renewals, [`lists`] for the pages of a list.

mod attempts;
mod budget;
mod caller;
mod kind;
mod lists;
mod machine;
mod reached;
mod renewing;
mod replies;
mod run;
mod script;
mod tokens;
mod world;

pub use reached::Reached;

use run::Run;
use script::Script;

/// Runs a script of events for up to eight calls that share a token, and checks what the calls do.
///
/// In a script, time passes and the clock goes backwards; answers arrive whole, in chunks or incomplete; requests fail;
/// renewals succeed, fail, return the same token, are left, joined, abandoned or taken over; callers ask for another token;
/// calls are dropped; sinks fail; drivers report events that cannot happen. The checks are:
///
/// - A call starts nothing after its time is over, unless an early renewal has delayed it. It makes no more attempts than
///   its policy allows, and never two without an event in between. It waits no longer than the policy allows, or than
///   `Retry-After` or a minute plus a quarter of it. It renews its token at most once.
/// - A wrong event ends the call with an error that says so. Nothing changes after the end of a call.
/// - Every request carries the current token. At most one renewal is in progress, and a renewal that was taken over has no
///   effect. A call that has waited for a failed renewal returns the cause of the failure, unless the token that was to be
///   replaced can still be used. There are at most 20 forced renewals a day, at least 30 seconds apart.
/// - A sink is rewound only if it holds something, and it holds exactly the file when the call succeeds.
/// - A walk through a list ends, lists nothing twice, and fails on a page without new items.
///
/// Any bytes are a valid script. White space is skipped. Only the last three or four bits of a digit and the last five bits
/// of a letter are used. After the end of a script, every byte is read as 0.
///
/// | bytes | meaning |
/// | --- | --- |
/// | 1 | the margin of the token: 0, 1 s, 3 min, 5 min, 1 h, 1 day, 1 ns, the maximum |
/// | 1 | the source of the token: 0 stable, 1 classic, 2 custom, 3 fixed, 4 without an app id |
/// | 1 | the number of calls: 1 to 7, and 0 for 8 |
/// | 4 for each call | the maximum number of attempts: 0, 1, 2, 3, 5, 8, 40, unlimited |
/// | | the time for the call: 0, 1 s, 10 s, 1 min, 2 min, 1 h, 1 day, the maximum |
/// | | the first and the longest wait: none, 1 ns, ½ to 20 s, 20 to ½ s, 1 s to 1 h, 0 to the maximum, the maximum to 0, the maximum |
/// | | (same byte) the longest wait that a server can ask for: 5 min, 65 s, 5 min, 0, 1 h, 5 min, the maximum, 1 ns |
/// | | what it asks for: 0 an asset, 2 counts, 4 a list page by page, 6 a file from a custom endpoint; plus 1: streamed |
/// | 3 for each event | the event, the number of the call or renewal, and the details |
///
/// | event | meaning | details |
/// | --- | --- | --- |
/// | `s` | the call starts, or is polled if it is due; `S` in two steps | |
/// | `a` | its answer or the rest of it arrives | a letter of `call_events/replies/rows.rs`; upper case adds a `Retry-After` |
/// | `c`, `g` | the head of its answer arrives; more of its body or the end arrives | the letter; the number of bytes |
/// | `k` | the connection breaks | `c`, `f`, `i`, `m` |
/// | `r`, `z`, `i` | the sink has rewound; cannot rewind; fails | |
/// | `u` | the driver reports an event that cannot happen | 0 to 6: which event; 7: the call is polled |
/// | `w`, `d` | time passes until its wait is over; it is dropped | |
/// | `n`, `o` | the renewal returns a new token; the previous token | its lifetime, as for `t`; `?` for none |
/// | `f` | the renewal gets another answer | as for `a` |
/// | `m`, `v` | it is polled; time passes until its wait is over | |
/// | `l`, `j` | its driver leaves it; a driver joins it again | |
/// | `x`, `y` | it is abandoned; it is dropped without a report | |
/// | `q` | a caller asks for another token | |
/// | `t`, `b` | time passes; the clock goes backwards | 0, 1 ms, 1 s, 5 s, 30 s, 1, 2 min, 1, 2 h, 1 day; more values from `:` on |
/// | others | all calls are polled | |
///
/// After an event, the call or renewal is polled. After the end of a renewal, the calls that wait for it are polled. Neither
/// happens after an event in upper case.
///
/// # Panics
///
/// Panics if a check fails.
pub fn check_call_events(script: &[u8]) -> Reached {
    // Printing everything takes time, so only some of the scripts are checked thoroughly.
    let digest =
        script.iter().fold(0_u32, |digest, byte| digest.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    if digest % 64 == 0 { check_call_events_thoroughly(script) } else { run(script, false).0 }
}

/// Like [`check_call_events`], with two more checks: nothing printed contains a token, a secret or the text of a response,
/// and the same script and seeds lead to the same actions, whether events are recorded or not.
///
/// # Panics
///
/// Panics if a check fails.
pub fn check_call_events_thoroughly(script: &[u8]) -> Reached {
    let (reached, actions) = run(script, false);
    assert_eq!(run(script, true), (reached, actions), "the same events led to different actions");
    reached
}

/// Runs a script. Returns the situations that it reached, and a digest of all actions.
fn run(script: &[u8], is_thorough: bool) -> (Reached, u64) {
    let mut script = Script::new(script);
    let (margin, source) = (script.margin(), script.source());
    let calls = script.calls();
    let mut run = Run::new(margin, source, &calls, is_thorough);
    script.for_each(|line| run.event(&line));
    run.end()
}
