//! What follows on each outcome of an attempt.

use wechat_material::{BaseUrl, Credentials, Endpoint, Event, RetryPolicy, StableToken, Step};

use crate::response::response;
use crate::{Call, FAILURES, SECOND, assert_waits, fault, fault_with_status, refusal, status};

#[test]
fn an_answer_ends_the_call() {
    let mut call = Call::usual();
    assert_eq!(call.event(Event::Answered), Step::Finish);
    assert_eq!(call.exchange.attempts(), 1);
}

#[test]
fn a_refused_token_is_renewed_and_the_call_tried_once_more() {
    for code in [40001, 40014, 42001] {
        let mut call = Call::usual();
        assert_eq!(call.refused(&fault(code)), Step::Renew);
        assert_eq!(call.event(Event::Renewed), Step::Send);
        assert_eq!(call.exchange.attempts(), 2);
        assert_eq!(call.clone().event(Event::Answered), Step::Finish);
        assert_eq!(call.refused(&fault(code)), Step::Finish);
    }
}

#[test]
fn a_second_refusal_of_the_token_is_final_whatever_was_between() {
    let mut call = Call::usual();
    call.busy_once();
    assert_eq!(call.refused(&fault(42001)), Step::Renew);
    assert_eq!(call.event(Event::Renewed), Step::Send);
    call.busy_once();
    assert_eq!(call.exchange.attempts(), 4);
    assert_eq!(call.refused(&fault(40001)), Step::Finish);
}

#[test]
fn a_token_is_not_renewed_for_the_last_attempt() {
    let mut call = Call::under(&RetryPolicy::never());
    assert_eq!(call.refused(&fault(40001)), Step::Finish);
    let mut call = Call::under(&RetryPolicy::default().attempts(2));
    call.busy_once();
    assert_eq!(call.refused(&fault(40001)), Step::Finish);
}

#[test]
fn a_renewal_is_one_of_the_attempts() {
    let mut call = Call::under(&RetryPolicy::default().attempts(2));
    assert_eq!(call.refused(&fault(40001)), Step::Renew);
    assert_eq!(call.event(Event::Renewed), Step::Send);
    assert_eq!(call.refused(&fault(-1)), Step::Finish);
}

#[test]
fn a_wrong_app_secret_is_final_and_never_a_loop() {
    let obtain = StableToken::new(&Credentials::new("wx0123456789abcdef", "secret"));
    assert!(obtain.to_request(&BaseUrl::API).is_ok());
    for code in [40001, 40014, 42001] {
        let body = format!(r#"{{"errcode":{code},"errmsg":"invalid credential"}}"#);
        let error = obtain.parse(response(200, &[], body)).unwrap_err();
        assert_eq!(Call::usual().refused(&error), Step::Finish, "{code}");
    }
}

#[test]
fn what_is_busy_is_tried_again() {
    for error in [
        fault(-1),
        fault(-1000),
        fault(61450),
        status(500),
        status(502),
        status(503),
        status(504),
        status(599),
        status(429),
        // A code that nobody knows, but a status that everybody knows.
        fault_with_status(500, 99999),
        fault_with_status(429, 99999),
        fault_with_status(503, -1),
    ] {
        assert_waits(Call::usual().refused(&error));
        // It was refused as a whole, so it makes no difference what it was.
        assert_waits(Call::sent(&RetryPolicy::default(), false, 7).refused(&error));
    }
}

#[test]
fn what_another_attempt_does_not_change_is_final_at_once() {
    let quota = [45009];
    let argument = [40004, 40007, 41006, 46001];
    let request = [40002, 41001, 41002, 41004, 43002, 44002, 47001];
    let credentials = [40013, 40125, 40164, 40243, 89503, 89506, 89507];
    let permission = [42007, 48001, 48004, 50002, 50004, 50007, 61007];
    let unknown = [99999, i64::MIN];
    let codes =
        [&quota[..], &argument, &request, &credentials, &permission, &unknown].into_iter().flatten().copied();
    let errors = codes.flat_map(|code| [fault(code), fault_with_status(404, code)]);
    let others = [
        fault_with_status(503, 45009),
        fault_with_status(500, 48001),
        status(206),
        status(302),
        status(400),
        status(404),
        refusal(200, &[("content-encoding", "gzip")], "x"),
        refusal(200, &[], "Internal Server Error"),
        refusal(200, &[], "<html>"),
        refusal(200, &[], "{"),
        refusal(200, &[], "{}"),
        refusal(200, &[], format!("{{{}", " ".repeat(1000))),
    ];
    for error in errors.chain(others) {
        // Not even a server that asks for patience makes it worth it.
        assert_eq!(Call::usual().refused(&error), Step::Finish, "{error}");
        assert_eq!(Call::usual().refused_for(&error, SECOND), Step::Finish, "{error}");
    }
}

#[test]
fn a_call_that_may_have_arrived_is_tried_again_only_if_it_is_repeatable() {
    let is_tried_again = |is_repeatable| {
        FAILURES.map(|failure| {
            let step = Call::sent(&RetryPolicy::default(), is_repeatable, 7).event(Event::Failed(failure));
            matches!(step, Step::Wait(_))
        })
    };
    assert_eq!(is_tried_again(true), [true, true, true, false]);
    assert_eq!(is_tried_again(false), [true, false, false, false]);
    // Cut off on the way, as far as one can tell.
    for error in [refusal(200, &[], ""), refusal(200, &[("content-length", "5")], "{")] {
        assert_waits(Call::sent(&RetryPolicy::default(), true, 7).refused(&error));
        assert_eq!(Call::sent(&RetryPolicy::default(), false, 7).refused(&error), Step::Finish, "{error}");
    }
}
