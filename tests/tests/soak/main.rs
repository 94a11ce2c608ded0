//! Many calls at once, a quarter of them with a quirk. Every verdict matches the emulator's journal, and neither memory nor
//! the number of open files grows.
//!
//! `SOAK_CALLS=1000000 cargo test --release -p wechat-material-tests --test soak -- --nocapture` makes a million calls.

#![cfg(target_os = "linux")]

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use wechat_material_testkit::Emulator;

#[path = "../quirks/callers.rs"]
mod callers;
mod ledger;
#[path = "../limited/reqwest.rs"]
mod limited_reqwest;
#[path = "../limited/ureq.rs"]
mod limited_ureq;
mod marked;
#[path = "../quirks/outcome.rs"]
mod outcome;
mod usage;

use callers::{Async, Blocking, MAX_BODY, Way, runtime};
use ledger::{Client, Got, Ledger};
use marked::{Mark, Marked};
use usage::Usage;

/// The number of threads, and the number of async tasks.
const CALLERS: u64 = 32;
const CALLS: u64 = 20_000;
/// The number of calls after which the token expires.
const TOKEN_LIFE: u64 = 5_000;

/// Longer than any call takes on a busy machine, except for drips.
const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_ELAPSED: Duration = Duration::from_secs(60);

/// Numbers the calls, from 0.
struct Counter {
    next: AtomicU64,
    calls: u64,
}

impl Counter {
    fn next(&self) -> Option<u64> {
        Some(self.next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < self.calls)
    }
}

/// The way to make this call.
fn way(number: u64) -> Way {
    Way::ALL[usize::try_from(marked::chance(number) % 6).unwrap()]
}

fn over_ureq(emulator: &Emulator, counter: &Counter, got: &Sender<Got>) {
    let transport = Marked(limited_ureq::transport(TIMEOUT, MAX_BODY));
    let caller = &Blocking::new(transport, emulator, MAX_ELAPSED);
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(move || {
                while let Some(number) = counter.next() {
                    let way = way(number);
                    let outcome = Mark::new(number).during(|| caller.call(way, emulator.token()));
                    got.send(Got { number, way, client: Client::Ureq, outcome }).unwrap();
                }
            });
        }
    });
}

fn over_reqwest(emulator: &Emulator, counter: &Counter, got: &Sender<Got>) {
    let transport = Marked(limited_reqwest::transport(TIMEOUT, MAX_BODY));
    let caller = &Async::new(transport, emulator, MAX_ELAPSED);
    runtime().block_on(futures_util::future::join_all((0..CALLERS).map(|_| async move {
        while let Some(number) = counter.next() {
            let way = way(number);
            let outcome = Mark::new(number).during_future(caller.call(way, emulator.token())).await;
            got.send(Got { number, way, client: Client::Reqwest, outcome }).unwrap();
        }
    })));
}

/// Asserts that the result of each call matches the journal. Returns the ledger, and the memory and open files of the process
/// during the first fifth of the calls and after it. A wrong verdict ends the test, because the channel closes.
fn check_all(emulator: &Emulator, calls: u64, got: Receiver<Got>) -> (Ledger, Usage, Usage) {
    let mut ledger = Ledger::default();
    let (mut early, mut late) = (Usage::default(), Usage::default());
    for got in got {
        ledger.record(emulator.take_exchanges());
        ledger.check(&got);
        if ledger.checked % TOKEN_LIFE == 0 {
            emulator.expire_tokens();
        }
        if ledger.checked % 500 == 0 {
            let is_early = ledger.checked <= calls / 5;
            if is_early { &mut early } else { &mut late }.sample();
        }
    }
    ledger.record(emulator.take_exchanges());
    assert!(ledger.is_empty(), "an answer was sent to a finished call");
    (ledger, early, late)
}

#[test]
fn many_calls_at_once_get_the_right_verdicts_and_memory_does_not_grow() {
    let calls = env::var("SOAK_CALLS").map_or(CALLS, |calls| calls.parse().expect("SOAK_CALLS is a number"));
    assert!(calls >= 10_000, "too few calls for a useful result");
    let emulator = Emulator::start().unwrap();
    let counter = Counter { next: AtomicU64::new(0), calls };
    let (sender, receiver) = channel();
    let started = Instant::now();
    let (ledger, early, late) = thread::scope(|scope| {
        let (emulator, counter) = (&emulator, &counter);
        let other = sender.clone();
        scope.spawn(move || over_ureq(emulator, counter, &sender));
        scope.spawn(move || over_reqwest(emulator, counter, &other));
        check_all(emulator, calls, receiver)
    });
    let Ledger { checked, bad, second, expired, .. } = ledger;
    println!(
        "{checked} calls in {:.0} s, {bad} with a quirk, {expired} with an expired token, {second} with two attempts: no wrong verdict",
        started.elapsed().as_secs_f64()
    );
    println!("first fifth: {early}; rest: {late}");
    assert_eq!(checked, calls);
    assert!(
        bad > calls / 10 && second > calls / 100 && expired > 0,
        "too few calls had a quirk, an expired token or a second attempt"
    );
    // The memory that an allocator reserves becomes stable slowly. In a long run, a leak in every call exceeds this limit.
    assert!(late.bytes <= early.bytes + (20 << 20), "memory grows");
    assert!(late.files <= early.files + 32, "open files grow");
}
