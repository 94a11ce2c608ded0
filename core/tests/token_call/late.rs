//! Results that come too late, and drivers that lose a result.

use std::time::Duration;

use wechat_material::driver::{Lease, TokenCache, TokenCall, TokenGrant};
use wechat_material::{FailureKind, IssuedToken, RetryPolicy};

use crate::{NANOSECOND, START, Script, Step, fault, issued, stable, token_response, under};

type Result = fn(&mut Script) -> Step;

const RESULTS: [Result; 4] = [
    |script| script.answered(token_response("late")),
    |script| script.answered(fault(40013)),
    |script| script.failed(FailureKind::Final),
    // The driver has lost it.
    Script::poll,
];

/// A renewal that was sent and may take an hour.
fn an_hour() -> Script {
    Script::sent(&RetryPolicy::default().max_elapsed(Duration::from_secs(3600)))
}

#[test]
fn the_result_of_a_renewal_that_was_replaced_changes_nothing() {
    for result in RESULTS {
        let mut late = Script::usual();
        late.later(TokenCache::MAX_RENEWAL + NANOSECOND);
        let renewal = late.tokens.begin(late.now).unwrap();
        let id = renewal.id();
        assert_eq!(result(&mut late), Step::Finish);
        assert!(late.call.renewal().is_none());
        assert_eq!(late.tokens.renewal(), Some(id));
        assert!(matches!(late.tokens.lease(late.now), Lease::Wait));
        assert!(late.tokens.failure_since(late.id).is_none());
        assert!(late.tokens.obtained(renewal, issued("new"), late.now).is_none());
        assert_eq!(late.token(), "new");
    }
}

#[test]
fn the_result_of_a_renewal_that_was_abandoned_changes_nothing() {
    for result in RESULTS {
        let mut late = Script::usual();
        late.tokens.abandon(late.id);
        assert_eq!(result(&mut late), Step::Finish);
        assert!(late.tokens.failure_since(late.id).is_none());
        assert!(matches!(late.tokens.lease(late.now), Lease::Renew));
        assert!(late.tokens.begin(late.now).is_some());
    }
}

#[test]
fn a_renewal_that_was_replaced_does_not_send_anything() {
    let mut late = an_hour();
    let Step::Wait(time) = late.answered(fault(-1)) else { panic!("busy is transient") };
    late.later(TokenCache::MAX_RENEWAL + NANOSECOND + time);
    let renewal = late.tokens.begin(late.now).unwrap();
    assert_eq!(late.poll(), Step::Finish);
    assert_eq!(late.tokens.renewal(), Some(renewal.id()));
}

#[test]
fn a_renewal_is_replaced_only_if_it_is_not_polled_for_a_long_time() {
    let mut script = an_hour();
    script.later(TokenCache::MAX_RENEWAL);
    assert!(script.tokens.begin(script.now).is_none());
    let _ = script.answered(fault(-1));
    script.later(TokenCache::MAX_RENEWAL);
    assert!(script.tokens.begin(script.now).is_none());
    script.later(NANOSECOND);
    assert!(script.tokens.begin(script.now).is_some());
}

#[test]
fn a_slow_result_counts_if_the_renewal_was_not_replaced() {
    let mut slow = Script::usual();
    slow.later(10 * TokenCache::MAX_RENEWAL);
    assert_eq!(slow.answered(token_response("slow")), Step::Finish);
    assert_eq!(slow.token(), "slow");
}

#[test]
fn a_renewal_that_was_left_can_be_continued() {
    let mut script = Script::usual();
    let step = script.answered(fault(-1));
    script.tokens.leave(script.id);
    assert!(matches!(script.tokens.lease(script.now), Lease::Renew));
    assert!(script.tokens.begin(script.now).is_none());
    script.tokens.join(script.id);
    assert!(matches!(script.tokens.lease(script.now), Lease::Wait));
    script.waits(step);
    assert_eq!(script.answered(token_response("81_Zx3")), Step::Finish);
    assert_eq!((script.attempts, script.token().as_str()), (2, "81_Zx3"));
}

#[test]
fn an_answer_that_the_driver_lost_is_a_failure_and_the_request_is_not_sent_again() {
    for grant in [stable(), TokenGrant::Own] {
        let mut script = Script::begun(TokenCache::default(), grant, &under(&RetryPolicy::default()), START);
        assert!(matches!(script.poll(), Step::Send | Step::Obtain));
        assert_eq!(script.poll(), Step::Finish);
        script.assert_failed(
            "the driver of the renewal polled it without reporting a response or a failure: fix the driver",
        );
        assert!(script.attempts <= 1);
        // A later answer is ignored.
        assert_eq!(script.answered(token_response("late")), Step::Finish);
        assert_eq!(script.issued(Ok(issued("late"))), Step::Finish);
        assert_eq!(script.failed(FailureKind::Connect), Step::Finish);
        assert!(matches!(script.tokens.lease(script.now), Lease::Renew));
    }
}

#[test]
fn a_report_is_ignored_if_nothing_was_sent() {
    let report = |call: &mut TokenCall| {
        call.handle_response(token_response("odd"), START);
        let error = wechat_material::TransportError::new(FailureKind::Final, std::io::Error::other("odd"));
        call.handle_failure(error, START);
        call.handle_issued(Ok::<IssuedToken, _>(issued("odd")), START);
    };
    let mut script = Script::begun(TokenCache::default(), stable(), &under(&RetryPolicy::default()), START);
    report(&mut script.call);
    assert_eq!(script.poll(), Step::Send);
    let step = script.answered(fault(-1));
    report(&mut script.call);
    assert_eq!(script.poll(), step);
    script.waits(step);
    assert_eq!(script.answered(token_response("81_Zx3")), Step::Finish);
    report(&mut script.call);
    assert_eq!((script.poll(), script.token().as_str()), (Step::Finish, "81_Zx3"));
}
