//! A token that is handed out again although it was refused.

use std::time::Duration;
use wechat_material::{
    AccessToken, BaseUrl, Credentials, Endpoint, Moment, Renewal, Session, StableToken, Token,
};

use crate::{DAY, HOUR, assert_token, assert_wait, at, duty, holding, issued, renew_by_force, token};

#[test]
fn after_a_refusal_the_renewal_is_unforced_as_another_machine_may_have_renewed_the_token() {
    let (mut session, old) = holding("old", 7200);
    session.refused(old);
    let renewal = duty(session.lease(at(1)));
    assert!(!renewal.is_forced());
    assert_eq!(renewal.refused().map(AccessToken::expose), Some("old"));
    let (_, new) = token(session.renewed(renewal, issued("new", 5000), at(1)));
    session.refused(new);
    assert!(!duty(session.lease(at(2))).is_forced());
}

#[test]
fn only_the_refused_token_handed_out_again_is_renewed_by_force() {
    let (mut session, old) = holding("old", 7200);
    let forced = renew_by_force(&mut session, old, 1);
    assert_eq!(forced.refused().map(AccessToken::expose), Some("old"));
    assert_wait(&session.lease(at(1)));
    assert_token(session.renewed(forced, issued("new", 7200), at(2)), "new");
    // What follows is no consequence of it.
    let renewal = duty(session.lease(at(7100)));
    assert!(!renewal.is_forced() && renewal.refused().is_none());
    assert_token(session.renewed(renewal, issued("old", 7200), at(7100)), "old");
}

#[test]
fn what_force_brings_is_taken_as_it_is() {
    // Also when it took so long that another one could be forced.
    for seconds in [2, 60] {
        let (mut session, old) = holding("old", 7200);
        let forced = renew_by_force(&mut session, old, 1);
        let (text, again) = token(session.renewed(forced, issued("old", 7200), at(seconds)));
        assert_eq!(text, "old");
        assert_ne!(again, old);
        session.refused(old);
        assert_token(session.lease(at(seconds)), "old");
    }
}

#[test]
fn a_token_is_forced_at_most_every_thirty_seconds() {
    let (mut session, old) = holding("old", 7200);
    let forced = renew_by_force(&mut session, old, 100);
    let (_, mut generation) = token(session.renewed(forced, issued("old", 7200), at(100)));
    for seconds in [100, 101, 129] {
        session.refused(generation);
        let renewal = duty(session.lease(at(seconds)));
        assert!(!renewal.is_forced());
        // Not allowed to force another one, one takes what there is.
        let (text, again) = token(session.renewed(renewal, issued("old", 7200), at(seconds)));
        assert_eq!(text, "old");
        assert_ne!(again, generation);
        generation = again;
    }
    drop(renew_by_force(&mut session, generation, 130));
}

#[test]
fn a_renewal_that_nobody_begins_takes_nothing_back_but_its_own_force() {
    let (mut session, old) = holding("old", 7200);
    let forced = renew_by_force(&mut session, old, 100);
    session.abandoned(forced);
    let unforced = duty(session.lease(at(100)));
    assert!(!unforced.is_forced());
    session.declined(unforced);
    assert!(!duty(session.lease(at(129))).is_forced());
}

#[test]
fn a_token_is_forced_at_most_twenty_times_a_day() {
    let (mut session, mut generation) = holding("old", 7200);
    for number in 0..20 {
        let seconds = 1000 + 60 * number;
        let forced = renew_by_force(&mut session, generation, seconds);
        generation = token(session.renewed(forced, issued("old", 7200), at(seconds))).1;
    }
    for seconds in [1000 + 60 * 20, HOUR, 23 * HOUR, 1000 + DAY - 1] {
        session.refused(generation);
        let renewal = duty(session.lease(at(seconds)));
        generation = token(session.renewed(renewal, issued("old", 7200), at(seconds))).1;
    }
    // The first of them is a day ago, and then the second.
    let forced = renew_by_force(&mut session, generation, 1000 + DAY);
    generation = token(session.renewed(forced, issued("old", 7200), at(1000 + DAY))).1;
    session.refused(generation);
    let renewal = duty(session.lease(at(1000 + DAY + 59)));
    generation = token(session.renewed(renewal, issued("old", 7200), at(1000 + DAY + 59))).1;
    drop(renew_by_force(&mut session, generation, 1000 + DAY + 60));
}

#[test]
fn a_forced_renewal_that_came_to_nothing_counts_and_is_taken_up_again() {
    type End = fn(&mut Session, Renewal, Moment);
    let failed: End = |session, renewal, now| assert!(session.failed(renewal, now).is_none());
    let abandoned: End = |session, renewal, _| session.abandoned(renewal);
    for ended in [failed, abandoned] {
        let (mut session, old) = holding("old", 7200);
        let forced = renew_by_force(&mut session, old, 100);
        ended(&mut session, forced, at(110));
        // It may have had its effect, so one asks before one forces again.
        let renewal = duty(session.lease(at(129)));
        assert!(!renewal.is_forced());
        ended(&mut session, renewal, at(129));
        let renewal = duty(session.lease(at(130)));
        assert!(renewal.is_forced());
        assert_token(session.renewed(renewal, issued("new", 7200), at(130)), "new");
    }
}

#[test]
fn a_token_taken_as_it_is_is_not_forced_before_it_is_refused_again() {
    let mut session = Session::with_margin(Duration::from_secs(HOUR));
    let renewal = duty(session.lease(at(0)));
    let (_, generation) = token(session.renewed(renewal, issued("old", 7200), at(0)));
    let forced = renew_by_force(&mut session, generation, 1);
    // The refusal was a whim: this one is good for its life.
    assert_token(session.renewed(forced, issued("old", 7200), at(1)), "old");
    let renewal = duty(session.lease(at(3601)));
    assert!(!renewal.is_forced() && renewal.refused().is_none());
    let (_, generation) = token(session.renewed(renewal, issued("old", 3600), at(3601)));
    assert_token(session.lease(at(3601)), "old");
    drop(renew_by_force(&mut session, generation, 3602));
}

#[test]
fn nothing_prints_a_token_or_a_secret() {
    let token = AccessToken::new("CANARY");
    let credentials = Credentials::new("wx0123456789abcdef", "CANARY");
    let (mut session, generation) = holding("CANARY", 7200);
    let leased = session.lease(at(1));
    session.refused(generation);
    let renewal = session.lease(at(2));
    let stable = StableToken::new(&credentials).forced(true);
    let printed = [
        format!("{token:?} {credentials:?} {:?} {generation:?}", issued("CANARY", 7200)),
        format!("{session:?} {leased:?} {renewal:?}"),
        format!("{stable:?} {:?}", Token::new(&credentials)),
        format!("{:?}", stable.to_request(&BaseUrl::API).map(|request| request.uri().to_string())),
    ]
    .concat();
    assert!(!printed.contains("CANARY"), "{printed}");
    // The one in a session that holds it, and in a duty that names it.
    assert_eq!(token_count(&format!("{leased:?}")), 1);
    assert_eq!(token_count(&format!("{renewal:?}")), 1);
    assert_eq!(token_count(&format!("{session:?}")), 1);
}

fn token_count(printed: &str) -> usize {
    printed.matches("AccessToken(redacted)").count()
}

#[test]
fn a_forced_renewal_that_is_declined_costs_nothing() {
    let (mut session, refused) = holding("A", 7200);
    let forced = renew_by_force(&mut session, refused, 10);
    session.declined(forced);
    let again = duty(session.lease(at(11)));
    assert!(again.is_forced());
    session.abandoned(again);
    assert!(!duty(session.lease(at(12))).is_forced());
}
