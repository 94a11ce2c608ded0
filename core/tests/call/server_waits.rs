//! How long a call waits if the server asks it to.

use std::collections::BTreeSet;
use std::time::Duration;

use wechat_material::RetryPolicy;
use wechat_material::http::Response;

use crate::{MINUTE, SECOND, Setup, Step, asking, fault, status};

/// The steps of a thousand calls, each with another seed, that get this response after this time.
fn steps(policy: &RetryPolicy, elapsed: Duration, response: &Response<Vec<u8>>) -> Vec<Step> {
    let step = |seed| {
        let setup = Setup::under(policy).seed(seed);
        setup.sent().later(elapsed).answered(response.clone())
    };
    (0..1000).map(step).collect()
}

/// Their waits, sorted.
#[track_caller]
fn waits(policy: &RetryPolicy, elapsed: Duration, response: &Response<Vec<u8>>) -> Vec<Duration> {
    let wait = |step| if let Step::Wait(time) = step { time } else { panic!("no wait: {step:?}") };
    let mut waits: Vec<_> = steps(policy, elapsed, response).into_iter().map(wait).collect();
    waits.sort();
    waits
}

#[track_caller]
fn assert_between(waits: &[Duration], shortest: Duration, longest: Duration) {
    assert!(waits[0] >= shortest, "{:?}, not {shortest:?}", waits[0]);
    assert!(waits[999] <= longest, "{:?}, not {longest:?}", waits[999]);
}

/// No tenth of the time has more than twice its share.
#[track_caller]
fn assert_spread(waits: &[Duration], shortest: Duration, longest: Duration) {
    assert_between(waits, shortest, longest);
    let tenth = longest.saturating_sub(shortest) / 10;
    for part in 0..10 {
        let (from, to) = (shortest + tenth * part, shortest + tenth * (part + 1));
        let count = waits.iter().filter(|wait| (from..to).contains(wait)).count();
        assert!((50..=200).contains(&count), "{count} of 1000 from {from:?} to {to:?}");
    }
    assert!(waits.iter().collect::<BTreeSet<_>>().len() > 990);
}

#[test]
fn a_thousand_rate_limited_calls_are_retried_after_a_minute_and_not_together() {
    let rate_limit = fault(45011);
    let waits = |policy: &RetryPolicy| waits(policy, Duration::ZERO, &rate_limit);
    let policy = RetryPolicy::default();
    assert_spread(&waits(&policy), MINUTE, 75 * SECOND);
    assert_spread(&waits(&policy.clone().max_server_wait(MINUTE)), MINUTE, 75 * SECOND);
    assert_spread(&waits(&policy.clone().max_elapsed(65 * SECOND)), MINUTE, 65 * SECOND);
    assert_spread(&waits(&policy.backoff(SECOND, MINUTE)), MINUTE, 75 * SECOND);
}

#[test]
fn a_call_waits_for_the_time_that_the_server_asks_for_and_up_to_a_quarter_more() {
    for seconds in [1, 20, 90] {
        let asked = seconds * SECOND;
        for response in [asking(status(503), asked), asking(status(429), asked), asking(fault(-1), asked)] {
            let policy = RetryPolicy::default().backoff(SECOND, SECOND);
            assert_spread(&waits(&policy, Duration::ZERO, &response), asked, asked + asked / 4);
        }
    }
    // The longer one of a minute and the requested time counts.
    for (seconds, expected) in [(1, 60), (60, 60), (90, 90)] {
        let response = asking(fault(45011), seconds * SECOND);
        let expected = expected * SECOND;
        let waits = waits(&RetryPolicy::default(), Duration::ZERO, &response);
        assert_spread(&waits, expected, expected + expected / 4);
    }
}

#[test]
fn a_retry_after_of_zero_leads_to_the_usual_wait() {
    let step = |response| Setup::usual().sent().answered(response);
    assert_eq!(step(asking(status(503), Duration::ZERO)), step(status(503)));
    let patient = RetryPolicy::default().backoff(100 * SECOND, 100 * SECOND);
    let waits = waits(&patient, Duration::ZERO, &asking(status(503), 10 * SECOND));
    assert!(waits[0] >= 10 * SECOND && waits[999] > 99 * SECOND, "{waits:?}");
}

#[test]
fn a_server_cannot_ask_for_more_than_the_policy_allows() {
    let policy = RetryPolicy::default().max_elapsed(Duration::MAX);
    for asked in [301 * SECOND, 3600 * SECOND, Duration::from_secs(u64::MAX)] {
        // These calls are not retried together either.
        let response = asking(status(503), asked);
        assert_spread(&waits(&policy, Duration::ZERO, &response), 300 * SECOND, 375 * SECOND);
        let short = policy.clone().max_server_wait(40 * SECOND);
        assert_spread(&waits(&short, Duration::ZERO, &response), 40 * SECOND, 50 * SECOND);
        let none = policy.clone().max_server_wait(Duration::ZERO).backoff(SECOND, SECOND);
        assert_spread(&waits(&none, Duration::ZERO, &response), Duration::ZERO, SECOND);
    }
    // Neither are those that wait for exactly the allowed time.
    let response = asking(status(503), 300 * SECOND);
    assert_spread(&waits(&policy, Duration::ZERO, &response), 300 * SECOND, 375 * SECOND);
    let short = policy.max_server_wait(40 * SECOND);
    assert_spread(&waits(&short, Duration::ZERO, &fault(45011)), 40 * SECOND, 50 * SECOND);
}

#[test]
fn no_wait_ends_after_the_time_of_the_call() {
    let (policy, asked) = (RetryPolicy::default(), asking(status(503), 100 * SECOND));
    assert_spread(&waits(&policy, 10 * SECOND, &asked), 100 * SECOND, 110 * SECOND);
    // Whether there is time for a wait does not depend on the seed.
    assert_between(&waits(&policy, 20 * SECOND, &asked), 100 * SECOND, 100 * SECOND);
    let finish = |policy: &RetryPolicy, elapsed, response: &Response<Vec<u8>>| {
        assert!(steps(policy, elapsed, response).into_iter().all(|step| step == Step::Finish));
    };
    finish(&policy, 21 * SECOND, &asked);
    finish(&policy, Duration::ZERO, &asking(status(503), 3600 * SECOND));
    finish(&policy, 61 * SECOND, &fault(45011));
    finish(&policy.max_elapsed(59 * SECOND), Duration::ZERO, &fault(45011));
}

#[test]
fn the_retry_after_of_an_earlier_response_is_not_used() {
    let setup = Setup::usual();
    let mut call = setup.sent();
    let step = call.answered(asking(status(503), 30 * SECOND));
    call.waits(step);
    let Step::Wait(time) = call.answered(status(503)) else { panic!("no wait") };
    assert!(time <= SECOND, "{time:?}");
}
