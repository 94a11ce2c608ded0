//! A refused token that the server returns again.

use wechat_material::driver::{Lease, TokenGrant};
use wechat_material::{FailureKind, RetryPolicy};

use crate::{
    MINUTE, SECOND, START, Script, Step, credentials, fault, is_forced, issued, refused, stable,
    token_response, under,
};

/// A renewal that returned the refused token, after which a forced renewal was sent.
fn forced() -> Script {
    let mut script = Script::begun(refused("old"), stable(), &under(&RetryPolicy::default()), START);
    let first = script.request();
    assert!(!is_forced(&first));
    script.call.handle_response(token_response("old"), script.now);
    let second = script.request();
    assert!(is_forced(&second));
    assert_ne!(script.call.renewal().unwrap().id(), script.id);
    assert!(matches!(script.tokens.lease(script.now), Lease::Wait));
    script
}

#[test]
fn a_refused_token_that_is_returned_again_leads_to_a_forced_renewal_in_the_same_call() {
    let mut script = forced();
    assert_eq!(script.answered(token_response("new")), Step::Finish);
    assert_eq!((script.attempts, script.token().as_str()), (2, "new"));
    assert!(script.call.renewal().is_none());
}

#[test]
fn the_token_of_a_forced_renewal_is_accepted_even_if_it_is_the_refused_one() {
    let mut script = forced();
    assert_eq!(script.later(MINUTE).answered(token_response("old")), Step::Finish);
    assert_eq!((script.attempts, script.token().as_str()), (2, "old"));
}

#[test]
fn a_token_other_than_the_refused_one_does_not_lead_to_a_forced_renewal() {
    let mut script = Script::begun(refused("old"), stable(), &under(&RetryPolicy::default()), START);
    assert_eq!(script.poll(), Step::Send);
    assert_eq!(script.answered(token_response("new")), Step::Finish);
    assert_eq!((script.attempts, script.token().as_str()), (1, "new"));
}

#[test]
fn a_forced_renewal_is_attempted_once_as_it_may_have_succeeded() {
    let failures: [fn(&mut Script) -> Step; 5] = [
        |script| script.failed(FailureKind::Connect),
        |script| script.failed(FailureKind::Timeout),
        |script| script.failed(FailureKind::Interrupted),
        |script| script.answered(fault(-1)),
        |script| script.answered(fault(45011)),
    ];
    for fail in failures {
        let mut script = forced();
        assert_eq!(fail(&mut script), Step::Finish);
        assert_eq!(script.attempts, 2);
        // Callers that waited for the first renewal get the cause too.
        assert!(script.tokens.failure_since(script.id).is_some());
        assert!(matches!(script.tokens.lease(script.now), Lease::Renew));
    }
}

#[test]
fn the_first_renewal_after_a_refusal_has_its_retries() {
    let mut script = Script::begun(refused("old"), stable(), &under(&RetryPolicy::default()), START);
    assert_eq!(script.poll(), Step::Send);
    let step = script.failed(FailureKind::Connect);
    script.waits(step);
    script.call.handle_response(token_response("old"), script.now);
    assert!(is_forced(&script.request()));
}

#[test]
fn a_forced_renewal_that_a_call_began_is_sent_with_force() {
    let mut script = forced();
    assert_eq!(script.failed(FailureKind::Connect), Step::Finish);
    // The server may be forced again 30 seconds later.
    let now = script.now.after(30 * SECOND);
    let mut next = Script::begun(script.tokens, stable(), &under(&RetryPolicy::default()), now);
    assert!(is_forced(&next.request()));
    assert_eq!(next.failed(FailureKind::Interrupted), Step::Finish);
    assert_eq!(next.attempts, 1);
}

#[test]
fn the_old_token_is_accepted_if_another_one_cannot_be_forced() {
    let mut script = forced();
    assert_eq!(script.failed(FailureKind::Connect), Step::Finish);
    let now = script.now.after(29 * SECOND);
    let mut next = Script::begun(script.tokens, stable(), &under(&RetryPolicy::default()), now);
    assert!(!is_forced(&next.request()));
    assert_eq!(next.answered(token_response("old")), Step::Finish);
    assert_eq!(next.token(), "old");
}

#[test]
fn a_classic_token_is_requested_again_without_force() {
    let grant = TokenGrant::Classic(credentials());
    let mut script = Script::begun(refused("old"), grant, &under(&RetryPolicy::default()), START);
    let first = script.request();
    script.call.handle_response(token_response("old"), script.now);
    let second = script.request();
    assert_eq!(first.uri(), second.uri());
    assert_eq!(script.failed(FailureKind::Interrupted), Step::Finish);
}

#[test]
fn the_drivers_own_source_can_see_that_a_renewal_is_forced() {
    let config = under(&RetryPolicy::default());
    let mut script = Script::begun(refused("old"), TokenGrant::Own, &config, START);
    assert_eq!(script.poll(), Step::Obtain);
    assert_eq!(script.issued(Ok(issued("old"))), Step::Obtain);
    let renewal = script.call.renewal().unwrap();
    assert!(renewal.is_forced());
    assert_eq!(renewal.refused().unwrap().expose(), "old");
    assert_eq!(script.issued(Ok(issued("new"))), Step::Finish);
    assert_eq!(script.token(), "new");
}
