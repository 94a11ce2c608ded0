//! Renewals that fail: which calls use the old token, and which get the cause.

use std::sync::Arc;
use std::time::Duration;

use wechat_material::AccessToken;
use wechat_material::driver::TokenCache;

use crate::{
    assert_renew, assert_token, assert_wait, at, begin, cause, holding, issued, just_before, obtain, token,
};

#[test]
fn calls_use_the_old_token_after_a_failed_renewal_while_it_is_valid() {
    let (mut tokens, old) = holding("old", 7200);
    let renewal = begin(&mut tokens, at(7100));
    tokens.failed(renewal, cause(), at(7110));
    assert_eq!(token(&tokens, at(7110)), ("old".to_owned(), old));
    // Calls do not begin another renewal at once.
    assert_token(&tokens, just_before(7120), "old");
    let renewal = begin(&mut tokens, at(7120));
    assert_token(&tokens, at(7120), "old");
    tokens.failed(renewal, cause(), at(7195));
    assert_token(&tokens, at(7199), "old");
    // The token has expired, so a call begins a renewal at once.
    let renewal = begin(&mut tokens, at(7200));
    tokens.failed(renewal, cause(), at(7200));
    let renewal = begin(&mut tokens, at(7200));
    obtain(&mut tokens, renewal, issued("new", 7200), at(7201));
}

#[test]
fn the_next_call_begins_another_renewal_if_one_failed_and_there_is_no_valid_token() {
    let mut tokens = TokenCache::default();
    for _ in 0..3 {
        let renewal = begin(&mut tokens, at(0));
        assert_wait(&tokens, at(0));
        tokens.failed(renewal, cause(), at(1));
        assert_renew(&tokens, at(1));
    }
    let renewal = begin(&mut tokens, at(1));
    let id = obtain(&mut tokens, renewal, issued("old", 7200), at(1));
    // A refused token is not valid, whatever its remaining life.
    tokens.refuse(id);
    let renewal = begin(&mut tokens, at(2));
    tokens.failed(renewal, cause(), at(2));
    let renewal = begin(&mut tokens, at(2));
    assert_eq!(renewal.refused().map(AccessToken::expose), Some("old"));
}

#[test]
fn a_failed_early_renewal_does_not_extend_the_life_of_a_token() {
    let mut tokens = TokenCache::with_margin(Duration::ZERO);
    let renewal = begin(&mut tokens, at(0));
    obtain(&mut tokens, renewal, issued("old", 7200), at(0));
    // The margin begins more than ten seconds after the failure.
    let renewal = tokens.begin(at(100)).unwrap();
    tokens.failed(renewal, cause(), at(100));
    assert_token(&tokens, at(7199), "old");
    assert_renew(&tokens, at(7200));
}

#[test]
fn a_failure_after_a_token_expired_does_not_change_it_if_the_clock_goes_back() {
    for seconds in [7200, 7300] {
        let (mut tokens, _) = holding("old", 7200);
        let renewal = begin(&mut tokens, at(seconds));
        tokens.failed(renewal, cause(), at(seconds));
        assert_token(&tokens, at(7019), "old");
        assert_renew(&tokens, at(7199));
    }
}

#[test]
fn callers_that_waited_for_that_renewal_or_an_earlier_one_get_the_cause() {
    let mut tokens = TokenCache::default();
    let lost = begin(&mut tokens, at(0)).id();
    tokens.abandon(lost);
    assert!(tokens.failure_since(lost).is_none());
    let renewal = begin(&mut tokens, at(0));
    let id = renewal.id();
    assert!(tokens.failure_since(id).is_none());
    let why = cause();
    assert!(tokens.failed(renewal, Arc::clone(&why), at(1)).is_none());
    assert!(Arc::ptr_eq(&tokens.failure_since(lost).unwrap(), &why));
    assert!(Arc::ptr_eq(&tokens.failure_since(id).unwrap(), &why));
    // Callers that wait for the next renewal do not get it.
    let next = begin(&mut tokens, at(1));
    assert!(tokens.failure_since(next.id()).is_none());
    // All callers that wait get the last cause. The cache returns the previous one.
    let next_id = next.id();
    let other = cause();
    assert!(Arc::ptr_eq(&tokens.failed(next, Arc::clone(&other), at(2)).unwrap(), &why));
    for id in [lost, id, next_id] {
        assert!(Arc::ptr_eq(&tokens.failure_since(id).unwrap(), &other));
    }
    // A token ends the failure.
    let renewal = begin(&mut tokens, at(2));
    obtain(&mut tokens, renewal, issued("first", 7200), at(3));
    for id in [lost, id, next_id] {
        assert!(tokens.failure_since(id).is_none());
    }
}

#[test]
fn a_failure_after_a_success_counts_again() {
    let (mut tokens, id) = holding("first", 7200);
    tokens.refuse(id);
    let renewal = begin(&mut tokens, at(1));
    let failed = renewal.id();
    tokens.failed(renewal, cause(), at(1));
    assert!(tokens.failure_since(failed).is_some());
    let renewal = begin(&mut tokens, at(2));
    let id = obtain(&mut tokens, renewal, issued("second", 7200), at(2));
    tokens.refuse(id);
    assert!(tokens.failure_since(failed).is_none());
    let renewal = begin(&mut tokens, at(3));
    let again = renewal.id();
    tokens.failed(renewal, cause(), at(3));
    assert!(tokens.failure_since(again).is_some());
}

/// It makes a single attempt, so callers that have no token after it may begin another renewal.
#[test]
fn the_failure_of_an_early_renewal_is_not_a_failure_of_the_calls() {
    let (mut tokens, old) = holding("old", 7200);
    let early = begin(&mut tokens, at(7100));
    let id = early.id();
    tokens.refuse(old);
    assert_wait(&tokens, at(7101));
    let why = cause();
    assert!(Arc::ptr_eq(&tokens.failed(early, Arc::clone(&why), at(7102)).unwrap(), &why));
    assert!(tokens.failure_since(id).is_none());
    assert!(!begin(&mut tokens, at(7102)).is_early());
}

#[test]
fn a_failure_that_comes_too_late_is_returned() {
    let mut tokens = TokenCache::default();
    let late = begin(&mut tokens, at(0));
    let id = late.id();
    tokens.abandon(id);
    let why = cause();
    assert!(Arc::ptr_eq(&tokens.failed(late, Arc::clone(&why), at(0)).unwrap(), &why));
    assert!(tokens.failure_since(id).is_none());
}
