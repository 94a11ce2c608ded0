//! The two steps of a poll: the first needs the cache and is quick, the second runs code of the endpoint.

use wechat_material::driver::{Action, Lease, TokenCache};
use wechat_material::{ClientError, File, RetryPolicy};

use crate::response::response;
use crate::{MINUTE, NANOSECOND, OK, SECOND, Setup, Step, fault, holding, issued, just_under};

#[test]
fn a_token_that_was_leased_is_sent_in_the_second_step() {
    let setup = Setup::usual();
    let mut call = setup.begun::<File>(holding("first"));
    assert_eq!(call.call.lease(&mut call.tokens, call.now), None);
    // A second lease does nothing, and a refusal of the token meanwhile does not matter.
    let Lease::Token(_, id) = call.tokens.lease(call.now) else { panic!("no token") };
    call.tokens.refuse(id);
    assert_eq!(call.call.lease(&mut call.tokens, call.now), None);
    let Action::Send { request, .. } = call.call.next_action(call.now) else { panic!("nothing is sent") };
    assert_eq!(request.uri().query(), Some("access_token=first"));
    call.receives(response(200, &[], OK));
    assert_eq!(call.call.lease(&mut call.tokens, call.now), None);
    assert!(matches!(call.call.next_action(call.now), Action::Finish));
}

#[test]
fn without_a_token_the_first_step_returns_how_long_to_wait() {
    let setup = Setup::under(&RetryPolicy::default().max_elapsed(MINUTE));
    let mut call = setup.begun::<File>(TokenCache::default());
    let deadline = call.now.after(MINUTE);
    for time in [SECOND, 58 * SECOND] {
        assert_eq!(call.call.lease(&mut call.tokens, call.now), Some(deadline));
        assert!(matches!(call.call.next_action(call.now), Action::NeedToken { until } if until == deadline));
        call.later(time);
    }
    call.later(SECOND);
    assert_eq!(call.call.lease(&mut call.tokens, call.now), None);
    assert!(matches!(call.call.next_action(call.now), Action::Finish));
    assert!(matches!(call.error(), ClientError::TokenTimeout { .. }));
}

#[test]
fn the_first_step_ends_a_wait_at_its_moment() {
    let setup = Setup::usual();
    let mut call = setup.sent();
    let Step::Wait(time) = call.answered(fault(-1)) else { panic!("no wait") };
    let until = call.now.after(time);
    call.later(just_under(time));
    assert_eq!(call.call.lease(&mut call.tokens, call.now), None);
    assert!(matches!(call.call.next_action(call.now), Action::Sleep { until: moment } if moment == until));
    call.later(NANOSECOND);
    // Without the first step, nothing changes.
    assert!(matches!(call.call.next_action(call.now), Action::Sleep { until: moment } if moment == until));
    assert_eq!(call.call.lease(&mut call.tokens, call.now), None);
    assert!(matches!(call.call.next_action(call.now), Action::Send { .. }));
}

#[test]
fn a_refused_token_is_reported_in_the_first_step() {
    let setup = Setup::usual();
    let mut call = setup.sent();
    call.receives(fault(40001));
    assert!(matches!(call.tokens.lease(call.now), Lease::Token(..)));
    assert_eq!(call.call.lease(&mut call.tokens, call.now), Some(call.now.after(2 * MINUTE)));
    let renewal = call.tokens.begin(call.now).unwrap();
    assert_eq!(renewal.refused().unwrap().expose(), "first");
    assert!(call.tokens.obtained(renewal, issued("second"), call.now).is_none());
    // Only once: the new token is another one.
    assert_eq!(call.call.lease(&mut call.tokens, call.now), None);
    assert!(matches!(call.tokens.lease(call.now), Lease::Token(..)));
    assert!(matches!(call.call.next_action(call.now), Action::Send { .. }));
}
