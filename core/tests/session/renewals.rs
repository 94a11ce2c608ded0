//! Who renews a token, and what becomes of that.

use std::time::Duration;
use wechat_material::{AccessToken, Lease, Session};

use crate::{HOUR, assert_token, assert_wait, at, duty, holding, issued, token};

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
fn a_renewal_is_early_while_the_token_before_is_good() {
    let mut session = Session::default();
    let first = duty(session.lease(at(0)));
    assert!(!first.is_early());
    assert_token(session.renewed(first, issued("a", 7200), at(0)), "a");
    let early = duty(session.lease(at(7100)));
    assert!(early.is_early());
    assert!(session.failed(early, at(7101)).is_some());
    assert!(!duty(session.lease(at(7200))).is_early());

    let (mut session, generation) = holding("a", 7200);
    session.refused(generation);
    assert!(!duty(session.lease(at(7100))).is_early());
}
