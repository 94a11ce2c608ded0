//! A server that returns a refused token again.

use std::time::Duration;

use wechat_material::driver::{Moment, Renewal, TokenCache};
use wechat_material::{AccessToken, BaseUrl, Credentials, Endpoint, StableToken, Token};

use crate::{
    DAY, HOUR, NANOSECOND, assert_renew, assert_token, assert_wait, at, begin, cause, holding, issued,
    just_before, obtain, renew_by_force, token,
};

#[test]
fn the_first_renewal_after_a_refusal_is_not_forced_as_another_machine_may_have_renewed_the_token() {
    let (mut tokens, old) = holding("old", 7200);
    tokens.refuse(old);
    let renewal = begin(&mut tokens, at(1));
    assert!(!renewal.is_forced());
    assert_eq!(renewal.refused().map(AccessToken::expose), Some("old"));
    let new = obtain(&mut tokens, renewal, issued("new", 5000), at(1));
    tokens.refuse(new);
    assert!(!begin(&mut tokens, at(2)).is_forced());
}

#[test]
fn a_renewal_is_forced_only_if_the_refused_token_is_returned_again() {
    let (mut tokens, old) = holding("old", 7200);
    let forced = renew_by_force(&mut tokens, old, 1);
    assert_eq!(forced.refused().map(AccessToken::expose), Some("old"));
    assert_wait(&tokens, at(1));
    obtain(&mut tokens, forced, issued("new", 7200), at(2));
    assert_token(&tokens, at(2), "new");
    // Later renewals are not forced.
    let renewal = begin(&mut tokens, at(7100));
    assert!(!renewal.is_forced() && renewal.refused().is_none());
    obtain(&mut tokens, renewal, issued("old", 7200), at(7100));
    assert_token(&tokens, at(7100), "old");
}

#[test]
fn the_forced_renewal_is_a_new_one_with_its_own_time() {
    let (mut tokens, old) = holding("old", 7200);
    tokens.refuse(old);
    let renewal = begin(&mut tokens, at(0));
    let first = renewal.id();
    let forced = tokens.obtained(renewal, issued("old", 7200), at(200)).unwrap();
    assert!(forced.id() > first && !forced.is_early());
    assert_eq!(tokens.renewal(), Some(forced.id()));
    assert_wait(&tokens, at(500));
    assert_renew(&tokens, at(500).after(NANOSECOND));
}

#[test]
fn the_token_of_a_forced_renewal_is_accepted_even_if_it_is_the_refused_one() {
    // Even if it took so long that another one could be forced.
    for seconds in [2, 60] {
        let (mut tokens, old) = holding("old", 7200);
        let forced = renew_by_force(&mut tokens, old, 1);
        let again = obtain(&mut tokens, forced, issued("old", 7200), at(seconds));
        assert_ne!(again, old);
        tokens.refuse(old);
        assert_token(&tokens, at(seconds), "old");
    }
}

#[test]
fn a_token_is_forced_at_most_every_thirty_seconds() {
    let (mut tokens, old) = holding("old", 7200);
    let forced = renew_by_force(&mut tokens, old, 100);
    let mut id = obtain(&mut tokens, forced, issued("old", 7200), at(100));
    for moment in [at(100), at(101), at(129), just_before(130)] {
        tokens.refuse(id);
        let renewal = begin(&mut tokens, moment);
        assert!(!renewal.is_forced());
        // The client cannot force another one yet, so it accepts this one.
        let again = obtain(&mut tokens, renewal, issued("old", 7200), moment);
        assert_token(&tokens, moment, "old");
        assert_ne!(again, id);
        id = again;
    }
    drop(renew_by_force(&mut tokens, id, 130));
}

#[test]
fn a_token_is_forced_at_most_twenty_times_a_day() {
    let (mut tokens, mut id) = holding("old", 7200);
    for number in 0..20 {
        let seconds = 1000 + 60 * number;
        let forced = renew_by_force(&mut tokens, id, seconds);
        id = obtain(&mut tokens, forced, issued("old", 7200), at(seconds));
    }
    for moment in [at(1000 + 60 * 20), at(HOUR), at(23 * HOUR), just_before(1000 + DAY)] {
        tokens.refuse(id);
        let renewal = begin(&mut tokens, moment);
        id = obtain(&mut tokens, renewal, issued("old", 7200), moment);
    }
    // The first of them is a day ago, and then the second.
    let forced = renew_by_force(&mut tokens, id, 1000 + DAY);
    id = obtain(&mut tokens, forced, issued("old", 7200), at(1000 + DAY));
    tokens.refuse(id);
    let renewal = begin(&mut tokens, at(1000 + DAY + 59));
    id = obtain(&mut tokens, renewal, issued("old", 7200), at(1000 + DAY + 59));
    drop(renew_by_force(&mut tokens, id, 1000 + DAY + 60));
}

#[test]
fn a_failed_forced_renewal_counts_and_the_next_one_is_forced_later() {
    type End = fn(&mut TokenCache, Renewal, Moment);
    let failed: End = |tokens, renewal, now| drop(tokens.failed(renewal, cause(), now));
    let abandoned: End = |tokens, renewal, _| tokens.abandon(renewal.id());
    for end in [failed, abandoned] {
        let (mut tokens, old) = holding("old", 7200);
        let forced = renew_by_force(&mut tokens, old, 100);
        end(&mut tokens, forced, at(110));
        // It may have succeeded, so the client asks before it forces again.
        let renewal = begin(&mut tokens, at(129));
        assert!(!renewal.is_forced());
        end(&mut tokens, renewal, at(129));
        let renewal = begin(&mut tokens, at(130));
        assert!(renewal.is_forced());
        obtain(&mut tokens, renewal, issued("new", 7200), at(130));
        assert_token(&tokens, at(130), "new");
    }
}

#[test]
fn an_accepted_token_is_not_forced_before_it_is_refused_again() {
    let mut tokens = TokenCache::with_margin(Duration::from_secs(HOUR));
    let renewal = begin(&mut tokens, at(0));
    let id = obtain(&mut tokens, renewal, issued("old", 7200), at(0));
    let forced = renew_by_force(&mut tokens, id, 1);
    // The refusal was wrong: this token is valid for its whole life.
    obtain(&mut tokens, forced, issued("old", 7200), at(1));
    let renewal = begin(&mut tokens, at(3601));
    assert!(!renewal.is_forced() && renewal.refused().is_none());
    let id = obtain(&mut tokens, renewal, issued("old", 3600), at(3601));
    assert_token(&tokens, at(3601), "old");
    drop(renew_by_force(&mut tokens, id, 3602));
}

#[test]
fn nothing_prints_a_token_or_a_secret() {
    let access = AccessToken::new("CANARY");
    let credentials = Credentials::new("wx0123456789abcdef", "CANARY");
    let (mut tokens, id) = holding("CANARY", 7200);
    let leased = tokens.lease(at(1));
    tokens.refuse(id);
    let renewal = begin(&mut tokens, at(2));
    let stable = StableToken::new(&credentials).forced(true);
    let printed = [
        format!("{access:?} {credentials:?} {:?} {id:?}", issued("CANARY", 7200)),
        format!("{tokens:?} {leased:?} {renewal:?}"),
        format!("{stable:?} {:?}", Token::new(&credentials)),
        format!("{:?}", stable.to_request(&BaseUrl::API).map(|request| request.uri().to_string())),
    ]
    .concat();
    assert!(!printed.contains("CANARY"), "{printed}");
    // A cache with the token, and a renewal that names it.
    assert_eq!(token_count(&format!("{leased:?}")), 1);
    assert_eq!(token_count(&format!("{renewal:?}")), 1);
    assert_eq!(token_count(&format!("{tokens:?}")), 1);
    assert_eq!(token(&TokenCache::fixed(access), at(0)).0, "CANARY");
}

fn token_count(printed: &str) -> usize {
    printed.matches("AccessToken(redacted)").count()
}
