//! The token that many calls share: what each caller gets, as events follow each other. No test waits.

use std::time::Duration;

use wechat_material::{
    AccessToken, BaseUrl, Credentials, Endpoint, Generation, IssuedToken, Lease, Moment, Renewal, Session,
    StableToken, Token,
};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

fn at(seconds: u64) -> Moment {
    Moment(Duration::from_secs(seconds))
}

fn issued(token: &str, seconds: u64) -> IssuedToken {
    IssuedToken::new(AccessToken::new(token), Some(Duration::from_secs(seconds)))
}

/// The duty of a lease that is one.
#[track_caller]
fn duty(lease: Lease) -> Renewal {
    let Lease::Renew(renewal) = lease else { panic!("no duty: {lease:?}") };
    renewal
}

/// The token of a lease that has one.
#[track_caller]
fn token(lease: Lease) -> (String, Generation) {
    let Lease::Token(token, generation) = lease else { panic!("no token: {lease:?}") };
    (token.expose().to_owned(), generation)
}

#[track_caller]
fn assert_token(lease: Lease, expected: &str) {
    assert_eq!(token(lease).0, expected);
}

#[track_caller]
fn assert_wait(lease: &Lease) {
    assert!(matches!(lease, Lease::Wait), "{lease:?}");
}

/// A session that obtained a token at 0.
fn holding(token_text: &str, seconds: u64) -> (Session, Generation) {
    let mut session = Session::default();
    let renewal = duty(session.lease(at(0)));
    let (_, generation) = token(session.renewed(renewal, issued(token_text, seconds), at(0)));
    (session, generation)
}

/// A token is refused, handed out again, and so there is a duty to force another one.
#[track_caller]
fn renew_by_force(session: &mut Session, refused: Generation, seconds: u64) -> Renewal {
    session.refused(refused);
    let renewal = duty(session.lease(at(seconds)));
    assert!(!renewal.is_forced());
    let refused = renewal.refused().unwrap().expose().to_owned();
    let forced = duty(session.renewed(renewal, issued(&refused, 7200), at(seconds)));
    assert!(forced.is_forced());
    forced
}

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

#[test]
fn a_token_that_a_thousand_callers_were_refused_with_is_renewed_once() {
    let (mut session, _) = holding("old", 7200);
    let leased: Vec<_> = (0..1000).map(|_| token(session.lease(at(1))).1).collect();
    let mut renewals = Vec::new();
    let (early, late) = leased.split_at(600);
    // Most are refused before one of them has renewed the token …
    for generation in early {
        session.refused(*generation);
        if let Lease::Renew(renewal) = session.lease(at(2)) {
            renewals.push(renewal);
        }
    }
    let renewal = renewals.pop().unwrap();
    assert_token(session.renewed(renewal, issued("new", 7200), at(3)), "new");
    // … and the others hear of it when there is another one already.
    for generation in late {
        session.refused(*generation);
        assert_token(session.lease(at(4)), "new");
    }
    assert!(renewals.is_empty());
}

#[test]
fn a_refusal_of_an_older_token_does_nothing() {
    let (mut session, first) = holding("first", 7200);
    session.refused(first);
    session.refused(first);
    let renewal = duty(session.lease(at(1)));
    session.refused(first);
    let (_, second) = token(session.renewed(renewal, issued("second", 7200), at(1)));
    session.refused(first);
    assert_token(session.lease(at(2)), "second");
    session.refused(second);
    let renewal = duty(session.lease(at(2)));
    assert_eq!(renewal.refused().map(AccessToken::expose), Some("second"));
}

#[test]
fn a_refusal_while_the_token_is_being_renewed_needs_no_other_renewal() {
    let (mut session, old) = holding("old", 7200);
    let renewal = duty(session.lease(at(7100)));
    session.refused(old);
    assert_wait(&session.lease(at(7100)));
    assert_token(session.renewed(renewal, issued("new", 7200), at(7101)), "new");
    assert_token(session.lease(at(7101)), "new");
}

#[test]
fn an_early_renewal_that_brings_the_same_token_is_no_other_generation() {
    let mut session = Session::with_margin(Duration::from_secs(HOUR));
    let renewal = duty(session.lease(at(0)));
    let (_, before) = token(session.renewed(renewal, issued("same", 7200), at(0)));
    let renewal = duty(session.lease(at(3600)));
    let (_, after) = token(session.renewed(renewal, issued("same", 3600), at(3600)));
    assert_eq!(before, after);
    // Whoever was refused with it before is right about it now.
    session.refused(before);
    let renewal = duty(session.lease(at(3601)));
    assert_eq!(renewal.refused().map(AccessToken::expose), Some("same"));
}

#[test]
fn an_abandoned_renewal_is_picked_up_by_the_next_caller() {
    let mut session = Session::default();
    let renewal = duty(session.lease(at(0)));
    assert_wait(&session.lease(at(0)));
    session.abandoned(renewal);
    let renewal = duty(session.lease(at(0)));
    assert_wait(&session.lease(at(0)));
    assert_token(session.renewed(renewal, issued("first", 7200), at(1)), "first");

    let early = duty(session.lease(at(7100)));
    session.abandoned(early);
    let renewal = duty(session.lease(at(7100)));
    assert_token(session.lease(at(7100)), "first");
    assert_token(session.renewed(renewal, issued("second", 7200), at(7101)), "second");
}

/// The types see to it that a duty ends once. A twin with the same past has another one of the same number: it stands
/// for a caller who comes back late.
#[test]
fn a_late_end_of_an_abandoned_renewal_changes_nothing() {
    let late = || {
        let (mut session, _) = holding("old", 7200);
        (duty(session.lease(at(7100))), session)
    };
    let (abandoned, mut session) = late();
    session.abandoned(abandoned);
    let renewal = duty(session.lease(at(7100)));

    session.abandoned(late().0);
    assert!(session.failed(late().0, at(7100)).is_some());
    assert_token(session.renewed(late().0, issued("late", 7200), at(7101)), "old");
    assert_wait(&session.lease(at(7200)));
    assert_token(session.renewed(renewal, issued("new", 7200), at(7200)), "new");

    session.abandoned(late().0);
    assert!(session.failed(late().0, at(7200 + 7020)).is_some());
    let renewal = duty(session.lease(at(7200 + 7020)));
    assert_token(session.renewed(late().0, issued("late", 7200), at(7200 + 7020)), "new");
    assert_token(session.renewed(renewal, issued("newer", 7200), at(7200 + 7020)), "newer");
}

#[test]
fn a_failed_renewal_gives_the_old_token_while_it_is_good() {
    let (mut session, old) = holding("old", 7200);
    let renewal = duty(session.lease(at(7100)));
    let (text, generation) = session.failed(renewal, at(7110)).unwrap();
    assert_eq!((text.expose(), generation), ("old", old));
    // Not everyone tries at once what has just failed.
    assert_token(session.lease(at(7119)), "old");
    let renewal = duty(session.lease(at(7120)));
    assert_token(session.lease(at(7120)), "old");
    assert!(session.failed(renewal, at(7195)).is_some());
    assert_token(session.lease(at(7199)), "old");
    // It has expired, and there is nothing to spare.
    let renewal = duty(session.lease(at(7200)));
    assert!(session.failed(renewal, at(7200)).is_none());
    let renewal = duty(session.lease(at(7200)));
    assert_token(session.renewed(renewal, issued("new", 7200), at(7201)), "new");
}

#[test]
fn a_failed_renewal_gives_nothing_without_a_good_token_and_the_next_caller_tries() {
    let mut session = Session::default();
    for _ in 0..3 {
        let renewal = duty(session.lease(at(0)));
        assert_wait(&session.lease(at(0)));
        assert!(session.failed(renewal, at(1)).is_none());
    }
    let renewal = duty(session.lease(at(1)));
    let (_, generation) = token(session.renewed(renewal, issued("old", 7200), at(1)));
    // A refused one is not good, however much of its life is left.
    session.refused(generation);
    let renewal = duty(session.lease(at(2)));
    assert!(session.failed(renewal, at(2)).is_none());
    let renewal = duty(session.lease(at(2)));
    assert_eq!(renewal.refused().map(AccessToken::expose), Some("old"));
}

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
