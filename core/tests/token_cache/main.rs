//! The token that many calls share: what each of them gets after each event. No test waits.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use wechat_material::driver::{Lease, Moment, Renewal, TokenCache, TokenId};
use wechat_material::{AccessToken, IssuedToken};

mod another;
mod failures;
mod force;
mod life;
mod renewals;
mod waits;

pub(crate) const HOUR: u64 = 60 * 60;
pub(crate) const DAY: u64 = 24 * HOUR;
pub(crate) const NANOSECOND: Duration = Duration::from_nanos(1);

pub(crate) fn at(seconds: u64) -> Moment {
    Moment(Duration::from_secs(seconds))
}

/// A nanosecond before this second.
pub(crate) fn just_before(seconds: u64) -> Moment {
    Moment(Duration::from_secs(seconds).saturating_sub(NANOSECOND))
}

pub(crate) fn issued(token: &str, seconds: u64) -> IssuedToken {
    IssuedToken::new(AccessToken::new(token), Some(Duration::from_secs(seconds)))
}

pub(crate) fn cause() -> Arc<dyn Error + Send + Sync> {
    Arc::new(io::Error::other("no token"))
}

/// The token that a call gets.
#[track_caller]
pub(crate) fn token(tokens: &TokenCache, now: Moment) -> (String, TokenId) {
    match tokens.lease(now) {
        Lease::Token(token, id) => (token.expose().to_owned(), id),
        other => panic!("no token: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn assert_token(tokens: &TokenCache, now: Moment, expected: &str) {
    assert_eq!(token(tokens, now).0, expected);
}

#[track_caller]
pub(crate) fn assert_wait(tokens: &TokenCache, now: Moment) {
    let lease = tokens.lease(now);
    assert!(matches!(lease, Lease::Wait), "{lease:?}");
}

#[track_caller]
pub(crate) fn assert_renew(tokens: &TokenCache, now: Moment) {
    let lease = tokens.lease(now);
    assert!(matches!(lease, Lease::Renew), "{lease:?}");
}

/// A call that must renew the token begins a renewal.
#[track_caller]
pub(crate) fn begin(tokens: &mut TokenCache, now: Moment) -> Renewal {
    assert_renew(tokens, now);
    tokens.begin(now).expect("a renewal is under way")
}

/// A renewal obtains a token and ends.
#[track_caller]
pub(crate) fn obtain(tokens: &mut TokenCache, renewal: Renewal, issued: IssuedToken, now: Moment) -> TokenId {
    assert!(tokens.obtained(renewal, issued, now).is_none(), "another renewal is forced");
    token(tokens, now).1
}

/// A cache that obtained a token at 0.
pub(crate) fn holding(token: &str, seconds: u64) -> (TokenCache, TokenId) {
    let mut tokens = TokenCache::default();
    let renewal = begin(&mut tokens, at(0));
    let id = obtain(&mut tokens, renewal, issued(token, seconds), at(0));
    (tokens, id)
}

/// A token is refused and returned again, so another one is forced.
#[track_caller]
pub(crate) fn renew_by_force(tokens: &mut TokenCache, refused: TokenId, seconds: u64) -> Renewal {
    tokens.refuse(refused);
    let renewal = begin(tokens, at(seconds));
    assert!(!renewal.is_forced());
    let refused = renewal.refused().unwrap().expose().to_owned();
    let forced = tokens.obtained(renewal, issued(&refused, 7200), at(seconds)).expect("it is not forced");
    assert!(forced.is_forced());
    assert_wait(tokens, at(seconds));
    forced
}
