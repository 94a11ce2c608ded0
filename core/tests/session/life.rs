//! How long a token is used, and when it is renewed.

use std::time::Duration;
use wechat_material::{AccessToken, IssuedToken, Lease, Moment, Session};

use crate::{DAY, HOUR, assert_token, assert_wait, at, duty, holding, issued, renew_by_force, token};

#[test]
fn a_token_is_obtained_once_and_shared() {
    let mut session = Session::default();
    let renewal = duty(session.lease(at(0)));
    assert!(!renewal.is_forced() && renewal.refused().is_none());
    assert_wait(&session.lease(at(0)));
    assert_wait(&session.lease(at(1)));
    let (_, generation) = token(session.renewed(renewal, issued("first", 7200), at(2)));
    for seconds in 2..1000 {
        assert_eq!(token(session.lease(at(seconds))), ("first".to_owned(), generation));
    }
}

#[test]
fn one_caller_renews_early_while_the_others_go_on_with_the_old_token_until_it_expires() {
    let (mut session, old) = holding("old", 7200);
    assert_token(session.lease(at(7200 - 181)), "old");
    let renewal = duty(session.lease(at(7200 - 180)));
    assert_token(session.lease(at(7200 - 180)), "old");
    assert_token(session.lease(at(7199)), "old");
    assert_wait(&session.lease(at(7200)));
    let (text, new) = token(session.renewed(renewal, issued("new", 7200), at(7201)));
    assert_eq!(text, "new");
    assert_ne!(new, old);
    assert_token(session.lease(at(7201)), "new");
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
        let mut session = Session::with_margin(Duration::from_secs(margin));
        let renewal = duty(session.lease(at(0)));
        assert_token(session.renewed(renewal, issued("old", life), at(0)), "old");
        assert_token(session.lease(at(renewed_from - 1)), "old");
        assert!(matches!(session.lease(at(renewed_from)), Lease::Renew(_)), "{margin} of {life}");
    }
    assert_eq!(Session::MARGIN, Duration::from_secs(180));
}

#[test]
fn a_life_is_what_remained_when_the_token_was_asked_for() {
    let mut session = Session::with_margin(Duration::ZERO);
    let renewal = duty(session.lease(at(1000)));
    // The answer took a while.
    assert_token(session.renewed(renewal, issued("old", 300), at(1100)), "old");
    assert_token(session.lease(at(1299)), "old");
    assert!(matches!(session.lease(at(1300)), Lease::Renew(_)));
}

#[test]
fn any_life_is_survived() {
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
        let mut session = Session::with_margin(Duration::ZERO);
        let renewal = duty(session.lease(at(5000)));
        let issued = IssuedToken::new(AccessToken::new("old"), life);
        assert_token(session.renewed(renewal, issued, at(5000)), "old");
        // Those who waited for it get it, however short its life is.
        assert_token(session.lease(at(5000)), "old");
        assert_token(session.lease(at(5000 + ends - 1)), "old");
        assert!(matches!(session.lease(at(5000 + ends)), Lease::Renew(_)), "{life:?}");
    }
}

#[test]
fn a_token_that_arrives_after_its_end_is_good_for_those_who_wait() {
    let mut session = Session::default();
    let renewal = duty(session.lease(at(0)));
    assert_wait(&session.lease(at(50)));
    assert_token(session.renewed(renewal, issued("late", 10), at(60)), "late");
    assert_token(session.lease(at(60)), "late");
    assert!(matches!(session.lease(at(61)), Lease::Renew(_)));
}

#[test]
fn the_end_of_time_is_survived() {
    let mut session = Session::default();
    let end = Moment(Duration::MAX);
    for text in ["first", "second"] {
        let renewal = duty(session.lease(end));
        assert_wait(&session.lease(end));
        assert_token(session.renewed(renewal, issued(text, 7200), end), text);
    }
    let renewal = duty(session.lease(end));
    assert!(session.failed(renewal, end).is_none());
    // Back among the living.
    assert_token(session.lease(at(0)), "second");
}

#[test]
fn a_clock_that_stands_still_is_survived() {
    let (mut session, mut generation) = holding("token 0", 7200);
    for number in 1..50 {
        for _ in 0..50 {
            assert_token(session.lease(at(0)), &format!("token {}", number - 1));
        }
        session.refused(generation);
        let renewal = duty(session.lease(at(0)));
        assert_wait(&session.lease(at(0)));
        let issued = issued(&format!("token {number}"), 7200);
        generation = token(session.renewed(renewal, issued, at(0))).1;
    }
    // Force is for once, as no 30 seconds ever pass.
    let forced = renew_by_force(&mut session, generation, 0);
    generation = token(session.renewed(forced, issued("old", 7200), at(0))).1;
    session.refused(generation);
    let renewal = duty(session.lease(at(0)));
    assert_token(session.renewed(renewal, issued("old", 7200), at(0)), "old");
}

#[test]
fn a_clock_that_is_put_back_is_survived() {
    let mut session = Session::with_margin(Duration::from_secs(HOUR));
    let renewal = duty(session.lease(at(DAY)));
    // Put back while the token is on its way: it is good for its life from now on, and no longer.
    assert_token(session.renewed(renewal, issued("old", 7200), at(HOUR)), "old");
    assert_token(session.lease(at(HOUR + 3599)), "old");
    let renewal = duty(session.lease(at(HOUR + 3600)));
    // Put back to before it was obtained: it is still the token, and half its life is used whatever fails.
    assert_token(session.lease(at(0)), "old");
    assert!(session.failed(renewal, at(0)).is_some());
    assert_token(session.lease(at(11)), "old");
    assert_token(session.lease(at(HOUR + 3599)), "old");
    let renewal = duty(session.lease(at(HOUR + 7200)));
    assert_token(session.renewed(renewal, issued("new", 7200), at(HOUR + 7200)), "new");
}

#[test]
fn force_comes_back_after_a_clock_was_put_back() {
    let (mut session, generation) = holding("old", 7200);
    let forced = renew_by_force(&mut session, generation, DAY);
    let (_, generation) = token(session.renewed(forced, issued("old", 7200), at(0)));
    session.refused(generation);
    // It seems that none of the 30 seconds has passed.
    let renewal = duty(session.lease(at(60)));
    let (_, generation) = token(session.renewed(renewal, issued("old", 7200), at(60)));
    drop(renew_by_force(&mut session, generation, DAY + 30));
}
