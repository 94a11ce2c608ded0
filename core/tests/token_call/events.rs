//! The events of a renewal.

use std::time::Duration;

use wechat_material::driver::{TokenAction, TokenCache, TokenCall, TokenGrant};
use wechat_material::{
    ClientConfig, Credentials, ErrorCode, EventKind, Evidence, FailureKind, RetryPolicy, WaitReason,
};

use crate::response::response;
use crate::{
    MINUTE, SECOND, START, Script, Step, credentials, fault, holding, issued, refused, stable,
    token_response, under,
};

fn failure(kind: &'static str, code: Option<i64>) -> EventKind {
    EventKind::Failure { kind, code: code.map(ErrorCode), rid: None }
}

fn answer(evidence: Option<Evidence>) -> EventKind {
    EventKind::Answer { evidence, repairs: Vec::new() }
}

fn renewal(refused: bool, early: bool, forced: bool) -> EventKind {
    EventKind::Renewal { refused, early, forced }
}

/// The attempt, time and kind of each event. All events must have this name.
#[track_caller]
fn recorded(script: &mut Script, name: &str) -> Vec<(u32, Duration, EventKind)> {
    let tell = |event: wechat_material::ClientEvent| {
        assert_eq!((event.call, event.subject.as_str()), (name, ""));
        (event.attempt, event.elapsed, event.kind)
    };
    script.events().into_iter().map(tell).collect()
}

#[test]
fn every_event_of_a_renewal_is_recorded_in_order() {
    let mut script = Script::usual();
    let step = script.later(SECOND).answered(fault(45011));
    let minute = script.waits(step);
    assert_eq!(script.later(SECOND).answered(token_response("81_Zx3")), Step::Finish);
    let expected = [
        (0, Duration::ZERO, renewal(false, false, false)),
        (1, Duration::ZERO, EventKind::Attempt),
        (1, SECOND, failure("fault", Some(45011))),
        (1, SECOND, EventKind::Wait { time: minute, reason: WaitReason::RateLimit }),
        (2, SECOND + minute, EventKind::Attempt),
        (2, 2 * SECOND + minute, answer(Some(Evidence::JsonBody))),
    ];
    assert_eq!(recorded(&mut script, "stable_token"), expected);
}

#[test]
fn a_forced_renewal_is_recorded_as_forced() {
    let mut script = Script::begun(refused("old"), stable(), &under(&RetryPolicy::default()), START);
    assert_eq!(script.poll(), Step::Send);
    assert_eq!(script.answered(token_response("old")), Step::Send);
    assert_eq!(script.later(SECOND).failed(FailureKind::Connect), Step::Finish);
    let expected = [
        (0, Duration::ZERO, renewal(true, false, false)),
        (1, Duration::ZERO, EventKind::Attempt),
        (1, Duration::ZERO, answer(Some(Evidence::JsonBody))),
        (0, Duration::ZERO, renewal(true, false, true)),
        (1, Duration::ZERO, EventKind::Attempt),
        (1, SECOND, failure("transport", None)),
    ];
    assert_eq!(recorded(&mut script, "stable_token"), expected);
}

#[test]
fn the_other_grants_have_names_too() {
    let grant = TokenGrant::Classic(credentials());
    let now = START.after(118 * MINUTE);
    let mut script = Script::begun(holding("old", START), grant, &under(&RetryPolicy::default()), now);
    assert_eq!(recorded(&mut script, "token"), [(0, Duration::ZERO, renewal(false, true, false))]);

    let own = || {
        let config = under(&RetryPolicy::default());
        let mut script = Script::begun(TokenCache::default(), TokenGrant::Own, &config, START);
        assert_eq!(script.poll(), Step::Obtain);
        assert_eq!(recorded(&mut script, "TokenSource").len(), 1);
        script
    };
    let mut script = own();
    assert_eq!(script.issued(Ok(issued("own"))), Step::Finish);
    assert_eq!(recorded(&mut script, "TokenSource"), [(1, Duration::ZERO, answer(None))]);
    let mut script = own();
    assert_eq!(script.issued(Err("sealed")), Step::Finish);
    assert_eq!(recorded(&mut script, "TokenSource"), [(1, Duration::ZERO, failure("source", None))]);
}

#[test]
fn a_request_that_cannot_be_built_is_recorded() {
    let grant = TokenGrant::Stable(Credentials::new("", "secret"));
    let mut script = Script::begun(TokenCache::default(), grant, &under(&RetryPolicy::default()), START);
    assert_eq!(script.poll(), Step::Wait(Duration::ZERO));
    assert_eq!(recorded(&mut script, "stable_token")[1..], [(1, Duration::ZERO, failure("build", None))]);
}

#[test]
fn nothing_is_recorded_by_default() {
    let mut tokens = TokenCache::default();
    let renewal = tokens.begin(START).unwrap();
    let mut call = TokenCall::new(renewal, stable(), &ClientConfig::default(), 7, START);
    assert!(matches!(call.poll(&mut tokens, START), TokenAction::Send(_)));
    call.handle_response(token_response("81_Zx3"), START);
    assert!(matches!(call.poll(&mut tokens, START), TokenAction::Finish));
    assert!(call.next_event().is_none());
}

#[test]
fn nothing_prints_a_token_or_a_secret() {
    for grant in [TokenGrant::Stable as fn(Credentials) -> TokenGrant, TokenGrant::Classic] {
        let grant = grant(Credentials::new("wx0123456789abcdef", "CANARY"));
        let granted = format!("{grant:?}");
        let mut script = Script::begun(refused("CANARY"), grant, &under(&RetryPolicy::default()), START);
        let send = script.action();
        assert!(matches!(send, TokenAction::Send(_)));
        let begun = format!("{send:?} {:?} {:?}", script.call, script.tokens);
        assert!(begun.contains("(redacted)"));
        script.call.handle_response(response(200, &[], r#"{"errcode":-1,"errmsg":"CANARY"}"#), script.now);
        let sleep = script.action();
        assert!(format!("{sleep:?}").starts_with("Sleep { until: Moment(1000000."), "{sleep:?}");
        let TokenAction::Sleep { until } = sleep else { panic!("no wait") };
        script.now = until;
        assert_eq!(script.poll(), Step::Send);
        assert_eq!(script.answered(response(200, &[], "<html>CANARY")), Step::Finish);
        let cause = script.tokens.failure_since(script.id).unwrap();
        let printed =
            format!("{granted} {begun} {cause} {cause:?} {:?} {:?}", script.events(), script.tokens);
        assert!(!printed.contains("CANARY"), "{printed}");
    }
    let mut own = Script::begun(TokenCache::default(), TokenGrant::Own, &ClientConfig::default(), START);
    assert_eq!(format!("{:?}", own.action()), "Obtain");
    own.call.handle_issued(Ok(issued("CANARY")), own.now);
    assert!(!format!("{:?}", own.call).contains("CANARY"));
    assert_eq!(format!("{:?}", own.action()), "Finish");
    assert_eq!(format!("{:?}", own.call), "TokenCall { renewal: None, .. }");
}
