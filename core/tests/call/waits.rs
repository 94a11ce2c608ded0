//! How long a call waits, and when it does not wait.

use std::time::Duration;

use wechat_material::driver::{Moment, TokenCache, retry_after};
use wechat_material::http::HeaderMap;
use wechat_material::{AccessToken, FailureKind, File, RetryPolicy};

use crate::{
    FAILURES, MINUTE, NANOSECOND, SECOND, START, Setup, Step, asking, assert_waits, fault, holding,
    just_under, status,
};

#[test]
fn waits_are_a_random_part_of_a_time_that_doubles_up_to_the_longest() {
    let policy =
        RetryPolicy::default().max_attempts(9).backoff(SECOND, 20 * SECOND).max_elapsed(Duration::MAX);
    let runs: Vec<[Duration; 8]> = (0..1000)
        .map(|seed| {
            let setup = Setup::under(&policy).seed(seed);
            let mut call = setup.sent();
            [(); 8].map(|()| call.busy_once())
        })
        .collect();
    for (number, longest) in [1, 2, 4, 8, 16, 20, 20, 20].into_iter().enumerate() {
        let waits = runs.iter().map(|waits| waits[number]);
        let (least, most) = (waits.clone().min().unwrap(), waits.clone().max().unwrap());
        let mean = waits.sum::<Duration>() / 1000;
        assert!(least < longest * SECOND / 100, "{least:?} of {longest}");
        assert!((longest * SECOND * 99 / 100..=longest * SECOND).contains(&most), "{most:?} of {longest}");
        assert!((longest * SECOND * 9 / 20..longest * SECOND * 11 / 20).contains(&mean), "{mean:?}");
    }
}

/// With the longest duration, the waits are the published first numbers of SplitMix64 from seed 0.
#[test]
fn random_numbers_are_those_of_splitmix64() {
    let policy = RetryPolicy::default().backoff(Duration::MAX, Duration::MAX).max_elapsed(Duration::MAX);
    let setup = Setup::under(&policy).seed(0);
    let mut call = setup.begun::<File>(TokenCache::fixed(AccessToken::new("fixed")));
    assert_eq!(call.poll(), Step::Send);
    for number in [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F] {
        assert_eq!(call.busy_once(), Duration::from_nanos(number - 1));
    }
}

#[test]
fn the_same_seed_leads_to_the_same_waits_and_another_seed_to_other_waits() {
    let waits = |seed| {
        let setup = Setup::usual().seed(seed);
        let mut call = setup.sent();
        [(); 4].map(|()| call.busy_once())
    };
    for seed in [0, 1, u64::MAX] {
        assert_eq!(waits(seed), waits(seed));
        assert_ne!(waits(seed), waits(seed ^ 1));
    }
}

#[test]
fn the_defaults_are_five_attempts_in_two_minutes_and_waits_from_half_a_second_to_twenty() {
    let policy = RetryPolicy::default();
    assert_eq!((policy.max_attempts, policy.max_elapsed), (5, 2 * MINUTE));
    assert_eq!((policy.initial_backoff, policy.max_backoff), (SECOND / 2, 20 * SECOND));
    assert_eq!(RetryPolicy::never(), RetryPolicy::default().max_attempts(1));
}

#[test]
fn a_call_is_sent_no_more_often_than_the_policy_allows() {
    for attempts in [1, 2, 5, 40] {
        let policy = RetryPolicy::default().max_attempts(attempts).max_elapsed(Duration::MAX);
        let setup = Setup::under(&policy);
        let exhausted = || {
            let mut call = setup.sent();
            for _ in 1..attempts {
                call.busy_once();
            }
            assert_eq!(call.attempts, attempts);
            call
        };
        for failure in FAILURES {
            assert_eq!(exhausted().failed(failure), Step::Finish);
        }
        let mut call = exhausted();
        assert_eq!(call.answered(fault(-1)), Step::Finish);
        assert_eq!(call.attempts, attempts);
    }
}

#[test]
fn a_wait_can_be_polled_at_any_time_and_ends_at_its_moment() {
    let setup = Setup::usual();
    let mut call = setup.sent();
    let Step::Wait(time) = call.answered(fault(-1)) else { panic!("no wait") };
    assert_eq!(call.poll(), Step::Wait(time));
    let rest = time.saturating_sub(time / 2);
    assert_eq!(call.later(time / 2).poll(), Step::Wait(rest));
    assert_eq!(call.later(just_under(rest)).poll(), Step::Wait(NANOSECOND));
    assert_eq!(call.later(NANOSECOND).poll(), Step::Send);
}

#[test]
fn a_wait_that_would_end_after_the_time_is_over_is_not_begun() {
    let policy = RetryPolicy::default().max_attempts(u32::MAX).max_elapsed(MINUTE).backoff(SECOND, SECOND);
    for seed in 0..100 {
        let setup = Setup::under(&policy).seed(seed);
        let mut call = setup.sent();
        call.later(59 * SECOND);
        if let Step::Wait(time) = call.answered(fault(-1)) {
            assert!(time <= SECOND);
            assert_eq!(call.later(time).poll(), Step::Send);
            call.later(2 * SECOND);
            assert_eq!(call.answered(fault(-1)), Step::Finish);
        }
    }
    // A wait may end at the last moment.
    let setup = Setup::under(&policy);
    let mut call = setup.sent();
    let step = call.later(SECOND).answered(asking(status(503), 59 * SECOND));
    assert_eq!(step, Step::Wait(59 * SECOND));
    call.waits(step);
    let mut call = setup.sent();
    call.later(SECOND + NANOSECOND);
    assert_eq!(call.answered(asking(status(503), 59 * SECOND)), Step::Finish);
}

#[test]
fn extreme_policies_neither_panic_nor_loop() {
    let times = [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(u64::MAX), Duration::MAX];
    let responses = [fault(-1), fault(40001), fault(45011), status(503)];
    for attempts in [0, 1, 2, 70, u32::MAX] {
        for (budget, initial, max) in
            times.iter().flat_map(|budget| times.iter().zip(times).map(move |(i, m)| (*budget, *i, m)))
        {
            for (patience, longest) in times.into_iter().zip(times.into_iter().rev()) {
                let policy = RetryPolicy::default()
                    .max_attempts(attempts)
                    .max_elapsed(budget)
                    .backoff(initial, max)
                    .max_server_wait(longest);
                let setup = Setup::under(&policy);
                let mut call = setup.begun::<File>(holding("token"));
                let mut step = call.poll();
                for number in 0..100 {
                    step = match step {
                        Step::Send if number % 5 == 4 => call.failed(FailureKind::Connect),
                        Step::Send => call.answered(asking(responses[number % 5].clone(), patience)),
                        Step::Wait(time) => {
                            assert!(time <= max.max(longest.saturating_add(longest / 4)), "{policy:?}");
                            let next = call.later(time).poll();
                            assert!(!matches!(next, Step::Wait(_)), "{policy:?}");
                            next
                        }
                        Step::NeedToken(time) => {
                            assert!(time > Duration::ZERO, "{policy:?}");
                            call.renews(&format!("token {number}"));
                            call.poll()
                        }
                        Step::Finish => Step::Finish,
                        Step::Opened | Step::Rewind => panic!("nothing was written"),
                    };
                }
                assert!(call.attempts <= attempts.max(1), "{policy:?}");
            }
        }
    }
}

#[test]
fn zero_attempts_count_as_one() {
    let setup = Setup::under(&RetryPolicy::default().max_attempts(0));
    let mut call = setup.sent();
    assert_eq!(call.answered(fault(-1)), Step::Finish);
    assert_eq!(call.attempts, 1);
}

#[test]
fn a_clock_that_goes_back_does_not_allow_more_attempts() {
    let setup = Setup::usual();
    let mut call = setup.sent();
    for _ in 1..5 {
        assert_waits(call.answered(fault(-1)));
        // The wait ends at the same moment, which is later now.
        let Step::Wait(time) = call.poll() else { panic!("no wait") };
        call.later(time);
        assert_eq!(call.poll(), Step::Send);
        call.now = Moment(START.0 / 2);
    }
    assert_eq!(call.answered(fault(-1)), Step::Finish);
    assert_eq!(call.attempts, 5);
}

#[test]
fn retry_after_is_read_in_seconds_and_a_date_is_ignored() {
    let read = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", value.parse().unwrap());
        retry_after(&headers)
    };
    assert_eq!(read("120"), Some(120 * SECOND));
    assert_eq!(read(" 5 "), Some(5 * SECOND));
    assert_eq!(read("0"), Some(Duration::ZERO));
    assert_eq!(read("18446744073709551615"), Some(Duration::from_secs(u64::MAX)));
    for odd in ["Fri, 31 Dec 1999 23:59:59 GMT", "-1", "1.5", "", "soon", "1e3", "\u{ff}"] {
        assert_eq!(read(odd), None, "{odd}");
    }
    assert_eq!(retry_after(&HeaderMap::new()), None);
}
