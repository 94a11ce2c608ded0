//! Events that cannot happen: a driver that reports one gets an error.

use std::io;

use wechat_material::driver::{Feed, TokenCache};
use wechat_material::{ClientError, FailureKind, File, FileInfo, GetMaterial, Material};

use crate::download::{begun, head, receiving, setup};
use crate::response::response;
use crate::{SECOND, Script, Setup, Step, failure, fault, holding};

type Download<'s> = Script<'s, GetMaterial, FileInfo>;

const EVENTS: [&str; 8] = [
    "poll",
    "handle_response",
    "handle_head",
    "handle_chunk",
    "handle_end",
    "handle_failure",
    "handle_rewound",
    "handle_no_rewind",
];

fn report(download: &mut Download<'_>, event: &str) {
    let Script { call, tokens, now, .. } = download;
    match event {
        "poll" => drop(call.poll(tokens, *now)),
        "handle_response" => call.handle_response(response(200, &[], "{}"), *now),
        "handle_head" => call.handle_head(head(200, &[]), *now),
        "handle_chunk" => drop(call.handle_chunk(b"chunk", *now)),
        "handle_end" => drop(call.handle_end(*now)),
        "handle_failure" => call.handle_failure(failure(FailureKind::Connect), *now),
        "handle_rewound" => call.handle_rewound(*now),
        "handle_no_rewind" => call.handle_no_rewind(*now),
        other => panic!("there is no event {other}"),
    }
}

fn sent(setup: &Setup<GetMaterial>) -> Download<'_> {
    let mut download = setup.begun(holding("first"));
    assert_eq!(download.poll(), Step::Send);
    download
}

fn waiting(setup: &Setup<GetMaterial>) -> Download<'_> {
    let mut download = sent(setup);
    assert!(matches!(download.failed(FailureKind::Connect), Step::Wait(_)));
    download
}

/// Every state of a call, with the expected events and the possible events. A sink can always fail.
type State<'s> = (fn(&'s Setup<GetMaterial>) -> Download<'s>, &'static str, &'static [&'static str]);

fn states<'s>() -> [State<'s>; 9] {
    let receive = "handle_chunk, handle_end or handle_failure";
    [
        (|setup| setup.begun(holding("first")), "poll", &["poll"]),
        (
            |setup| {
                let mut download = setup.begun(TokenCache::default());
                assert_eq!(download.poll(), Step::NeedToken(120 * SECOND));
                download
            },
            "poll",
            &["poll"],
        ),
        (
            |setup| {
                let mut download = setup.begun(holding("first"));
                assert_eq!(download.call.lease(&mut download.tokens, download.now), None);
                download
            },
            "poll",
            &["poll"],
        ),
        (sent, "a response or a failure", &["handle_head", "handle_failure"]),
        (|setup| receiving(setup, &[]), receive, &["handle_chunk", "handle_end", "handle_failure"]),
        (|setup| begun(setup, 600), receive, &["handle_chunk", "handle_end", "handle_failure"]),
        (waiting, "poll", &["poll"]),
        (
            |setup| {
                let mut download = begun(setup, 600);
                download.call.handle_failure(failure(FailureKind::Connect), download.now);
                download
            },
            "poll",
            &["poll"],
        ),
        (
            |setup| {
                let mut download = begun(setup, 600);
                assert_eq!(download.failed(FailureKind::Connect), Step::Rewind);
                download
            },
            "handle_rewound or handle_no_rewind",
            &["handle_rewound", "handle_no_rewind"],
        ),
    ]
}

#[test]
fn an_event_that_cannot_happen_ends_the_call_for_good() {
    let setup = setup();
    for (number, (state, due, possible)) in states().into_iter().enumerate() {
        for event in EVENTS {
            let mut download = state(&setup);
            report(&mut download, event);
            if possible.contains(&event) {
                let wrong = |error: &ClientError| matches!(error, ClientError::WrongEvent { event, .. } if *event != "finish");
                assert!(!download.call.finish().is_err_and(|error| wrong(&error)), "{event} in {number}");
                continue;
            }
            assert!(!download.call.is_receiving());
            for later in EVENTS {
                report(&mut download, later);
            }
            assert_eq!(download.poll(), Step::Finish);
            let error = download.error();
            let expected =
                format!("the driver of the call reported `{event}` instead of `{due}`: fix the driver");
            assert_eq!(error.to_string(), expected, "in {number}");
            let ClientError::WrongEvent { event: reported, due: expected, .. } = error else { panic!() };
            assert_eq!((reported, expected), (event, due));
        }
    }
}

#[test]
fn a_call_that_is_not_over_has_no_result() {
    let setup = setup();
    for (state, due, _) in states() {
        let Err(ClientError::WrongEvent { event: "finish", due: expected, .. }) = state(&setup).call.finish()
        else {
            panic!("a call that waits for `{due}` has a result")
        };
        assert_eq!(expected, due);
    }
}

#[test]
fn after_the_end_no_event_changes_anything() {
    let setup = setup();
    for event in EVENTS {
        let mut answered = receiving(&setup, &[]);
        let news: Feed<'_> = answered.call.handle_chunk(br#"{"news_item":[]}"#, answered.now);
        assert_eq!((news, answered.call.handle_end(answered.now)), (Feed::Held, Feed::Held));
        report(&mut answered, event);
        assert!(matches!(answered.finished().unwrap().output, Material::News(_)), "{event}");

        let mut failed = sent(&setup);
        assert_eq!(failed.failed(FailureKind::Final), Step::Finish);
        report(&mut failed, event);
        assert!(matches!(failed.error(), ClientError::Call { attempts: 1, .. }), "{event}");
    }
}

#[test]
fn a_sink_may_fail_at_any_point_before_the_call_has_failed() {
    let setup = setup();
    for (state, _, _) in states() {
        let mut download = state(&setup);
        download.call.handle_sink_failure(io::Error::other("full"), 5, download.now);
        for event in EVENTS {
            report(&mut download, event);
        }
        assert!(matches!(download.error(), ClientError::Sink { written: 5, .. }));
    }
    let mut failed = sent(&setup);
    assert_eq!(failed.failed(FailureKind::Final), Step::Finish);
    failed.call.handle_sink_failure(io::Error::other("full"), 5, failed.now);
    assert!(matches!(failed.error(), ClientError::Call { .. }));
}

#[test]
fn a_call_that_collects_the_bytes_has_no_sink() {
    let setup = setup();
    let mut fetch = receiving::<File>(&setup, &[]);
    fetch.call.handle_sink_failure(io::Error::other("full"), 5, fetch.now);
    assert!(matches!(fetch.error(), ClientError::WrongEvent { event: "handle_sink_failure", .. }));
}

#[test]
fn bytes_that_come_too_late_are_not_written() {
    let setup = setup();
    let mut download = begun(&setup, 600);
    download.call.handle_failure(failure(FailureKind::Interrupted), download.now);
    assert_eq!(download.call.handle_chunk(&[0; 600], download.now), Feed::Held);
    assert_eq!(download.call.handle_end(download.now), Feed::Held);
    assert!(matches!(download.error(), ClientError::WrongEvent { event: "handle_chunk", due: "poll", .. }));
}

#[test]
fn a_request_is_never_sent_twice_without_an_event_in_between() {
    let setup = Setup::usual();
    let mut call = setup.sent();
    assert_eq!((call.poll(), call.poll()), (Step::Finish, Step::Finish));
    assert_eq!(call.attempts, 1);
    assert!(matches!(call.error(), ClientError::WrongEvent { event: "poll", .. }));
}

/// Its bytes would be lost if it were accepted.
#[test]
fn a_whole_response_is_an_error_if_the_bytes_are_written() {
    let setup = setup();
    let mut download = sent(&setup);
    download.receives(response(200, &[], [0; 100]));
    assert!(matches!(download.error(), ClientError::WrongEvent { event: "handle_response", .. }));
}

#[test]
fn a_token_that_was_refused_before_a_wrong_event_is_still_reported() {
    let setup = Setup::usual();
    let mut call = setup.sent();
    call.receives(fault(40001));
    call.receives(fault(40001));
    assert_eq!(call.poll(), Step::Finish);
    assert!(call.tokens.begin(call.now).unwrap().refused().is_some());
}
