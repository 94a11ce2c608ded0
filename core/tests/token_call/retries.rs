//! What is retried, how often, and for how long.

use std::time::Duration;

use wechat_material::driver::{Lease, TokenCache, TokenCall, TokenGrant};
use wechat_material::{ClientConfig, Credentials, FailureKind, RetryPolicy};

use crate::response::response;
use crate::{
    MINUTE, NANOSECOND, SECOND, START, Script, Step, fault, holding, just_under, stable, token_response,
    under,
};

#[test]
fn transient_failures_are_retried_until_a_token_is_obtained() {
    let mut script = Script::usual();
    let step = script.answered(fault(-1));
    assert!(script.waits(step) <= SECOND / 2);
    let step = script.answered(response(503, &[], "busy"));
    assert!(script.waits(step) <= SECOND);
    let step = script.failed(FailureKind::Timeout);
    assert!(script.waits(step) <= 2 * SECOND);
    let step = script.answered(response(200, &[], ""));
    assert!(script.waits(step) <= 4 * SECOND);
    assert_eq!(script.answered(token_response("81_Zx3")), Step::Finish);
    assert_eq!((script.attempts, script.token().as_str()), (5, "81_Zx3"));
    assert!(script.tokens.failure_since(script.id).is_none());
}

#[test]
fn the_last_failure_is_the_cause() {
    let mut script = Script::sent(&RetryPolicy::default().max_attempts(3));
    for kind in [FailureKind::Connect, FailureKind::Interrupted] {
        let step = script.failed(kind);
        script.waits(step);
    }
    assert_eq!(script.answered(fault(-1)), Step::Finish);
    assert_eq!((script.attempts, script.code()), (3, Some(-1)));
}

#[test]
fn a_wait_can_be_polled_at_any_time_and_ends_at_its_moment() {
    let mut script = Script::usual();
    let Step::Wait(time) = script.answered(fault(-1)) else { panic!("no wait") };
    assert_eq!(script.poll(), Step::Wait(time));
    assert_eq!(script.later(just_under(time)).poll(), Step::Wait(NANOSECOND));
    assert_eq!(script.later(NANOSECOND).poll(), Step::Send);
}

#[test]
fn too_many_calls_in_a_minute_wait_a_minute() {
    let mut script = Script::usual();
    let Step::Wait(time) = script.answered(fault(45011)) else { panic!("no wait") };
    assert!((MINUTE..75 * SECOND).contains(&time), "{time:?}");
}

#[test]
fn a_failure_that_another_attempt_would_not_change_is_final_at_once() {
    for code in [40001, 40014, 42001, 40013, 40125, 40164, 45009, 41002, 99999] {
        let mut script = Script::usual();
        assert_eq!(script.answered(fault(code)), Step::Finish, "{code}");
        assert_eq!((script.attempts, script.code()), (1, Some(code)));
    }
    let mut script = Script::usual();
    assert_eq!(script.failed(FailureKind::Final), Step::Finish);
    script.assert_failed("stable_token failed: no response");
    let mut script = Script::usual();
    assert_eq!(script.answered(response(200, &[], "{}")), Step::Finish);
    script.assert_failed("stable_token failed: the response is not a token: check the call and the base URL");
}

#[test]
fn a_renewal_ends_when_its_time_is_over() {
    let policy = RetryPolicy::default().max_elapsed(MINUTE);
    let patient = || response(503, &[("retry-after", "30")], "");
    let mut script = Script::sent(&policy);
    assert_eq!(script.later(30 * SECOND).answered(patient()), Step::Wait(30 * SECOND));
    let mut script = Script::sent(&policy);
    assert_eq!(script.later(30 * SECOND + NANOSECOND).answered(patient()), Step::Finish);
    script.assert_failed(
        "stable_token failed: HTTP status 503 Service Unavailable instead of 200: a gateway or proxy failed; try \
         again later",
    );
}

#[test]
fn nothing_is_sent_after_the_time_is_over_and_that_is_not_a_failure() {
    let policy = RetryPolicy::default().max_elapsed(MINUTE);
    for (overslept, is_sent) in [(Duration::ZERO, true), (NANOSECOND, false)] {
        let mut script = Script::sent(&policy);
        assert!(matches!(script.answered(fault(-1)), Step::Wait(_)));
        let step = script.later(MINUTE + overslept).poll();
        if is_sent {
            assert_eq!(step, Step::Send);
            continue;
        }
        // A call that joined meanwhile begins another renewal, and does not get a failure.
        assert_eq!((step, script.attempts), (Step::Finish, 1));
        assert!(script.call.renewal().is_none() && script.tokens.failure_since(script.id).is_none());
        assert!(matches!(script.tokens.lease(script.now), Lease::Renew));
        assert!(script.tokens.begin(script.now).is_some());
    }
}

#[test]
fn a_request_that_cannot_be_built_is_not_sent() {
    let grant = TokenGrant::Stable(Credentials::new("wx0123456789abcdef", ""));
    let mut script = Script::begun(TokenCache::default(), grant, &ClientConfig::default(), START);
    // The renewal ends only after the cache has the failure.
    assert_eq!(script.poll(), Step::Wait(Duration::ZERO));
    assert_eq!((script.poll(), script.attempts), (Step::Finish, 0));
    script
        .assert_failed("stable_token failed: the app secret is empty: generate one in the account's console");
}

#[test]
fn an_early_renewal_is_attempted_once_as_there_is_time_for_a_later_one() {
    let now = START.after(118 * MINUTE);
    let failures: [fn(&mut Script) -> Step; 3] = [
        |script| script.failed(FailureKind::Connect),
        |script| script.answered(fault(-1)),
        |script| script.answered(response(503, &[("retry-after", "1")], "")),
    ];
    for fail in failures {
        let mut script = Script::begun(holding("old", START), stable(), &under(&RetryPolicy::default()), now);
        assert!(script.call.renewal().unwrap().is_early());
        assert_eq!(script.poll(), Step::Send);
        assert_eq!(fail(&mut script), Step::Finish);
        // Calls use the old token, and begin another renewal after ten seconds.
        assert_eq!(script.later(just_under(10 * SECOND)).token(), "old");
        assert!(matches!(script.later(NANOSECOND).tokens.lease(now.after(10 * SECOND)), Lease::Renew));
        assert!(script.tokens.failure_since(script.id).is_none());
    }
}

#[test]
fn the_seed_decides_how_long_it_waits() {
    let wait = |seed| {
        let mut tokens = TokenCache::default();
        let renewal = tokens.begin(START).unwrap();
        let call = TokenCall::new(renewal, stable(), &ClientConfig::default(), seed, START);
        let id = tokens.renewal().unwrap();
        let mut script = Script { call, tokens, now: START, id, attempts: 0 };
        assert_eq!(script.poll(), Step::Send);
        let step = script.answered(fault(-1));
        script.waits(step)
    };
    assert_eq!(wait(7), wait(7));
    assert_ne!(wait(7), wait(8));
}
