//! How long a token is used, and when it is renewed.

use std::time::Duration;

use wechat_material::driver::{Moment, TokenCache};
use wechat_material::{AccessToken, IssuedToken};

use crate::{
    DAY, HOUR, assert_renew, assert_token, assert_wait, at, begin, cause, holding, issued, just_before,
    obtain, renew_by_force, token,
};

#[test]
fn a_token_is_obtained_once_and_shared() {
    let mut tokens = TokenCache::default();
    let renewal = begin(&mut tokens, at(0));
    assert!(!renewal.is_forced() && renewal.refused().is_none());
    assert_wait(&tokens, at(0));
    assert_wait(&tokens, at(1));
    let id = obtain(&mut tokens, renewal, issued("first", 7200), at(2));
    for seconds in 2..1000 {
        assert_eq!(token(&tokens, at(seconds)), ("first".to_owned(), id));
    }
}

#[test]
fn one_call_renews_early_while_the_others_use_the_old_token_until_it_expires() {
    let (mut tokens, old) = holding("old", 7200);
    assert_token(&tokens, at(7200 - 181), "old");
    assert_token(&tokens, just_before(7200 - 180), "old");
    let renewal = begin(&mut tokens, at(7200 - 180));
    assert_token(&tokens, at(7200 - 180), "old");
    assert_token(&tokens, just_before(7200), "old");
    assert_wait(&tokens, at(7200));
    let new = obtain(&mut tokens, renewal, issued("new", 7200), at(7201));
    assert_ne!(new, old);
    assert_token(&tokens, at(7201), "new");
}

#[test]
fn the_margin_can_be_chosen_but_half_the_life_is_used() {
    for (margin, life, renewed_from) in [
        (0, 7200, 7200),
        (60, 7200, 7140),
        (300, 7200, 6900),
        (3600, 7200, 3600),
        (DAY, 7200, 3600),
        (u64::MAX, 7200, 3600),
        (180, 100, 50),
    ] {
        let mut tokens = TokenCache::with_margin(Duration::from_secs(margin));
        let renewal = begin(&mut tokens, at(0));
        obtain(&mut tokens, renewal, issued("old", life), at(0));
        assert_token(&tokens, at(renewed_from - 1), "old");
        assert_renew(&tokens, at(renewed_from));
    }
    assert_eq!(TokenCache::MARGIN, Duration::from_secs(180));
}

#[test]
fn a_life_begins_when_the_token_was_requested() {
    let mut tokens = TokenCache::with_margin(Duration::ZERO);
    let renewal = begin(&mut tokens, at(1000));
    // The answer took a while.
    obtain(&mut tokens, renewal, issued("old", 300), at(1100));
    assert_token(&tokens, at(1299), "old");
    assert_renew(&tokens, at(1300));
}

#[test]
fn every_life_is_accepted() {
    let seconds = Duration::from_secs;
    for (life, ends) in [
        (Some(Duration::ZERO), 1),
        (Some(Duration::from_nanos(1)), 1),
        (Some(seconds(2)), 2),
        (Some(seconds(DAY)), DAY),
        (Some(seconds(DAY + 1)), DAY),
        (Some(seconds(1 << 63)), DAY),
        (Some(Duration::MAX), DAY),
        (None, 2 * HOUR),
    ] {
        let mut tokens = TokenCache::with_margin(Duration::ZERO);
        let renewal = begin(&mut tokens, at(5000));
        let issued = IssuedToken::new(AccessToken::new("old"), life);
        // Callers that waited for it get it, however short its life is.
        obtain(&mut tokens, renewal, issued, at(5000));
        assert_token(&tokens, at(5000 + ends - 1), "old");
        assert_renew(&tokens, at(5000 + ends));
    }
}

#[test]
fn callers_that_wait_get_a_token_that_arrives_after_it_expired() {
    let mut tokens = TokenCache::default();
    let renewal = begin(&mut tokens, at(0));
    assert_wait(&tokens, at(50));
    obtain(&mut tokens, renewal, issued("late", 10), at(60));
    assert_token(&tokens, at(60), "late");
    assert_renew(&tokens, at(61));
}

#[test]
fn the_last_moment_does_not_overflow() {
    let mut tokens = TokenCache::default();
    let end = Moment(Duration::MAX);
    for text in ["first", "second"] {
        let renewal = begin(&mut tokens, end);
        assert_wait(&tokens, end);
        assert!(tokens.obtained(renewal, issued(text, 7200), end).is_none());
    }
    let renewal = begin(&mut tokens, end);
    tokens.failed(renewal, cause(), end);
    assert_renew(&tokens, end);
    // Back to an ordinary moment.
    assert_token(&tokens, at(0), "second");
}

#[test]
fn a_clock_that_does_not_advance_is_accepted() {
    let (mut tokens, mut id) = holding("token 0", 7200);
    for number in 1..50 {
        for _ in 0..50 {
            assert_token(&tokens, at(0), &format!("token {}", number - 1));
        }
        tokens.refuse(id);
        let renewal = begin(&mut tokens, at(0));
        assert_wait(&tokens, at(0));
        id = obtain(&mut tokens, renewal, issued(&format!("token {number}"), 7200), at(0));
    }
    // Only one renewal can be forced, as 30 seconds never pass.
    let forced = renew_by_force(&mut tokens, id, 0);
    id = obtain(&mut tokens, forced, issued("old", 7200), at(0));
    tokens.refuse(id);
    let renewal = begin(&mut tokens, at(0));
    obtain(&mut tokens, renewal, issued("old", 7200), at(0));
    assert_token(&tokens, at(0), "old");
}

#[test]
fn a_clock_that_goes_back_is_accepted() {
    let mut tokens = TokenCache::with_margin(Duration::from_secs(HOUR));
    let renewal = begin(&mut tokens, at(DAY));
    // It goes back while the token is requested: the token is valid for its life from now on, and no longer.
    obtain(&mut tokens, renewal, issued("old", 7200), at(HOUR));
    assert_token(&tokens, at(HOUR + 3599), "old");
    let renewal = begin(&mut tokens, at(HOUR + 3600));
    // It goes back to before the token was obtained: the token is still used, and for half its life it is not renewed.
    assert_token(&tokens, at(0), "old");
    tokens.failed(renewal, cause(), at(0));
    assert_token(&tokens, at(0), "old");
    assert_token(&tokens, at(11), "old");
    assert_token(&tokens, at(HOUR + 3599), "old");
    let renewal = begin(&mut tokens, at(HOUR + 7200));
    obtain(&mut tokens, renewal, issued("new", 7200), at(HOUR + 7200));
    assert_token(&tokens, at(HOUR + 7200), "new");
}

#[test]
fn renewals_can_be_forced_again_after_a_clock_went_back() {
    let (mut tokens, id) = holding("old", 7200);
    let forced = renew_by_force(&mut tokens, id, DAY);
    let id = obtain(&mut tokens, forced, issued("old", 7200), at(0));
    tokens.refuse(id);
    // By this clock, none of the 30 seconds has passed.
    let renewal = begin(&mut tokens, at(60));
    let id = obtain(&mut tokens, renewal, issued("old", 7200), at(60));
    drop(renew_by_force(&mut tokens, id, DAY + 30));
}

#[test]
fn a_fixed_token_is_never_renewed() {
    let mut tokens = TokenCache::fixed(AccessToken::new("fixed"));
    assert!(tokens.is_fixed());
    let end = Moment(Duration::MAX);
    for now in [at(0), at(100 * DAY), end] {
        let (text, id) = token(&tokens, now);
        assert_eq!(text, "fixed");
        tokens.refuse(id);
        assert!(tokens.begin(now).is_none() && tokens.renewal().is_none());
        assert_token(&tokens, now, "fixed");
    }
    assert!(!TokenCache::default().is_fixed());
}
