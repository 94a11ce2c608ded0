//! The token of a call: shared with others, renewed for all of them, or fixed.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use wechat_material::driver::{Action, Lease, TokenCache};
use wechat_material::{
    AccessToken, CallError, ClientError, Credentials, Endpoint, File, IssuedToken, RetryPolicy, StableToken,
};

use crate::response::response;
use crate::{MINUTE, OK, Probe, SECOND, START, Script, Setup, Step, fault, holding, issued};

fn cause() -> Arc<dyn Error + Send + Sync> {
    Arc::new(io::Error::other("no token"))
}

#[track_caller]
fn token_error(error: &ClientError) -> &Arc<dyn Error + Send + Sync> {
    let ClientError::Token(cause) = error else { panic!("{error:?}") };
    assert_eq!(error.to_string(), format!("no access token: {cause}"));
    assert!(error.source().is_none());
    cause
}

#[test]
fn a_refused_fixed_token_ends_the_call() {
    let setup = Setup::usual();
    let mut call = setup.begun::<File>(TokenCache::fixed(AccessToken::new("fixed")));
    assert_eq!(call.poll(), Step::Send);
    assert_eq!(call.answered(fault(42001)), Step::Finish);
    assert_eq!(call.attempts, 1);
    // Nothing is renewed, and the next call uses the same token.
    assert!(call.tokens.is_fixed() && call.tokens.begin(call.now).is_none());
    assert!(matches!(call.tokens.lease(call.now.after(Duration::MAX)), Lease::Token(..)));
    let error = call.error();
    assert_eq!(error.fault().unwrap().code.0, 42001);
    assert!(matches!(error, ClientError::Call { attempts: 1, renewed: false, .. }), "{error:?}");
}

#[test]
fn a_call_with_a_fixed_token_is_retried() {
    let setup = Setup::usual();
    let mut call = setup.begun::<File>(TokenCache::fixed(AccessToken::new("fixed")));
    assert_eq!(call.poll(), Step::Send);
    call.busy_once();
    assert_eq!(call.answered(fault(40001)), Step::Finish);
    let error = call.error();
    assert!(matches!(error, ClientError::Call { attempts: 2, renewed: false, .. }), "{error:?}");
}

#[test]
fn a_call_that_was_refused_with_an_older_token_uses_the_current_one_at_once() {
    let setup = Setup::usual();
    let mut call = setup.sent();
    call.receives(fault(40001));
    // Another call has renewed the token already.
    let Lease::Token(_, first) = call.tokens.lease(call.now) else { panic!("no token") };
    call.tokens.refuse(first);
    call.renews("second");
    assert_eq!(call.poll(), Step::Send);
    assert!(matches!(call.tokens.lease(call.now), Lease::Token(token, _) if token.expose() == "second"));
    assert_eq!(call.answered(fault(40001)), Step::Finish);
    assert!(matches!(call.error(), ClientError::Call { attempts: 2, renewed: true, .. }));
}

#[test]
fn calls_that_wait_for_a_renewal_that_fails_get_its_cause_and_do_not_begin_another() {
    let setup = Setup::usual();
    let mut tokens = TokenCache::default();
    let renewal = tokens.begin(START).unwrap();
    let mut calls: Vec<_> = (0..100).map(|_| setup.begun::<File>(TokenCache::default())).collect();
    for waiting in &mut calls {
        assert!(matches!(waiting.call.poll(&mut tokens, START), Action::NeedToken { .. }));
    }
    let why = cause();
    tokens.failed(renewal, Arc::clone(&why), START.after(SECOND));
    let (late, early) = calls.split_at_mut(50);
    for waiting in early {
        let action = waiting.call.poll(&mut tokens, START.after(SECOND));
        assert!(matches!(action, Action::Finish), "{action:?}");
    }
    // A call that begins now begins another renewal. The earlier calls get its failure too.
    let mut next = setup.begun::<File>(TokenCache::default());
    assert!(matches!(next.call.poll(&mut tokens, START.after(SECOND)), Action::NeedToken { .. }));
    let second = tokens.begin(START.after(SECOND)).unwrap();
    let other = cause();
    tokens.failed(second, Arc::clone(&other), START.after(2 * SECOND));
    for waiting in late {
        let action = waiting.call.poll(&mut tokens, START.after(2 * SECOND));
        assert!(matches!(action, Action::Finish), "{action:?}");
    }
    for (number, waiting) in calls.into_iter().enumerate() {
        let error = waiting.call.finish().unwrap_err();
        let expected = if number < 50 { &other } else { &why };
        assert!(Arc::ptr_eq(token_error(&error), expected));
        assert!(error.fault().is_none());
    }
    let action = next.call.poll(&mut tokens, START.after(2 * SECOND));
    assert!(matches!(action, Action::Finish), "{action:?}");
}

#[test]
fn a_failure_before_the_call_is_not_the_failure_of_the_call() {
    let setup = Setup::usual();
    let mut call = setup.begun::<File>(TokenCache::default());
    let renewal = call.tokens.begin(call.now).unwrap();
    call.tokens.failed(renewal, cause(), call.now);
    assert_eq!(call.poll(), Step::NeedToken(2 * MINUTE));
    assert_eq!(call.poll(), Step::NeedToken(2 * MINUTE));
    call.renews("first");
    assert_eq!(call.poll(), Step::Send);
}

#[test]
fn an_abandoned_renewal_is_not_a_failure() {
    let setup = Setup::usual();
    let mut call = setup.begun::<File>(TokenCache::default());
    assert_eq!(call.poll(), Step::NeedToken(2 * MINUTE));
    let renewal = call.tokens.begin(call.now).unwrap();
    call.tokens.abandon(renewal.id());
    assert_eq!(call.poll(), Step::NeedToken(2 * MINUTE));
    // The failure of the next renewal counts.
    let renewal = call.tokens.begin(call.now).unwrap();
    call.tokens.failed(renewal, cause(), call.now);
    assert_eq!(call.poll(), Step::Finish);
    token_error(&call.error());
}

#[test]
fn a_refused_call_whose_renewal_fails_returns_the_cause_of_the_renewal() {
    let setup = Setup::usual();
    let mut call = setup.sent();
    assert_eq!(call.answered(fault(40001)), Step::NeedToken(2 * MINUTE));
    let renewal = call.tokens.begin(call.now).unwrap();
    let stable = StableToken::new(&Credentials::new("wx0123456789abcdef", "secret"));
    let refused = stable.parse(fault(40125)).unwrap_err();
    call.tokens.failed(renewal, Arc::new(CallError::Api(refused)), call.now);
    assert_eq!(call.poll(), Step::Finish);
    let error = call.error();
    token_error(&error);
    assert_eq!(error.fault().unwrap().code.0, 40125);
}

#[test]
fn one_renewal_is_enough_for_all_calls_that_were_refused_with_a_token() {
    let setup = Setup::usual();
    let mut tokens = holding("first");
    let mut calls: Vec<_> = (0..200).map(|_| setup.begun::<File>(TokenCache::default())).collect();
    let send = |script: &mut Script<'_, _, _>, tokens: &mut TokenCache| {
        matches!(script.call.poll(tokens, START), Action::Send { .. })
    };
    assert!(calls.iter_mut().all(|call| send(call, &mut tokens)));
    for call in &mut calls {
        call.receives(fault(40001));
    }
    let (early, late) = calls.split_at_mut(120);
    assert!(!early.iter_mut().any(|call| send(call, &mut tokens)));
    let renewal = tokens.begin(START).unwrap();
    assert!(tokens.begin(START).is_none());
    assert!(tokens.obtained(renewal, issued("second"), START).is_none());
    // Calls that get the refusal now do not refuse the new token.
    assert!(late.iter_mut().all(|call| send(call, &mut tokens)));
    assert!(early.iter_mut().all(|call| send(call, &mut tokens)));
    assert!(matches!(tokens.lease(START), Lease::Token(..)));
}

const NANOSECOND: Duration = Duration::from_nanos(1);

/// A call at a moment when the token is valid for two more minutes.
fn early(setup: &Setup<Probe>) -> Script<'_, Probe, File> {
    let mut tokens = TokenCache::default();
    let renewal = tokens.begin(START).unwrap();
    let two_hours = IssuedToken::new(AccessToken::new("first"), Some(120 * MINUTE));
    assert!(tokens.obtained(renewal, two_hours, START).is_none());
    setup.begun_at(START.after(118 * MINUTE), tokens)
}

#[test]
fn a_token_that_expires_soon_is_renewed_by_one_call_and_used_by_the_others() {
    let setup = Setup::under(&RetryPolicy::default().max_elapsed(10 * MINUTE));
    let mut call = early(&setup);
    assert_eq!(call.poll(), Step::NeedToken(10 * SECOND));
    let renewal = call.tokens.begin(call.now).unwrap();
    assert!(renewal.is_early());
    assert_eq!(call.poll(), Step::Send);
    assert_eq!(call.answered(response(200, &[], OK)), Step::Finish);
}

#[test]
fn a_call_uses_the_old_token_if_an_early_renewal_fails() {
    let setup = Setup::under(&RetryPolicy::default().max_elapsed(10 * MINUTE));
    let mut call = early(&setup);
    assert_eq!(call.poll(), Step::NeedToken(10 * SECOND));
    let renewal = call.tokens.begin(call.now).unwrap();
    call.tokens.failed(renewal, cause(), call.now);
    assert_eq!(call.poll(), Step::Send);
}

#[test]
fn the_failure_of_an_early_renewal_is_not_a_failure_of_a_call() {
    let setup = Setup::under(&RetryPolicy::default().max_elapsed(10 * MINUTE));
    let mut call = early(&setup);
    assert_eq!(call.poll(), Step::NeedToken(10 * SECOND));
    let renewal = call.tokens.begin(call.now).unwrap();
    call.tokens.failed(renewal, cause(), call.now);
    // The task did not run for a while, and the token expired.
    assert_eq!(call.later(2 * MINUTE).poll(), Step::NeedToken(5 * MINUTE + NANOSECOND));
    let renewal = call.tokens.begin(call.now).unwrap();
    assert!(!renewal.is_early());
    assert!(call.tokens.obtained(renewal, issued("second"), call.now).is_none());
    assert_eq!(call.poll(), Step::Send);
}

#[test]
fn a_call_waits_at_most_ten_seconds_for_an_early_renewal() {
    let setup = Setup::under(&RetryPolicy::default().max_elapsed(10 * MINUTE));
    let mut call = early(&setup);
    assert_eq!(call.poll(), Step::NeedToken(10 * SECOND));
    let renewal = call.tokens.begin(call.now).unwrap();
    call.tokens.leave(renewal.id());
    assert_eq!(call.later(Duration::from_nanos(9_999_999_999)).poll(), Step::NeedToken(NANOSECOND));
    assert_eq!(call.later(NANOSECOND).poll(), Step::Send);
    assert_eq!(call.answered(response(200, &[], OK)), Step::Finish);
}

#[test]
fn no_other_call_waits_for_an_early_renewal_after_ten_seconds() {
    let setup = Setup::under(&RetryPolicy::default().max_elapsed(10 * MINUTE));
    let mut first = early(&setup);
    assert_eq!(first.poll(), Step::NeedToken(10 * SECOND));
    let renewal = first.tokens.begin(first.now).unwrap();
    first.tokens.leave(renewal.id());
    let now = first.now.after(4 * SECOND);
    let mut second = setup.begun_at::<File>(now, std::mem::take(&mut first.tokens));
    assert_eq!(second.poll(), Step::NeedToken(6 * SECOND));
    assert_eq!(second.later(6 * SECOND).poll(), Step::Send);
    let now = second.now;
    let mut third = setup.begun_at::<File>(now, std::mem::take(&mut second.tokens));
    assert_eq!(third.poll(), Step::Send);
}

#[test]
fn a_call_waits_at_most_half_of_its_time_for_an_early_renewal() {
    let setup = Setup::under(&RetryPolicy::default().max_elapsed(5 * SECOND));
    let mut call = early(&setup);
    assert_eq!(call.poll(), Step::NeedToken(5 * SECOND / 2));
    let renewal = call.tokens.begin(call.now).unwrap();
    call.tokens.leave(renewal.id());
    assert_eq!(call.later(5 * SECOND / 2).poll(), Step::Send);
}

#[test]
fn a_call_that_waited_too_long_for_an_early_renewal_is_still_made() {
    let setup = Setup::under(&RetryPolicy::default().max_elapsed(5 * SECOND));
    for is_renewed in [false, true] {
        let mut call = early(&setup);
        assert_eq!(call.poll(), Step::NeedToken(5 * SECOND / 2));
        let renewal = call.tokens.begin(call.now).unwrap();
        // A thread that drives the renewal cannot leave it in the middle of a request.
        let late = call.now.after(20 * SECOND);
        if is_renewed {
            assert!(call.tokens.obtained(renewal, issued("second"), late).is_none());
        } else {
            call.tokens.failed(renewal, cause(), late);
        }
        assert_eq!(call.later(20 * SECOND).poll(), Step::Send);
        // After that one attempt its time is over.
        assert_eq!(call.answered(response(503, &[], "")), Step::Finish);
    }
}
