//! The texts of errors: what is wrong, and what to do next.

use wechat_material::http::Response;
use wechat_material::{ApiError, Category, Endpoint, Evidence, GetMaterial, ParseOptions, RepairKind};

#[path = "judged/response.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod response;

use response::{JPEG, NEWS, judged, response};

fn error_text(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> String {
    text(&ParseOptions::default(), response(status, headers, body))
}

fn text(options: &ParseOptions, response: Response<Vec<u8>>) -> String {
    GetMaterial::new("id").parse_with(options, response).unwrap_err().to_string()
}

#[test]
fn a_status_says_who_answered_and_what_to_do() {
    for (status, next) in [
        (300, "a redirect, which is not followed"),
        (302, "a redirect, which is not followed"),
        (308, "a redirect, which is not followed"),
        (304, "answered in WeChat's place"),
        (204, "answered in WeChat's place"),
        (404, "answered in WeChat's place"),
        (429, "a gateway or proxy failed; try again later"),
        (500, "a gateway or proxy failed; try again later"),
        (503, "a gateway or proxy failed; try again later"),
    ] {
        let text = error_text(status, &[], "words");
        assert!(text.starts_with(&format!("HTTP status {status}")) && text.contains(next), "{text}");
    }
}

#[test]
fn a_body_that_is_too_large_names_the_limit_to_raise() {
    let options = ParseOptions::default().max_json(1000).max_file(1000);
    let json = text(&options, response(200, &[], format!("{NEWS:<1001}")));
    assert_eq!(
        json,
        "the response exceeds 1000 bytes of JSON: raise max_json if such responses are expected"
    );
    let file = text(&options, response(200, &[], [JPEG, &[0; 1000]].concat()));
    assert_eq!(file, "the response exceeds 1000 bytes of a file: raise max_file if such files are expected");
    let dense = error_text(200, &[], format!("{{\"a\":[{}0]}}", "{},".repeat(25_000)));
    assert!(
        dense.contains("bytes of memory, many times its own length: WeChat does not send such JSON"),
        "{dense}"
    );
}

#[test]
fn every_error_says_what_to_do_next() {
    for (headers, body, next) in [
        (&[("content-length", "9")][..], "words", "received 5 bytes instead of the announced 9"),
        (&[("content-encoding", "gzip")], "x", "request identity encoding"),
        (&[], "", "the body is empty: try again"),
        (&[], "<html>", "an HTML page instead of an answer"),
        (&[], "words", "text instead of an answer"),
        (&[], "{\n \"a\"", "broken JSON at line 2, column 5 (byte 6), expected `:` after the key"),
        (&[], "{}", "the response is not news, a video or a file: check the call"),
    ] {
        let text = error_text(200, headers, body);
        assert!(text.contains(next), "{text}");
    }
}

#[test]
fn a_fault_says_code_meaning_rid_and_advice() {
    let fault = |status, code: i64| {
        let rid = "6413208f-1ae7191d-6edfb203";
        error_text(status, &[], format!(r#"{{"errcode":{code},"errmsg":"words rid: {rid}"}}"#))
    };
    let expired = fault(200, 42001);
    for part in [
        "errcode 42001: the access token has expired",
        " (rid 6413208f-1ae7191d-6edfb203); get a new access token and try once more",
    ] {
        assert!(expired.contains(part), "{expired}");
    }
    assert!(!expired.contains("HTTP"), "{expired}");
    assert!(fault(503, -1).contains(" and HTTP status 503"));
    assert!(
        fault(200, 99999)
            .ends_with("(rid 6413208f-1ae7191d-6edfb203); look the code up in WeChat's list of return codes")
    );
}

#[test]
fn the_debug_of_an_error_has_the_length_of_the_body_and_not_its_text() {
    let printed = |body: &str| format!("{:?}", judged(&[], body).unwrap_err());
    assert_eq!(printed("words"), "Text { html: false, is_from_link: false, body: (5 bytes) }");
    assert_eq!(
        printed(r#"{"errcode":40007,"errmsg":"rid: 6413208f-1ae7191d-6edfb203"}"#),
        "Fault(Fault { status: 200, code: ErrorCode(40007), category: Argument, rid: Some(\"6413208f-1ae7191d-6edfb203\"), .. })"
    );
}

#[test]
fn names_for_logs_are_short_and_distinct_and_are_what_is_serialized() {
    let categories = [-1, 40001, 45011, 45009, 40007, 41001, 40164, 48001, 99999].map(|code| {
        let error = judged(&[], format!(r#"{{"errcode":{code}}}"#)).unwrap_err();
        let ApiError::Fault(fault) = error else { panic!("not a fault: {error}") };
        fault.category()
    });
    let names = [
        "busy",
        "token",
        "rate-limit",
        "quota",
        "argument",
        "request",
        "credentials",
        "permission",
        "unknown",
    ];
    assert_eq!(categories.map(Category::name), names);
    assert_eq!(serde_json::to_value(categories).unwrap(), serde_json::json!(names));

    let repairs = [
        RepairKind::ByteOrderMark,
        RepairKind::DoubledColon,
        RepairKind::TrailingComma,
        RepairKind::Comment,
        RepairKind::ControlCharacter,
        RepairKind::InvalidEscape,
        RepairKind::LoneSurrogate,
        RepairKind::InvalidUtf8,
    ];
    let names = [
        "byte-order-mark",
        "doubled-colon",
        "trailing-comma",
        "comment",
        "control-character",
        "invalid-escape",
        "lone-surrogate",
        "invalid-utf8",
    ];
    assert_eq!(repairs.map(RepairKind::name), names);
    assert_eq!(serde_json::to_value(repairs).unwrap(), serde_json::json!(names));
}

#[test]
fn evidence_prints_as_a_sentence() {
    for (evidence, words) in [
        (Evidence::Attachment, "Content-Disposition says attachment"),
        (Evidence::JsonBody, "the body starts with {"),
        (Evidence::JsonType, "Content-Type says JSON"),
        (Evidence::MagicBytes, "the first bytes are those of a known file type"),
        (Evidence::MediaType, "Content-Type says media"),
        (Evidence::BinaryBody, "the body is neither JSON nor text"),
    ] {
        assert_eq!(evidence.to_string(), words);
    }
}

#[test]
fn an_api_error_has_no_source() {
    let fault = judged(&[], r#"{"errcode":40007}"#).unwrap_err();
    assert!(matches!(&fault, ApiError::Fault(_)) && std::error::Error::source(&fault).is_none());
}
