//! The token that many calls share: what each caller gets, as events follow each other. No test waits.

use std::time::Duration;
use wechat_material::{AccessToken, Generation, IssuedToken, Lease, Moment, Renewal, Session};

mod force;
mod life;
mod renewals;

pub(crate) const HOUR: u64 = 60 * 60;
pub(crate) const DAY: u64 = 24 * HOUR;

pub(crate) fn at(seconds: u64) -> Moment {
    Moment(Duration::from_secs(seconds))
}

pub(crate) fn issued(token: &str, seconds: u64) -> IssuedToken {
    IssuedToken::new(AccessToken::new(token), Some(Duration::from_secs(seconds)))
}

/// The duty of a lease that is one.
#[track_caller]
pub(crate) fn duty(lease: Lease) -> Renewal {
    let Lease::Renew(renewal) = lease else { panic!("no duty: {lease:?}") };
    renewal
}

/// The token of a lease that has one.
#[track_caller]
pub(crate) fn token(lease: Lease) -> (String, Generation) {
    let Lease::Token(token, generation) = lease else { panic!("no token: {lease:?}") };
    (token.expose().to_owned(), generation)
}

#[track_caller]
pub(crate) fn assert_token(lease: Lease, expected: &str) {
    assert_eq!(token(lease).0, expected);
}

#[track_caller]
pub(crate) fn assert_wait(lease: &Lease) {
    assert!(matches!(lease, Lease::Wait), "{lease:?}");
}

/// A session that obtained a token at 0.
pub(crate) fn holding(token_text: &str, seconds: u64) -> (Session, Generation) {
    let mut session = Session::default();
    let renewal = duty(session.lease(at(0)));
    let (_, generation) = token(session.renewed(renewal, issued(token_text, seconds), at(0)));
    (session, generation)
}

/// A token is refused, handed out again, and so there is a duty to force another one.
#[track_caller]
pub(crate) fn renew_by_force(session: &mut Session, refused: Generation, seconds: u64) -> Renewal {
    session.refused(refused);
    let renewal = duty(session.lease(at(seconds)));
    assert!(!renewal.is_forced());
    let refused = renewal.refused().unwrap().expose().to_owned();
    let forced = duty(session.renewed(renewal, issued(&refused, 7200), at(seconds)));
    assert!(forced.is_forced());
    forced
}
