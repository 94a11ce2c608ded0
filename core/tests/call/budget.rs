//! The time of a call. Nothing begins after it.

use std::time::Duration;

use wechat_material::driver::{Lease, TokenCache};
use wechat_material::{ClientError, File, RetryPolicy};

use crate::response::response;
use crate::{
    MINUTE, NANOSECOND, OK, SECOND, Setup, Step, asking, assert_waits, fault, holding, just_under, status,
};

fn a_minute() -> Setup<crate::Probe> {
    Setup::under(&RetryPolicy::default().max_elapsed(MINUTE))
}

#[test]
fn nothing_is_sent_after_the_time_is_over() {
    let setup = a_minute();
    for (overslept, is_sent) in [(Duration::ZERO, true), (NANOSECOND, false)] {
        let expected = if is_sent { Step::Send } else { Step::Finish };
        // The machine slept, and the wait took longer.
        let mut call = setup.sent();
        assert_waits(call.answered(fault(-1)));
        assert_eq!(call.later(MINUTE + overslept).poll(), expected);
        // The renewal took longer.
        let mut call = setup.sent();
        assert_eq!(call.answered(fault(40001)), Step::NeedToken(MINUTE));
        call.renews("second");
        assert_eq!(call.later(MINUTE + overslept).poll(), expected);
        // The driver took longer.
        let mut call = setup.begun::<File>(holding("first"));
        assert_eq!(call.later(MINUTE + overslept).poll(), expected);
    }
}

#[test]
fn the_error_after_the_time_is_the_last_failure() {
    let setup = a_minute();
    let mut call = setup.sent();
    assert_waits(call.answered(status(503)));
    assert_eq!(call.later(MINUTE + NANOSECOND).poll(), Step::Finish);
    assert_eq!(call.attempts, 1);
    let error = call.error();
    assert!(matches!(error, ClientError::Call { attempts: 1, renewed: false, .. }), "{error:?}");
}

#[test]
fn a_refusal_after_the_time_is_final_even_if_there_is_another_token() {
    let setup = a_minute();
    for (time, expected) in [(MINUTE, Step::Send), (MINUTE + NANOSECOND, Step::Finish)] {
        let mut call = setup.sent();
        // Another call has renewed the token.
        let Lease::Token(_, first) = call.tokens.lease(call.now) else { panic!("no token") };
        call.tokens.refuse(first);
        call.renews("second");
        assert_eq!(call.later(time).answered(fault(40001)), expected);
    }
}

#[test]
fn an_answer_may_arrive_after_the_time() {
    let setup = a_minute();
    let mut call = setup.sent();
    assert_eq!(call.later(100 * MINUTE).answered(response(200, &[], OK)), Step::Finish);
    assert!(call.finished().is_ok());
}

#[test]
fn a_call_without_a_token_ends_when_its_time_is_over() {
    let setup = a_minute();
    for is_renewing in [false, true] {
        let mut call = setup.begun::<File>(TokenCache::default());
        let renewal = is_renewing.then(|| call.tokens.begin(call.now).unwrap());
        assert_eq!(call.poll(), Step::NeedToken(MINUTE));
        assert_eq!(call.later(just_under(MINUTE)).poll(), Step::NeedToken(NANOSECOND));
        // A driver that polls at that moment is not asked to wait for zero seconds.
        assert_eq!(call.later(NANOSECOND).poll(), Step::Finish);
        assert_eq!(call.attempts, 0);
        let error = call.error();
        assert_eq!(
            error.to_string(),
            "no access token was obtained within 60 seconds: find out what delays the call that obtains it, or allow \
             more time (RetryPolicy::max_elapsed)"
        );
        assert!(error.fault().is_none());
        assert!(matches!(error, ClientError::TokenTimeout { waited, .. } if waited == MINUTE));
        drop(renewal);
    }
}

#[test]
fn a_token_that_arrives_at_the_last_moment_is_used_and_a_later_one_is_not() {
    let setup = a_minute();
    let waiting = || {
        let mut call = setup.begun::<File>(TokenCache::default());
        assert_eq!(call.poll(), Step::NeedToken(MINUTE));
        call
    };
    let mut call = waiting();
    call.later(MINUTE).renews("first");
    assert_eq!(call.poll(), Step::Send);

    let mut call = waiting();
    call.later(MINUTE + NANOSECOND).renews("first");
    assert_eq!(call.poll(), Step::Finish);
    let error = call.error();
    let waited = MINUTE + NANOSECOND;
    assert!(matches!(error, ClientError::TokenTimeout { waited: time, .. } if time == waited), "{error:?}");
}

#[test]
fn a_refusal_is_the_error_if_the_renewal_takes_too_long() {
    let setup = a_minute();
    // The token comes too late, or not at all.
    for (is_renewed, time) in [(true, 59 * SECOND + NANOSECOND), (false, 59 * SECOND), (false, MINUTE)] {
        let mut call = setup.sent();
        let step = call.later(SECOND).answered(fault(42001));
        assert_eq!(step, Step::NeedToken(59 * SECOND));
        call.later(time);
        if is_renewed {
            call.renews("second");
        }
        assert_eq!(call.poll(), Step::Finish);
        let error = call.error();
        assert_eq!(error.fault().unwrap().code.0, 42001);
        assert!(error.to_string().starts_with("Probe failed: WeChat refused the call with errcode 42001: "));
        // A new token that comes too late is not refused, as it is not used.
        assert!(matches!(error, ClientError::Call { attempts: 1, renewed: false, .. }), "{error:?}");
    }
}

#[test]
fn an_error_after_a_retry_and_a_renewal_has_the_number_of_attempts() {
    let setup = a_minute();
    let mut call = setup.sent();
    call.busy_once();
    assert!(matches!(call.answered(fault(40001)), Step::NeedToken(_)));
    assert_eq!(call.later(MINUTE).poll(), Step::Finish);
    let error = call.error();
    assert!(matches!(error, ClientError::Call { attempts: 2, renewed: false, .. }), "{error:?}");
    assert!(error.to_string().starts_with("Probe failed after 2 attempts: WeChat refused "), "{error}");
}

#[test]
fn a_call_without_time_makes_one_attempt() {
    let setup = Setup::under(&RetryPolicy::default().max_elapsed(Duration::ZERO));
    let mut call = setup.sent();
    assert_eq!(call.answered(asking(status(503), Duration::from_secs(1))), Step::Finish);
    assert_eq!(call.attempts, 1);
    let mut call = setup.begun::<File>(TokenCache::default());
    assert_eq!(call.poll(), Step::Finish);
    assert!(matches!(call.error(), ClientError::TokenTimeout { waited: Duration::ZERO, .. }));
}

#[test]
fn a_call_with_unlimited_time_waits_until_it_may_replace_the_renewal() {
    let setup = Setup::under(&RetryPolicy::default().max_elapsed(Duration::MAX));
    let mut call = setup.begun::<File>(TokenCache::default());
    let takeover = TokenCache::MAX_RENEWAL + Duration::from_nanos(1);
    assert_eq!(call.poll(), Step::NeedToken(takeover));
    assert!(call.tokens.begin(call.now).is_some());
    let now = call.now.after(takeover);
    assert_eq!(call.later(takeover).poll(), Step::NeedToken(takeover));
    assert!(call.tokens.begin(now).is_some());
    assert_eq!(call.later(Duration::MAX).poll(), Step::Finish);
}
