//! What WeChat refuses, and calls that get no answer: what happened, why, and what to do next.

use std::io::Write;
use std::iter;
use std::sync::mpsc::channel;

use wechat_material_testkit::{Emulator, Quirk};

use crate::gateway::{fault, gateway, gateway_over, response};
use crate::program::{calling, program, run, with_credentials, with_token};

#[track_caller]
fn assert_says(stderr: &str, parts: &[&str]) {
    for part in parts {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
}

#[test]
fn an_unknown_asset_is_reported_with_code_meaning_message_rid_and_advice() {
    let emulator = Emulator::start().unwrap();
    let stderr = run(&mut with_token(&emulator, &["get", "NO-SUCH-ASSET"])).expect_error(1).stderr;
    assert_says(
        &stderr,
        &[
            "WeChat refused the call with errcode 40007",
            "no permanent asset has this media id",
            "(rid ",
            "check the media id",
            "\n  WeChat's message: invalid media_id (hint ",
        ],
    );
}

#[test]
fn a_wrong_secret_is_reported_as_one_whatever_the_code() {
    let emulator = Emulator::start().unwrap();
    for code in [None, Some(40001), Some(40125)] {
        for command in [&["count"][..], &["list"], &["get", "IMAGE-01"], &["token"]] {
            if let Some(code) = code {
                emulator.misbehave_next(1, Quirk::Errcode(code));
            }
            let mut wrong = with_credentials(&emulator, command);
            let refused = run(wrong.env("WECHAT_APP_SECRET", "b17f0ec5")).expect_error(1);
            assert_says(&refused.stderr, &["no access token", "the app secret is wrong"]);
            assert_says(&refused.stderr, &["check the app id, the app secret"]);
            assert!(!refused.stderr.contains("b17f0ec5"), "{}", refused.stderr);
            assert_eq!(emulator.take_exchanges().len(), 1);
        }
    }
    let mut wrong = calling(&emulator, &["count", "--app-id", "wx1"]);
    let refused = run(wrong.env("WECHAT_APP_SECRET", Emulator::APP_SECRET)).expect_error(1);
    assert_says(&refused.stderr, &["errcode 40013", "the app id is wrong", "check the app id"]);
}

#[test]
fn an_address_that_is_not_listed_is_named_for_the_list() {
    for (words, step) in [
        (
            "invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist rid: 6413208f-1ae7191d-6edfb203",
            "next: add 1.2.3.4 to",
        ),
        ("invalid ip 119.253.43.19, not in whitelist", "next: add 119.253.43.19 to"),
        ("not in whitelist", "next: add this machine's address to"),
    ] {
        let base = gateway(move |_| fault(40164, words));
        let mut count = program(&["count", "--base-url", &base]);
        let refused = run(count.env("WECHAT_APP_ID", "wx0").env("WECHAT_APP_SECRET", "secret"));
        assert_says(&refused.expect_error(1).stderr, &["errcode 40164", step, "in the account's console"]);
    }
}

#[test]
fn a_second_refusal_names_both_tokens() {
    let emulator = Emulator::start().unwrap();
    emulator.misbehave_for("IMAGE-01", Quirk::Errcode(40001));
    let refused = run(&mut with_credentials(&emulator, &["get", "IMAGE-01"])).expect_error(1);
    assert_says(&refused.stderr, &["errcode 40001", "new token", "next: if this repeats"]);
}

#[test]
fn the_number_of_attempts_is_reported() {
    let emulator = Emulator::start().unwrap();
    emulator.misbehave_for("IMAGE-01", Quirk::BadGateway);
    let refused = run(&mut with_token(&emulator, &["get", "IMAGE-01"])).expect_error(1);
    assert_says(&refused.stderr, &["HTTP status 502", "after 4 attempts"]);
    assert_eq!(emulator.take_exchanges().len(), 4);
    let refused = run(&mut with_token(&emulator, &["get", "IMAGE-01", "--no-retry"])).expect_error(1);
    assert!(!refused.stderr.contains("attempts"), "{}", refused.stderr);
    assert_eq!(emulator.take_exchanges().len(), 1);
}

#[test]
fn a_server_that_is_not_there_is_reported_with_the_causes() {
    let mut count = program(&["count", "--base-url", "http://127.0.0.1:1", "--no-retry"]);
    let unreached = run(count.env("WECHAT_ACCESS_TOKEN", "token")).expect_error(1);
    assert_says(&unreached.stderr, &["no connection", "check the base URL", "efused"]);
}

#[test]
fn a_file_that_does_not_end_is_refused_and_leaves_nothing() {
    let emulator = Emulator::start().unwrap();
    emulator.misbehave_for("IMAGE-01", Quirk::Endless);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a file");
    let output = path.to_str().unwrap();
    let mut get = with_token(&emulator, &["get", "IMAGE-01", "--max-size", "1M", "-o", output]);
    let refused = run(&mut get).expect_error(1);
    assert_says(&refused.stderr, &["larger than 1,048,576 bytes", "nothing was saved", "--max-size"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(emulator.take_exchanges().len(), 1);
    let fine = |size: &str| run(&mut with_token(&emulator, &["get", "IMAGE-02", "--max-size", size])).code;
    assert_eq!((fine("1941"), fine("1940")), (0, 1));
}

#[test]
fn a_page_of_a_huge_length_is_not_read_to_its_end() {
    for command in [&["get", "IMAGE-01"][..], &["count"]] {
        let (sent, received) = channel();
        let base = gateway_over(move |_, stream| {
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99999999999\r\n\r\n<html>";
            stream.write_all(head.as_bytes()).unwrap();
            let block = vec![b' '; 64 << 10];
            let length: usize = iter::repeat_with(|| stream.write(&block)).map_while(Result::ok).sum();
            sent.send(length).unwrap();
        });
        let mut command = program(&[command, &["--base-url", &base]].concat());
        let refused = run(command.env("WECHAT_ACCESS_TOKEN", "token")).expect_error(1);
        assert_says(&refused.stderr, &["next: "]);
        let length = received.recv().unwrap();
        // A JSON answer is read to its end, unless it is longer than this.
        assert!(length < 100 << 20, "{length}");
        if command.get_args().any(|argument| argument == "get") {
            assert_says(&refused.stderr, &["an HTML page instead of an answer"]);
            assert!(length < 20 << 20, "{length}");
        }
    }
}

#[test]
fn no_advice_is_for_programmers() {
    let emulator = Emulator::start().unwrap();
    for (quirk, step) in [
        (Quirk::Gzip, "next: check proxies and gateways in between"),
        (Quirk::HtmlPage, "next: record the response"),
        (Quirk::UnclosedString, "next: record the response"),
        (Quirk::ResetInBody, "try again"),
    ] {
        emulator.misbehave_for("IMAGE-01", quirk);
        let refused = run(&mut with_token(&emulator, &["get", "IMAGE-01", "--no-retry", "-o", "-"]));
        assert_says(&refused.stderr, &[step]);
        for word in ["max_file", "max_json", "agent", "UreqTransport", "identity"] {
            assert!(!refused.stderr.contains(word), "{}", refused.stderr);
        }
    }
    let base = gateway(|_| response("HTTP/1.1 200 OK", r#"{"news_item":1}"#));
    let mut count = program(&["count", "--base-url", &base]);
    let refused = run(count.env("WECHAT_ACCESS_TOKEN", "token")).expect_error(1);
    assert_says(&refused.stderr, &["the response is not the counts of assets", "next: record the response"]);
}
