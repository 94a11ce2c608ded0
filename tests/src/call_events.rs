//! What holds for calls that share a token, whatever happens to them and in whatever order.
//!
//! This drives the calls as a driver does, with a clock that a script sets. Ledgers, which are written from the rules, say
//! what the calls have to do: [`attempts`] and [`budget`] for each call, [`tokens`] for the token, [`renewing`] for its
//! renewals, [`lists`] for the pages of a list.

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

/// Lets up to eight calls share a token while things happen to them. Time passes; answers arrive whole, in chunks or
/// incomplete; requests fail; renewals succeed, fail, bring the same token, are left, joined, abandoned or taken over; another
/// token is asked for; calls
/// are dropped; sinks fail; the clock is put back; drivers report events that cannot happen. Checks that
///
/// - a call begins nothing after its time, unless an early renewal has held it up; it makes no more attempts than its policy
///   allows and never two without an event in between; it waits no longer than the policy, or than `Retry-After` or a minute
///   and a quarter of it, and renews its token at most once;
/// - a wrong event ends the call with an error that says so, and nothing changes after its end;
/// - every request carries the token that is in use; at most one renewal is under way, and nothing of one that was taken
///   over counts; a call that has waited for a failed renewal gets its cause, unless there is the token that was to be replaced; renewals by force are at most 20 a day and
///   30 seconds apart;
/// - a sink is rewound only if it holds something, and holds exactly the file when the call succeeds;
/// - a walk through a list ends, lists nothing twice, and has an error for a page with nothing new.
///
/// Any bytes are a script. White space is skipped. Only the last three or four bits of a digit count, and the last five of a
/// letter. After the end of a script every byte counts as 0.
///
/// | bytes | meaning |
/// | --- | --- |
/// | 1 | the margin of the token: 0, 1 s, 3 min, 5 min, 1 h, 1 day, 1 ns, all time |
/// | 1 | its source: 0 stable, 1 classic, 2 own, 3 fixed, 4 without an app id |
/// | 1 | how many calls: 1 to 7, and 0 for 8 |
/// | 4 for each call | how many attempts: 0, 1, 2, 3, 5, 8, 40, no end |
/// | | how much time: 0, 1 s, 10 s, 1 min, 2 min, 1 h, 1 day, all |
/// | | first and longest wait: none, 1 ns, ½ to 20 s, 20 to ½ s, 1 s to 1 h, 0 to all time, all to 0, all |
/// | | with it, how long a server can let it wait: 5 min, 65 s, 5 min, 0, 1 h, 5 min, all, 1 ns |
/// | | what it asks for: 0 an asset, 2 counts, 4 a list page by page, 6 a file of an endpoint of its own; 1 more: streamed |
/// | 3 for each event | what happens, to which call or renewal, and how |
///
/// | what | meaning | how |
/// | --- | --- | --- |
/// | `s` | the call begins, or is polled if it is due; `S` in two steps | |
/// | `a` | its answer arrives, or the rest of it | a letter of `call_events/replies/rows.rs`; in upper case with a `Retry-After` |
/// | `c`, `g` | the head of its answer arrives; more of the body does, or its end | the letter; how much |
/// | `k` | the connection breaks | `c`, `f`, `i`, `m` |
/// | `r`, `z`, `i` | the sink has taken back what it holds, or cannot, or fails | |
/// | `u` | an event is reported that cannot happen | 0 to 6: which; 7: it is polled |
/// | `w`, `d` | time passes until its wait is over; it is dropped | |
/// | `n`, `o` | the renewal brings a new token; the one before | its life, as `t`; `?` if it is not said |
/// | `f` | it is answered with something else | as `a` |
/// | `m`, `v` | it is polled; time passes until its wait is over | |
/// | `l`, `j` | nobody drives it any more; somebody does again | |
/// | `x`, `y` | it is abandoned; it is lost, and nobody is told | |
/// | `q` | another token is asked for | |
/// | `t`, `b` | time passes; the clock is put back | 0, 1 ms, 1 s, 5 s, 30 s, 1, 2 min, 1, 2 h, 1 day; further ones from `:` on |
/// | others | all calls are polled | |
///
/// After an event the call or renewal is polled, and after the end of a renewal the calls that wait for it are; but not after
/// an event in upper case.
///
/// # Panics
///
/// If something of that does not hold.
pub fn check_call_events(script: &[u8]) -> Reached {
    // Printing everything takes time, so only a part of the scripts is checked so closely.
    let digest =
        script.iter().fold(0_u32, |digest, byte| digest.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    if digest % 64 == 0 { check_call_events_thoroughly(script) } else { run(script, false).0 }
}

/// The same, and that nothing that can be printed holds a token, a secret or the text of a response, and that the same
/// script and seeds lead to the same actions, whether events are recorded or not.
///
/// # Panics
///
/// If that is not so.
pub fn check_call_events_thoroughly(script: &[u8]) -> Reached {
    let (reached, actions) = run(script, false);
    assert_eq!(run(script, true), (reached, actions), "the same events led to other actions");
    reached
}

/// What came to pass, and a digest of all actions.
fn run(script: &[u8], is_thorough: bool) -> (Reached, u64) {
    let mut script = Script::new(script);
    let (margin, source) = (script.margin(), script.source());
    let calls = script.calls();
    let mut run = Run::new(margin, source, &calls, is_thorough);
    script.for_each(|line| run.event(&line));
    run.end()
}
