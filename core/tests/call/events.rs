//! The events of a call: their order, and that they contain nothing secret.

use std::io;
use std::time::Duration;

use wechat_material::driver::TokenCache;
use wechat_material::{
    AccessToken, ClientEvent, ErrorCode, EventKind, Evidence, FailureKind, File, FileInfo, GetMaterial,
    RepairKind, RetryPolicy, WaitReason,
};

use crate::download::{begun, setup as download_setup};
use crate::response::response;
use crate::{SECOND, START, Setup, Step, asking, fault, holding, status};

fn failure(kind: &'static str, code: Option<i64>) -> EventKind {
    EventKind::Failure { kind, code: code.map(ErrorCode), rid: None }
}

/// The attempt, time and kind of each event.
fn recorded(events: &[ClientEvent]) -> Vec<(u32, Duration, EventKind)> {
    events.iter().map(|event| (event.attempt, event.elapsed, event.kind.clone())).collect()
}

#[test]
fn every_event_of_a_call_is_recorded_in_order() {
    let setup = Setup::under(&RetryPolicy::default().backoff(SECOND, SECOND)).recording();
    let mut call = setup.sent();
    let rid = "6413208f-1ae7191d-6edfb203";
    let busy = format!(r#"{{"errcode":-1,"errmsg":"system error rid: {rid}"}}"#);
    let step = call.later(SECOND).answered(response(200, &[], busy));
    let backoff = call.waits(step);
    let step = call.answered(asking(status(503), 20 * SECOND));
    let asked = call.waits(step);
    let step = call.answered(fault(45011));
    let minute = call.waits(step);
    call.refused_once();
    assert_eq!(call.later(SECOND).answered(response(200, &[], r#"{"ok":true,}"#)), Step::Finish);

    let events = call.events();
    assert!(events.iter().all(|event| (event.call, event.subject.as_str()) == ("Probe", "a subject")));
    let recorded = recorded(&events);
    let fault_with_rid =
        EventKind::Failure { kind: "fault", code: Some(ErrorCode::SYSTEM_BUSY), rid: Some(rid.to_owned()) };
    let second = SECOND + backoff;
    let (third, fourth) = (second + asked, second + asked + minute);
    let wait = |time, reason| EventKind::Wait { time, reason };
    let expected = [
        (1, Duration::ZERO, EventKind::Attempt),
        (1, SECOND, fault_with_rid),
        (1, SECOND, wait(backoff, WaitReason::Backoff)),
        (2, second, EventKind::Attempt),
        (2, second, failure("status", None)),
        (2, second, wait(asked, WaitReason::RetryAfter)),
        (3, third, EventKind::Attempt),
        (3, third, failure("fault", Some(45011))),
        (3, third, wait(minute, WaitReason::RateLimit)),
        (4, fourth, EventKind::Attempt),
        (4, fourth, failure("fault", Some(40001))),
        (5, fourth, EventKind::Attempt),
    ];
    assert_eq!(recorded[..12], expected);
    let (5, elapsed, EventKind::Answer { evidence, repairs }) = &recorded[12] else {
        panic!("{:?}", recorded[12])
    };
    assert_eq!((*elapsed, *evidence), (fourth + SECOND, Some(Evidence::JsonBody)));
    assert_eq!(repairs.iter().map(|repair| repair.kind).collect::<Vec<_>>(), [RepairKind::TrailingComma]);
    assert_eq!(recorded.len(), 13);
    assert!(call.call.next_event().is_none());
}

#[test]
fn nothing_is_recorded_by_default() {
    let setup = Setup::usual();
    let mut call = setup.sent();
    call.busy_once();
    assert_eq!(call.answered(response(200, &[], crate::OK)), Step::Finish);
    assert!(call.events().is_empty());
}

#[test]
fn failures_of_every_kind_are_named() {
    let setup = Setup::usual().recording();
    let mut call = setup.sent();
    assert_eq!(call.failed(FailureKind::Final), Step::Finish);
    assert_eq!(recorded(&call.events())[1..], [(1, Duration::ZERO, failure("transport", None))]);

    let mut call = setup.sent();
    assert_eq!(call.answered(response(200, &[], "<html>")), Step::Finish);
    assert_eq!(recorded(&call.events())[1..], [(1, Duration::ZERO, failure("text", None))]);

    let setup = Setup::new(GetMaterial::new(""), &RetryPolicy::default()).recording();
    let mut call = setup.begun::<File>(holding("first"));
    assert_eq!(call.poll(), Step::Finish);
    assert_eq!(recorded(&call.events()), [(1, Duration::ZERO, failure("build", None))]);
}

#[test]
fn a_wait_has_the_reason_that_decides_how_long_it_is() {
    let reason = |policy: RetryPolicy, response| {
        let setup = Setup::under(&policy).recording();
        let mut call = setup.sent();
        call.receives(response);
        let EventKind::Wait { reason, .. } = call.events().remove(2).kind else { panic!("no wait") };
        reason
    };
    let usual = RetryPolicy::default;
    assert_eq!(reason(usual(), asking(status(503), Duration::ZERO)), WaitReason::Backoff);
    assert_eq!(reason(usual(), asking(status(503), SECOND)), WaitReason::RetryAfter);
    let long = || usual().backoff(Duration::MAX, Duration::MAX).max_elapsed(Duration::MAX);
    assert_eq!(reason(long(), asking(status(503), SECOND)), WaitReason::Backoff);
    assert_eq!(reason(long(), fault(45011)), WaitReason::Backoff);
    // If both are equal, the reason is that of the server.
    let none = usual().backoff(Duration::ZERO, Duration::ZERO);
    assert_eq!(reason(none.clone(), asking(status(503), Duration::ZERO)), WaitReason::RetryAfter);
    assert_eq!(reason(none, status(503)), WaitReason::Backoff);
}

#[test]
fn the_wait_of_a_download_comes_after_rewinding() {
    let setup = download_setup().recording();
    let mut download = begun(&setup, 600);
    assert_eq!(download.later(SECOND).failed(FailureKind::Interrupted), Step::Rewind);
    let expected = [(1, Duration::ZERO, EventKind::Attempt), (1, SECOND, failure("transport", None))];
    assert_eq!(recorded(&download.events()), expected);
    download.later(SECOND);
    download.call.handle_rewound(download.now);
    let Step::Wait(time) = download.poll() else { panic!("no wait") };
    let wait = EventKind::Wait { time, reason: WaitReason::Backoff };
    assert_eq!(recorded(&download.events()), [(1, 2 * SECOND, wait)]);

    let mut download = begun(&setup, 600);
    assert_eq!(download.events().len(), 1);
    download.call.handle_sink_failure(io::Error::other("full"), 600, download.now);
    assert_eq!(recorded(&download.events()), [(1, Duration::ZERO, failure("sink", None))]);
}

#[test]
fn a_driver_that_takes_no_events_loses_the_oldest() {
    let policy = RetryPolicy::default().max_attempts(u32::MAX).max_elapsed(Duration::MAX);
    let setup = Setup::under(&policy).recording();
    for retries in [20, 21, 22, 100] {
        let mut call = setup.sent();
        for _ in 0..retries {
            call.busy_once();
        }
        // An attempt, and three events for each retry.
        let all = 3 * retries + 1;
        let events = call.events();
        assert_eq!(events.len(), all.min(64));
        assert_eq!(
            (events.last().unwrap().attempt, &events.last().unwrap().kind),
            (call.attempts, &EventKind::Attempt)
        );
        let lost = all - events.len();
        // The second and third event of an attempt are its failure and its wait.
        let first = u32::try_from(lost).unwrap() / 3 + 1;
        assert_eq!(events[0].attempt, first);
        // From now on events fit into the queue again.
        let step = call.answered(fault(-1));
        assert_eq!(call.events().len(), 2);
        call.waits(step);
    }
}

#[test]
fn nothing_prints_a_token_or_text_of_a_body() {
    let setup = Setup::usual().recording();
    let mut call = setup.begun::<File>(holding("CANARY"));
    let send = call.action();
    let first = format!("{send:?} {:?} {:?}", call.tokens, call.call);
    call.receives(response(200, &[], r#"{"errcode":40001,"errmsg":"CANARY"}"#));
    let need = call.action();
    call.renews("CANARY 2");
    let send = call.action();
    let second = format!("{need:?} {send:?} {:?} {:?}", call.tokens, setup.config);
    call.receives(response(200, &[("x", "CANARY")], "<html>CANARY"));
    let third = format!("{:?} {:?}", call.events(), call.call);
    let error = call.error();
    let printed = format!("{first} {second} {third} {error} {error:?}");
    assert!(!printed.contains("CANARY"), "{printed}");
    assert!(
        printed.contains(
            "Send { request: GET https://api.weixin.qq.com/cgi-bin/probe?(redacted), expect: Json }"
        )
    );

    let fixed = TokenCache::fixed(AccessToken::new("CANARY"));
    assert!(!format!("{fixed:?} {:?}", fixed.lease(START)).contains("CANARY"));
}

#[test]
fn actions_are_printed() {
    let setup = download_setup();
    let mut download = begun(&setup, 600);
    download.call.handle_failure(crate::failure(FailureKind::Connect), download.now);
    assert_eq!(format!("{:?}", download.action()), "Rewind");
    download.call.handle_no_rewind(download.now);
    assert_eq!(format!("{:?}", download.action()), "Finish");
    let mut waiting = setup.begun::<FileInfo>(TokenCache::default());
    assert_eq!(format!("{:?}", waiting.action()), "NeedToken { until: Moment(1000120s) }");
    let mut busy = setup.sent();
    busy.later(119 * SECOND).receives(asking(status(503), SECOND));
    assert_eq!(format!("{:?}", busy.action()), "Sleep { until: Moment(1000120s) }");
}
