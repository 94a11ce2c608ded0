//! The wait of one caller for the token.

use std::sync::Arc;
use std::time::Duration;

use wechat_material::driver::{Moment, TokenCache, TokenId, TokenWait};
use wechat_material::{AccessToken, ClientError, RetryPolicy};

use crate::{NANOSECOND, at, begin, cause, holding, issued, just_before, obtain, token};

/// A wait of at most a minute, from 0.
fn a_minute() -> TokenWait {
    TokenWait::new(&RetryPolicy::default().max_elapsed(Duration::from_secs(60)), at(0))
}

#[track_caller]
fn assert_waits(wait: &mut TokenWait, tokens: &TokenCache, now: Moment) {
    assert!(matches!(wait.poll(tokens, now), Ok(None)));
}

#[track_caller]
fn returned(wait: &mut TokenWait, tokens: &TokenCache, now: Moment) -> (String, TokenId) {
    let (token, id) = wait.poll(tokens, now).unwrap().expect("no token");
    (token.expose().to_owned(), id)
}

#[track_caller]
fn assert_timeout(wait: &mut TokenWait, tokens: &TokenCache, now: Moment) {
    let error = wait.poll(tokens, now).unwrap_err();
    assert!(matches!(error, ClientError::TokenTimeout { waited, .. } if waited == now.0), "{error:?}");
}

#[test]
fn a_valid_token_is_returned_at_once() {
    let (tokens, id) = holding("first", 7200);
    assert_eq!(returned(&mut a_minute(), &tokens, at(1)), ("first".to_owned(), id));
    let fixed = TokenCache::fixed(AccessToken::new("fixed"));
    assert_eq!(returned(&mut a_minute(), &fixed, at(1)).0, "fixed");
}

#[test]
fn a_wait_ends_with_the_token_or_when_its_time_is_over() {
    let mut tokens = TokenCache::default();
    let mut wait = a_minute();
    assert_eq!(wait.until(), at(60));
    assert_waits(&mut wait, &tokens, at(0));
    let renewal = begin(&mut tokens, at(0));
    assert_waits(&mut wait, &tokens, just_before(60));
    // At the end of its time the wait is over …
    assert_timeout(&mut wait, &tokens, at(60));
    obtain(&mut tokens, renewal, issued("first", 7200), at(60));
    // … but a token that is there is returned.
    assert_eq!(returned(&mut wait, &tokens, at(60)), token(&tokens, at(60)));
    assert_timeout(&mut wait, &tokens, at(60).after(NANOSECOND));
}

#[test]
fn callers_that_waited_for_a_renewal_that_failed_get_the_cause() {
    let mut tokens = TokenCache::default();
    let mut waits = [a_minute(), a_minute(), a_minute()];
    assert_waits(&mut waits[0], &tokens, at(0));
    let renewal = begin(&mut tokens, at(1));
    assert_waits(&mut waits[1], &tokens, at(1));
    let why = cause();
    tokens.failed(renewal, Arc::clone(&why), at(2));
    let [before, during, after] = &mut waits;
    for wait in [before, during] {
        let error = wait.poll(&tokens, at(2)).unwrap_err();
        assert!(matches!(error, ClientError::Token(cause) if Arc::ptr_eq(&cause, &why)));
    }
    // The next caller begins another renewal and waits for it.
    assert_waits(after, &tokens, at(2));
    assert_waits(after, &tokens, at(3));
    let renewal = begin(&mut tokens, at(3));
    tokens.failed(renewal, cause(), at(4));
    // The cause is more useful than a timeout.
    assert!(matches!(after.poll(&tokens, at(60)), Err(ClientError::Token(_))));
}

#[test]
fn after_a_token_the_next_wait_is_a_new_one() {
    let mut tokens = TokenCache::default();
    let mut wait = a_minute();
    assert_waits(&mut wait, &tokens, at(0));
    let renewal = begin(&mut tokens, at(0));
    let first = obtain(&mut tokens, renewal, issued("first", 7200), at(1));
    assert_eq!(returned(&mut wait, &tokens, at(1)).1, first);
    tokens.refuse(first);
    let renewal = begin(&mut tokens, at(2));
    tokens.failed(renewal, cause(), at(2));
    // It did not wait for the renewal that failed.
    assert_waits(&mut wait, &tokens, at(3));
}

#[test]
fn a_caller_does_not_wait_for_a_renewal_that_takes_too_long() {
    let mut tokens = TokenCache::default();
    let lost = begin(&mut tokens, at(0));
    let policy = RetryPolicy::default().max_elapsed(Duration::MAX);
    let late = at(300).after(NANOSECOND);
    let (mut early, mut wait) = (TokenWait::new(&policy, at(300)), TokenWait::new(&policy, late));
    assert_waits(&mut early, &tokens, at(300));
    assert_waits(&mut wait, &tokens, late);
    // It was not replaced, so its failure counts, but only for callers that waited for it.
    tokens.failed(lost, cause(), late);
    assert!(matches!(early.poll(&tokens, late), Err(ClientError::Token(_))));
    assert_waits(&mut wait, &tokens, late);
}

#[test]
fn the_cause_of_a_renewal_that_failed_at_the_last_moment_is_returned() {
    let mut tokens = TokenCache::default();
    let mut wait = a_minute();
    assert_waits(&mut wait, &tokens, at(0));
    let renewal = begin(&mut tokens, at(0));
    tokens.failed(renewal, cause(), at(61));
    assert!(matches!(wait.poll(&tokens, at(61)), Err(ClientError::Token(_))));
    assert_timeout(&mut a_minute(), &tokens, at(61));
}

#[test]
fn callers_wait_for_an_early_renewal_until_ten_seconds_after_its_beginning() {
    let (mut tokens, id) = holding("first", 7200);
    let due = 7200 - 180;
    let mut wait = TokenWait::new(&RetryPolicy::default(), at(due));
    assert_waits(&mut wait, &tokens, at(due));
    assert_eq!(wait.until(), at(due + 10));
    let renewal = begin(&mut tokens, at(due));
    tokens.leave(renewal.id());
    assert_eq!(returned(&mut wait, &tokens, at(due + 10)).1, id);
    assert_eq!(wait.until(), at(due + 120));
    // The renewal still needs a driver, but no caller waits for it.
    assert_eq!(returned(&mut wait, &tokens, at(due + 11)).1, id);
    // After the token has expired, callers must wait for another one.
    let mut last = TokenWait::new(&RetryPolicy::default(), at(7200));
    assert_waits(&mut last, &tokens, at(7200));
    assert_eq!(last.until(), at(7320));
}
