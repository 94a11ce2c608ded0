//! `inspect`: the report for people, and what can be given to it.

use std::fs;
use std::process::Stdio;

use tempfile::tempdir;

use crate::program::{Run, program, run, run_with_stdin, text};

fn inspect(recording: impl AsRef<[u8]>, options: &[&str]) -> Run {
    run_with_stdin(program(&["inspect", "-"]).args(options), recording.as_ref())
}

/// The value of a label.
#[track_caller]
fn value<'r>(report: &'r Run, label: &str) -> &'r str {
    let line = report.text().lines().find_map(|line| line.strip_prefix(label));
    line.unwrap_or_else(|| panic!("no {label} in\n{}", report.text())).trim()
}

#[test]
fn news_is_shown_with_its_articles() {
    let report = inspect(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n\
         {\"news_item\":[{\"title\":\"清晨\"},{\"title\":\"\"}],\"surprise\":1}",
        &[],
    )
    .expect_fine();
    assert_eq!(value(&report, "verdict"), "news, 2 articles");
    assert_eq!(value(&report, "evidence"), "the body starts with {");
    assert_eq!(value(&report, "repairs"), "none: the JSON is well-formed");
    assert_eq!(value(&report, "article 1"), "清晨");
    assert_eq!(value(&report, "article 2"), "(without a title)");
    assert_eq!(value(&report, "unknown fields"), "surprise");
}

#[test]
fn a_video_is_shown_with_the_target_of_its_link() {
    for (url, link) in [
        ("http://203.0.113.7/a.mp4", "to a file: http://203.0.113.7/a.mp4"),
        ("http://mp.weixin.qq.com/mp/mp/video", "to a page: http://mp.weixin.qq.com/mp/mp/video"),
    ] {
        let body = format!(r#"{{"title":"t","down_url":"{}"}}"#, url.replace('/', "\\/"));
        let report = inspect(body, &[]).expect_fine();
        assert_eq!((value(&report, "verdict"), value(&report, "title")), ("video", "t"));
        assert_eq!(value(&report, "link"), link);
    }
}

#[test]
fn a_file_is_shown_with_length_type_and_names() {
    let mut recording =
        b"HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-disposition: attachment; filename=\"../cat.png\"\n\n"
            .to_vec();
    recording.extend(b"\xFF\xD8\xFF\xE0");
    let report = inspect(recording, &[]).expect_fine();
    assert_eq!(value(&report, "verdict"), "file, 4 bytes");
    assert_eq!(value(&report, "evidence"), "Content-Disposition says attachment");
    assert_eq!(value(&report, "type"), "image/jpeg");
    assert_eq!(value(&report, "content type"), "text/plain");
    assert_eq!(value(&report, "file name"), "../cat.png");
    assert_eq!(value(&report, "safe name"), "cat.jpg");
}

#[test]
fn repairs_are_shown_with_their_places() {
    let body = "{\n  \"down_url\":: \"http://203.0.113.7/a\", // 注\n  \"title\": \"t\",\n}";
    let report = inspect(body, &[]).expect_fine();
    assert_eq!(value(&report, "repairs"), "3 repairs");
    for place in [
        "doubled-colon at line 2, column 14 (byte 15)",
        "comment at line 2, column 40 (byte 41)",
        "trailing-comma at line 3, column 15 (byte 62)",
    ] {
        assert!(report.text().lines().any(|line| line.trim() == place), "{place}\n{}", report.text());
    }

    let strict = inspect(body, &["--strict"]);
    assert_eq!((strict.code, value(&strict, "verdict")), (1, "error, json"));
    assert!(
        strict
            .text()
            .ends_with("  2 |   \"down_url\":: \"http://203.0.113.7/a\", // 注\n    |              ^\n")
    );
}

#[test]
fn there_may_be_more_repairs_than_are_listed() {
    let body = format!(r#"{{"news_item":[],"a":"{}"}}"#, "\t".repeat(2000));
    assert_eq!(value(&inspect(body, &[]).expect_fine(), "repairs"), "1,000 repairs, and maybe more");
}

#[test]
fn broken_json_is_shown_with_a_caret_under_the_place() {
    let report = inspect("HTTP/1.1 200 OK\r\n\r\n{\r\n  \"标题\": 未完,\r\n}\r\n", &[]);
    assert_eq!((report.code, report.stderr.as_str()), (1, ""));
    assert_eq!(value(&report, "verdict"), "error, json");
    assert!(value(&report, "why").contains("line 2, column 13 (byte 15)"), "{}", report.text());
    assert!(report.text().ends_with("\n  2 |   \"标题\": 未完,\n    |           ^\n"), "{}", report.text());
}

#[test]
fn broken_json_at_the_end_of_the_body_has_its_caret_behind_it() {
    let report = inspect(r#"{"news_item":["#, &[]);
    assert!(
        report.text().ends_with("\n  1 | {\"news_item\":[\n    |               ^\n"),
        "{}",
        report.text()
    );
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let long = "长".repeat(300_000);
    let report = inspect(format!(r#"{{"a":"{long}","b":oops,"c":"{long}"}}"#), &[]);
    let place: Vec<_> = report.text().lines().rev().take(2).collect();
    assert!(place[1].starts_with("  1 | …长") && place[1].ends_with("长…"), "{}", report.text());
    let before_oops = place[1].split("oops").next().unwrap();
    let columns: usize = before_oops.chars().map(|char| if char == '长' { 2 } else { 1 }).sum();
    assert_eq!(place[0].find('^'), Some(columns), "{}", report.text());
    assert!(report.stdout.len() < 1000);
}

#[test]
fn nothing_from_the_body_reaches_the_terminal_raw() {
    for recording in [
        &b"{\"news_item\":[{\"title\":\"\x1B[31m\xC2\x9B2J\x07\"}]}"[..],
        b"{\"errcode\":1,\"errmsg\":\"\\u001b[2J hint: [\\u0007]\"}",
        b"{\"title\":\"\\u001b[2J\",\"down_url\":\"http://a/\\u001b[2J\",\"\\u001b\":1}",
        b"{\"a\":\x1B[2J\xFF}",
        b"<html>\x1B[2J",
        b"HTTP/1.1 502 Bad\n\n\x1B[2J\x00",
        b"HTTP/1.1 200 OK\nContent-Disposition: attachment; filename*=utf-8''%1B%5B2J\n\n\x00",
    ] {
        for options in [&[][..], &["--strict"], &["--format", "json"]] {
            let report = inspect(recording, options);
            let raw = report.text().chars().find(|char| char.is_control() && *char != '\n');
            assert_eq!(raw, None, "{}", report.text());
        }
    }
}

#[test]
fn a_fault_is_shown_in_its_parts() {
    let report = inspect(
        r#"{"errcode":40007,"errmsg":"invalid media_id hint: [Y2XI] rid: 6413208f-1ae7191d-6edfb203"}"#,
        &[],
    );
    assert_eq!((report.code, value(&report, "verdict")), (1, "error, fault"));
    assert!(value(&report, "why").contains("check the media id"));
    assert_eq!((value(&report, "code"), value(&report, "category")), ("40007", "argument"));
    assert_eq!((value(&report, "WeChat says"), value(&report, "hint")), ("invalid media_id", "Y2XI"));
    assert_eq!(value(&report, "rid"), "6413208f-1ae7191d-6edfb203");
}

#[test]
fn every_other_error_shows_how_the_body_begins() {
    for (kind, recording) in [
        ("status", "HTTP/1.1 502 Bad Gateway\r\n\r\nsorry"),
        ("length", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsorry"),
        ("encoded", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nsorry"),
        ("text", "sorry"),
    ] {
        let report = inspect(recording, &[]);
        assert_eq!((report.code, value(&report, "verdict")), (1, format!("error, {kind}").as_str()));
        assert_eq!(value(&report, "it begins with"), "sorry");
    }
    let empty = inspect("", &[]);
    assert_eq!((empty.code, value(&empty, "verdict")), (1, "error, empty"));
}

#[test]
fn a_recording_is_read_from_a_file_too() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("answer");
    fs::write(&file, "HTTP/1.1 200 OK\n\n{\"news_item\":[]}").unwrap();
    let report = run(&mut program(&["inspect", text(&file)])).expect_fine();
    assert_eq!(value(&report, "verdict"), "news, 0 articles");
}

#[test]
fn what_cannot_be_read_is_wrong_usage() {
    for format in ["text", "json"] {
        let folder = tempdir().unwrap();
        for file in [folder.path(), &folder.path().join("none")] {
            let refused = run(&mut program(&["inspect", text(file), "--format", format])).expect_error(2);
            assert!(refused.stderr.contains(text(file)), "{}", refused.stderr);
        }
        let malformed = inspect("HTTP/1.1 200 OK\nno colon\n\n", &["--format", format]).expect_error(2);
        assert!(malformed.stderr.contains("line 2"), "{}", malformed.stderr);
    }
    run(&mut program(&["inspect", "-", "--format", "xml"])).expect_error(2);
}

#[test]
fn a_reader_that_stops_early_is_not_a_failure() {
    let mut child = program(&["inspect", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Closed before there is anything to judge.
    drop(child.stdout.take());
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), br#"{"news_item":[]}"#).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
