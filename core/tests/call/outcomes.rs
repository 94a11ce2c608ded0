//! What happens after each outcome of an attempt.

use wechat_material::driver::Action;
use wechat_material::{
    BaseUrl, CallError, ClientConfig, ClientError, CountMaterials, Expect, FailureKind, File, GetMaterial,
    RetryPolicy,
};

use crate::response::response;
use crate::{
    FAILURES, MINUTE, OK, SECOND, Setup, Step, asking, assert_waits, fault, fault_with_status, holding,
    status,
};

#[test]
fn an_answer_ends_the_call() {
    let setup = Setup::usual();
    let mut call = setup.sent();
    assert_eq!(call.answered(response(200, &[], OK)), Step::Finish);
    assert_eq!(call.attempts, 1);
    assert!(call.finished().unwrap().output);
}

#[test]
fn a_call_goes_to_the_base_url_of_the_client_with_its_token() {
    let mut setup = Setup::usual();
    setup.config = ClientConfig::new(BaseUrl::new("http://127.0.0.1:8080/wechat").unwrap());
    let mut call = setup.begun::<File>(holding("81_Zx3"));
    let Action::Send { request, expect } = call.action() else { panic!("nothing is sent") };
    assert_eq!(request.uri(), "http://127.0.0.1:8080/wechat/cgi-bin/probe?access_token=81_Zx3");
    assert_eq!(expect, Expect::Json);
}

#[test]
fn a_refused_token_is_renewed_and_the_call_retried_once() {
    for code in [40001, 40014, 42001] {
        let setup = Setup::usual();
        let mut call = setup.sent();
        assert_eq!(call.answered(fault(code)), Step::NeedToken(2 * MINUTE));
        // Polling more than once changes nothing.
        assert_eq!(call.later(SECOND).poll(), Step::NeedToken(119 * SECOND));
        call.renews("second");
        let Action::Send { request, .. } = call.action() else { panic!("nothing is sent") };
        assert_eq!(request.uri().query(), Some("access_token=second"));
        assert_eq!(call.attempts, 2);
        assert_eq!(call.answered(response(200, &[], OK)), Step::Finish);

        let mut call = setup.sent();
        call.refused_once();
        assert_eq!(call.answered(fault(code)), Step::Finish);
        let error = call.error();
        assert!(
            matches!(error, ClientError::Call { attempts: 2, renewed: true, written: 0, .. }),
            "{error:?}"
        );
        let expected = "Probe failed after 2 attempts, the last one with a new token: WeChat refused the call with errcode ";
        assert!(error.to_string().starts_with(expected), "{error}");
        assert_eq!(error.fault().unwrap().code.0, code);
    }
}

#[test]
fn a_second_refusal_of_the_token_is_final_even_after_another_failure() {
    let setup = Setup::usual();
    let mut call = setup.sent();
    call.busy_once();
    call.refused_once();
    call.busy_once();
    assert_eq!(call.attempts, 4);
    assert_eq!(call.answered(fault(40001)), Step::Finish);
}

#[test]
fn a_token_is_not_renewed_for_the_last_attempt() {
    let setup = Setup::under(&RetryPolicy::never());
    assert_eq!(setup.sent().answered(fault(40001)), Step::Finish);
    let setup = Setup::under(&RetryPolicy::default().max_attempts(2));
    let mut call = setup.sent();
    call.busy_once();
    assert_eq!(call.answered(fault(40001)), Step::Finish);
    let error = call.error();
    assert!(matches!(error, ClientError::Call { attempts: 2, renewed: false, .. }), "{error:?}");
    assert!(error.to_string().starts_with("Probe failed after 2 attempts: WeChat refused "), "{error}");
}

#[test]
fn the_attempt_after_a_renewal_counts() {
    let setup = Setup::under(&RetryPolicy::default().max_attempts(2));
    let mut call = setup.sent();
    call.refused_once();
    assert_eq!(call.answered(fault(-1)), Step::Finish);
    let error = call.error();
    assert!(matches!(error, ClientError::Call { attempts: 2, renewed: true, .. }), "{error:?}");
    assert!(error.to_string().starts_with("Probe failed after 2 attempts: WeChat refused "), "{error}");
}

#[test]
fn a_refused_token_is_reported_even_if_the_call_is_not_retried() {
    let setup = Setup::under(&RetryPolicy::never());
    let mut call = setup.sent();
    assert_eq!(call.answered(fault(42001)), Step::Finish);
    let renewal = call.tokens.begin(call.now).unwrap();
    assert_eq!(renewal.refused().unwrap().expose(), "first");
}

#[test]
fn other_refusals_do_not_affect_the_token() {
    let setup = Setup::usual();
    for response in [fault(-1), fault(40007), fault(40013), fault(48001), status(401)] {
        let mut call = setup.sent();
        call.answered(response);
        assert!(matches!(call.tokens.lease(call.now), wechat_material::driver::Lease::Token(..)));
    }
}

#[test]
fn a_busy_server_is_retried() {
    for response in [
        fault(-1),
        fault(-1000),
        fault(61450),
        status(500),
        status(502),
        status(503),
        status(504),
        status(599),
        status(429),
        // An unknown code with a known status.
        fault_with_status(500, 99999),
        fault_with_status(429, 99999),
        fault_with_status(503, -1),
    ] {
        assert_waits(Setup::usual().sent().answered(response.clone()));
        // The server has refused the call, so even a call that is not idempotent is retried.
        assert_waits(Setup::not_idempotent().sent().answered(response));
    }
}

#[test]
fn a_failure_that_another_attempt_would_not_change_is_final_at_once() {
    let quota = [45009];
    let argument = [40004, 40007, 41006, 46001];
    let request = [40002, 41001, 41002, 41004, 43002, 44002, 47001];
    let credentials = [40013, 40125, 40164, 40243, 89503, 89506, 89507];
    let permission = [42007, 48001, 48004, 50002, 50004, 50007, 61007];
    let unknown = [99999, i64::MIN];
    let codes =
        [&quota[..], &argument, &request, &credentials, &permission, &unknown].into_iter().flatten().copied();
    let faults = codes.flat_map(|code| [fault(code), fault_with_status(404, code)]);
    let others = [
        fault_with_status(503, 45009),
        fault_with_status(500, 48001),
        status(206),
        status(302),
        status(400),
        status(404),
        response(200, &[("content-encoding", "gzip")], "x"),
        response(200, &[], "Internal Server Error"),
        response(200, &[], "<html>"),
        response(200, &[], "{"),
        response(200, &[], "{}"),
        response(200, &[], format!("{{{}", " ".repeat(1000))),
    ];
    for response in faults.chain(others) {
        // A `Retry-After` makes no difference.
        for response in [response.clone(), asking(response, SECOND)] {
            let setup = Setup::usual();
            let mut call = setup.sent();
            assert_eq!(call.answered(response.clone()), Step::Finish, "{response:?}");
            let error = call.error();
            let text = error.to_string();
            let ClientError::Call { call: "Probe", attempts: 1, renewed: false, cause, .. } = error else {
                panic!("{error}")
            };
            assert_eq!(text, format!("Probe failed: {cause}"));
            assert!(matches!(*cause, CallError::Api(_)));
        }
    }
}

#[test]
fn a_call_that_may_have_arrived_is_retried_only_if_it_is_idempotent() {
    let is_retried =
        |setup: &Setup<_>| FAILURES.map(|kind| matches!(setup.sent().failed(kind), Step::Wait(_)));
    assert_eq!(is_retried(&Setup::usual()), [true, true, true, false]);
    assert_eq!(is_retried(&Setup::not_idempotent()), [true, false, false, false]);
    // The body was probably cut off.
    for response in [response(200, &[], ""), response(200, &[("content-length", "5")], "{")] {
        assert_waits(Setup::usual().sent().answered(response.clone()));
        assert_eq!(Setup::not_idempotent().sent().answered(response), Step::Finish);
    }
}

#[test]
fn a_failure_of_the_transport_is_printed_and_can_be_examined() {
    let setup = Setup::usual();
    let mut call = setup.sent();
    assert_eq!(call.failed(FailureKind::Final), Step::Finish);
    let error = call.error();
    assert!(error.fault().is_none());
    let ClientError::Call { cause, .. } = &error else { panic!("{error}") };
    let CallError::Transport(failure) = &**cause else { panic!("{cause}") };
    assert_eq!((failure.kind(), failure.to_string().as_str()), (FailureKind::Final, "no response"));
    assert_eq!(error.to_string(), "Probe failed: no response");
}

#[test]
fn a_request_that_cannot_be_built_is_not_sent() {
    let setup = Setup::new(GetMaterial::new(""), &RetryPolicy::default());
    let mut call = setup.begun::<File>(holding("first"));
    assert_eq!(call.poll(), Step::Finish);
    assert_eq!(call.attempts, 0);
    let ClientError::Call { cause, .. } = call.error() else { panic!("another error") };
    assert!(matches!(*cause, CallError::Build(_)));
}

#[test]
fn an_endpoint_of_this_crate_can_be_called() {
    let setup = Setup::new(CountMaterials, &RetryPolicy::default());
    let mut call = setup.sent();
    assert_waits(call.failed(FailureKind::Interrupted));
    assert_eq!(call.later(SECOND).poll(), Step::Send);
    assert_eq!(call.answered(response(200, &[], r#"{"image_count"::3}"#)), Step::Finish);
    let parsed = call.finished().unwrap();
    assert_eq!((parsed.output.image, parsed.repairs.len()), (3, 1));
}
