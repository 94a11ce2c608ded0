//! Replacing a token that may be valid, and refusals of calls that were made elsewhere.

use std::time::Duration;

use wechat_material::driver::{TokenCache, TokenWait};
use wechat_material::{AccessToken, ClientError, IssuedToken, RetryPolicy};

use crate::{assert_renew, assert_token, assert_wait, at, begin, cause, holding, issued, obtain};

fn wait_for_another(tokens: &mut TokenCache, seconds: u64) -> TokenWait {
    TokenWait::for_another(&RetryPolicy::default(), tokens, at(seconds)).unwrap()
}

#[track_caller]
fn assert_gets(wait: &mut TokenWait, tokens: &TokenCache, seconds: u64, expected: &str) {
    let (token, _) = wait.poll(tokens, at(seconds)).unwrap().expect("no token");
    assert_eq!(token.expose(), expected);
}

#[test]
fn another_token_replaces_a_valid_one() {
    let (mut tokens, old) = holding("old", 7200);
    let mut wait = wait_for_another(&mut tokens, 10);
    assert!(wait.poll(&tokens, at(10)).unwrap().is_none());
    // Calls wait for it too, as WeChat invalidates the old token when it issues another.
    let renewal = begin(&mut tokens, at(10));
    assert!(!renewal.is_early() && !renewal.is_forced());
    assert_eq!(renewal.refused().map(AccessToken::expose), Some("old"));
    assert_wait(&tokens, at(11));
    let new = obtain(&mut tokens, renewal, issued("new", 7200), at(12));
    assert_ne!(new, old);
    assert_gets(&mut wait, &tokens, 12, "new");
}

#[test]
fn calls_wait_ten_seconds_for_another_token_and_then_use_the_old_one() {
    let (mut tokens, old) = holding("old", 7200);
    let mut another = wait_for_another(&mut tokens, 10);
    let _renewal = begin(&mut tokens, at(10));
    let mut call = TokenWait::new(&RetryPolicy::default(), at(11));
    assert!(call.poll(&tokens, at(11)).unwrap().is_none());
    assert_eq!(call.until(), at(20));
    assert!(another.poll(&tokens, at(20)).unwrap().is_none());
    assert_gets(&mut call, &tokens, 20, "old");
    // The caller that asked for another one gets no old one, and a call that was refused with it neither.
    assert!(another.poll(&tokens, at(100)).unwrap().is_none());
    tokens.refuse(old);
    let mut call = TokenWait::new(&RetryPolicy::default(), at(100));
    assert!(call.poll(&tokens, at(111)).unwrap().is_none());
    assert!(matches!(another.poll(&tokens, at(131)), Err(ClientError::TokenTimeout { .. })));
}

#[test]
fn one_renewal_serves_all_callers_that_ask_for_another_token_before_it_ends() {
    let (mut tokens, _) = holding("old", 7200);
    let mut first = wait_for_another(&mut tokens, 10);
    assert!(first.poll(&tokens, at(10)).unwrap().is_none());
    let renewal = begin(&mut tokens, at(10));
    let mut second = wait_for_another(&mut tokens, 11);
    assert!(second.poll(&tokens, at(11)).unwrap().is_none());
    assert!(tokens.begin(at(11)).is_none());
    obtain(&mut tokens, renewal, issued("new", 7200), at(12));
    assert_gets(&mut first, &tokens, 12, "new");
    assert_gets(&mut second, &tokens, 12, "new");
}

#[test]
fn another_token_is_forced_within_limits_if_the_server_returns_the_old_one() {
    let (mut tokens, _) = holding("old", 7200);
    let mut wait = wait_for_another(&mut tokens, 10);
    let renewal = begin(&mut tokens, at(10));
    let forced = tokens.obtained(renewal, issued("old", 7190), at(10)).expect("it is not forced");
    assert!(forced.is_forced());
    assert!(wait.poll(&tokens, at(11)).unwrap().is_none());
    obtain(&mut tokens, forced, issued("new", 7200), at(11));
    assert_gets(&mut wait, &tokens, 11, "new");

    // Thirty seconds have not passed.
    let mut wait = wait_for_another(&mut tokens, 39);
    let renewal = begin(&mut tokens, at(39));
    obtain(&mut tokens, renewal, issued("new", 7170), at(39));
    assert_gets(&mut wait, &tokens, 39, "new");
    let mut wait = wait_for_another(&mut tokens, 41);
    let renewal = begin(&mut tokens, at(41));
    let forced = tokens.obtained(renewal, issued("new", 7168), at(41)).expect("it is not forced");
    obtain(&mut tokens, forced, issued("newest", 7200), at(41));
    assert_gets(&mut wait, &tokens, 41, "newest");
}

#[test]
fn calls_use_the_old_token_again_if_no_other_can_be_obtained() {
    let (mut tokens, old) = holding("old", 7200);
    let mut wait = wait_for_another(&mut tokens, 10);
    let renewal = begin(&mut tokens, at(10));
    assert!(tokens.failed(renewal, cause(), at(12)).is_none());
    assert_token(&tokens, at(12), "old");
    // Only the caller that asked for another token gets the cause, even after its time.
    for seconds in [12, 1000] {
        let error = wait.poll(&tokens, at(seconds)).unwrap_err();
        assert!(matches!(error, ClientError::Token(_)), "{error:?}");
    }
    // It is the same token as before, and it is valid.
    let renewal = begin(&mut tokens, at(7100));
    assert!(renewal.is_early() && renewal.refused().is_none());
    tokens.abandon(renewal.id());
    tokens.refuse(old);
    assert_renew(&tokens, at(13));
    let renewal = begin(&mut tokens, at(13));
    assert_eq!(renewal.refused().map(AccessToken::expose), Some("old"));
}

#[test]
fn a_token_that_could_not_be_replaced_by_force_is_not_renewed_by_force_later() {
    let (mut tokens, _) = holding("old", 7200);
    let _wait = wait_for_another(&mut tokens, 10);
    let renewal = begin(&mut tokens, at(10));
    let forced = tokens.obtained(renewal, issued("old", 7190), at(10)).expect("it is not forced");
    tokens.failed(forced, cause(), at(12));
    assert_token(&tokens, at(12), "old");
    assert!(!begin(&mut tokens, at(7100)).is_forced());
}

#[test]
fn an_old_token_is_forgotten_when_there_is_another() {
    let (mut tokens, _) = holding("old", 7200);
    let _wait = wait_for_another(&mut tokens, 10);
    let renewal = begin(&mut tokens, at(10));
    let new = obtain(&mut tokens, renewal, issued("new", 7200), at(10));
    tokens.refuse(new);
    let renewal = begin(&mut tokens, at(11));
    tokens.failed(renewal, cause(), at(11));
    assert_renew(&tokens, at(11));
}

#[test]
fn an_old_token_that_has_expired_or_was_refused_meanwhile_is_not_used_again() {
    for is_refused in [false, true] {
        let (mut tokens, old) = holding("old", 100);
        let _wait = wait_for_another(&mut tokens, 10);
        let renewal = begin(&mut tokens, at(10));
        if is_refused {
            tokens.refuse(old);
        }
        tokens.failed(renewal, cause(), at(if is_refused { 12 } else { 100 }));
        assert_renew(&tokens, at(if is_refused { 12 } else { 100 }));
    }
}

#[test]
fn another_renewal_follows_one_that_is_abandoned_or_was_early() {
    let (mut tokens, _) = holding("old", 7200);
    let mut wait = wait_for_another(&mut tokens, 10);
    let renewal = begin(&mut tokens, at(10));
    tokens.abandon(renewal.id());
    assert!(wait.poll(&tokens, at(11)).unwrap().is_none());
    let renewal = begin(&mut tokens, at(11));
    assert_eq!(renewal.refused().map(AccessToken::expose), Some("old"));
    obtain(&mut tokens, renewal, issued("new", 7200), at(11));
    assert_gets(&mut wait, &tokens, 11, "new");

    let early = begin(&mut tokens, at(7200));
    assert!(early.is_early());
    let mut wait = wait_for_another(&mut tokens, 7200);
    assert!(tokens.failed(early, cause(), at(7201)).is_some());
    assert!(wait.poll(&tokens, at(7201)).unwrap().is_none());
    let renewal = begin(&mut tokens, at(7201));
    obtain(&mut tokens, renewal, issued("newest", 7200), at(7201));
    assert_gets(&mut wait, &tokens, 7201, "newest");
}

#[test]
fn the_wait_for_another_token_ends_when_its_time_is_over() {
    let (mut tokens, _) = holding("old", 7200);
    let mut wait = wait_for_another(&mut tokens, 10);
    let _renewal = begin(&mut tokens, at(10));
    assert!(wait.poll(&tokens, at(129)).unwrap().is_none());
    assert_eq!(wait.until(), at(130));
    assert!(matches!(wait.poll(&tokens, at(130)), Err(ClientError::TokenTimeout { .. })));
}

#[test]
fn a_fixed_token_cannot_be_renewed() {
    let mut tokens = TokenCache::fixed(AccessToken::new("fixed"));
    let error = TokenWait::for_another(&RetryPolicy::default(), &mut tokens, at(1)).unwrap_err();
    let ClientError::Token(cause) = error else { panic!("{error:?}") };
    assert!(cause.to_string().contains("a fixed token cannot be renewed"), "{cause}");
    assert_token(&tokens, at(1), "fixed");
}

#[test]
fn a_call_that_was_made_elsewhere_can_refuse_only_the_current_token() {
    let (mut tokens, _) = holding("old", 7200);
    for other in ["", "ol", "older"] {
        tokens.refuse_token(&AccessToken::new(other));
        assert_token(&tokens, at(1), "old");
    }
    tokens.refuse_token(&AccessToken::new("old"));
    let renewal = begin(&mut tokens, at(1));
    assert_eq!(renewal.refused().map(AccessToken::expose), Some("old"));
    tokens.refuse_token(&AccessToken::new("old"));
    obtain(&mut tokens, renewal, issued("new", 7200), at(1));
    tokens.refuse_token(&AccessToken::new("old"));
    assert_token(&tokens, at(2), "new");

    let mut fixed = TokenCache::fixed(AccessToken::new("fixed"));
    fixed.refuse_token(&AccessToken::new("fixed"));
    assert_token(&fixed, at(1), "fixed");
}

#[test]
fn a_token_that_is_refused_elsewhere_while_another_one_is_obtained_is_not_used_again() {
    let (mut tokens, _) = holding("old", 7200);
    let _wait = wait_for_another(&mut tokens, 10);
    let renewal = begin(&mut tokens, at(10));
    tokens.refuse_token(&AccessToken::new("old"));
    tokens.failed(renewal, cause(), at(12));
    assert_renew(&tokens, at(12));
}

#[test]
fn the_remaining_life_is_reported_if_it_is_known() {
    let (mut tokens, old) = holding("old", 7200);
    assert_eq!(tokens.remaining_life(at(0)), Some(Duration::from_secs(7200)));
    assert_eq!(tokens.remaining_life(at(7199)), Some(Duration::from_secs(1)));
    assert_eq!(tokens.remaining_life(at(7200)), None);
    let mut wait = TokenWait::new(&RetryPolicy::default(), at(200));
    let issued = wait.poll_issued(&tokens, at(200)).unwrap().expect("no token");
    assert_eq!((issued.token.expose(), issued.expires_in), ("old", Some(Duration::from_secs(7000))));

    tokens.refuse(old);
    assert_eq!(tokens.remaining_life(at(1)), None);
    let renewal = begin(&mut tokens, at(1));
    obtain(&mut tokens, renewal, IssuedToken::new(AccessToken::new("new"), None), at(1));
    assert_token(&tokens, at(2), "new");
    assert_eq!(tokens.remaining_life(at(2)), None);
    assert_eq!(TokenCache::fixed(AccessToken::new("fixed")).remaining_life(at(1)), None);
    assert_eq!(TokenCache::default().remaining_life(at(1)), None);
}
