//! `inspect --format json`: one object for every verdict, with a shape to rely on.

use serde_json::{Value, json};

use crate::program::{program, run_with_stdin};

/// The object for a recording, and the exit code that goes with it.
#[track_caller]
fn report(recording: impl AsRef<[u8]>, options: &[&str]) -> Value {
    let mut command = program(&["inspect", "-", "--format", "json"]);
    let report = run_with_stdin(command.args(options), recording.as_ref());
    let object = report.json();
    assert_eq!(report.code, i32::from(object["verdict"] == "error"), "{object}");
    assert_eq!((report.stderr.as_str(), report.text().lines().count()), ("", 1));
    object
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn news() {
    let object = report(
        r#"{"news_item":[{"title":"标题","show_cover_pic":1,"mood":"good"}],"create_time":5,"surprise":[1],}"#,
        &[],
    );
    assert_eq!(keys(&object), ["evidence", "material", "repairs", "verdict"]);
    assert_eq!((&object["verdict"], &object["evidence"]), (&json!("news"), &json!("json-body")));
    assert_eq!(object["repairs"], json!([{ "kind": "trailing-comma", "offset": 97 }]));
    let material = &object["material"];
    assert_eq!(material["articles"][0]["title"], "标题");
    assert_eq!(material["articles"][0]["show_cover_pic"], true);
    assert_eq!(material["articles"][0]["extra"], json!({ "mood": "good" }));
    assert_eq!((&material["create_time"], &material["update_time"]), (&json!(5), &json!(null)));
    assert_eq!(material["extra"], json!({ "surprise": [1] }));
}

#[test]
fn video() {
    for (host, link) in [("203.0.113.7", "file"), ("mp.weixin.qq.com", "page")] {
        let object = report(format!(r#"{{"title":"t","down_url":"http://{host}/a"}}"#), &[]);
        assert_eq!(keys(&object), ["evidence", "link", "material", "repairs", "verdict"]);
        assert_eq!((&object["verdict"], &object["link"]), (&json!("video"), &json!(link)));
        assert_eq!(object["material"]["down_url"], format!("http://{host}/a"));
        assert_eq!(object["repairs"], json!([]));
    }
}

#[test]
fn file() {
    let mut recording = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\
        Content-disposition: attachment; filename=\"a/cat.png\"\r\n\r\n"
        .to_vec();
    recording.extend(b"\xFF\xD8\xFF\xE0");
    let object = report(recording, &[]);
    let expected = json!({
        "verdict": "file",
        "file": {
            "length": 4,
            "file_type": "image/jpeg",
            "extension": "jpg",
            "file_name": "a/cat.png",
            "safe_name": "cat.jpg",
            "content_type": "text/plain",
        },
        "evidence": "attachment",
    });
    assert_eq!(object, expected);

    let bare = report(b"\x00\x01", &[]);
    let expected = json!({
        "length": 2,
        "file_type": null,
        "extension": null,
        "file_name": null,
        "safe_name": "material",
        "content_type": null,
    });
    assert_eq!((&bare["file"], &bare["evidence"]), (&expected, &json!("binary-body")));
}

#[test]
fn fault() {
    let object = report(
        r#"{"errcode":"40001","errmsg":"invalid credential hint: [Feqf!] rid: 6413208f-1ae7191d-6edfb203"}"#,
        &[],
    );
    let expected = json!({
        "kind": "fault",
        "message": "invalid credential",
        "code": 40001,
        "hint": "Feqf!",
        "rid": "6413208f-1ae7191d-6edfb203",
        "category": "token",
    });
    assert_eq!(object, json!({ "verdict": "error", "error": expected }));

    let bare = report(r#"{"errcode":45009,"errmsg":""}"#, &[]);
    let expected = json!({ "kind": "fault", "message": "", "code": 45009, "hint": null, "rid": null, "category": "quota" });
    assert_eq!(bare["error"], expected);
}

#[test]
fn categories_are_in_kebab_case() {
    for (code, category) in [
        (-1, "busy"),
        (42001, "token"),
        (45011, "rate-limit"),
        (45009, "quota"),
        (40007, "argument"),
        (47001, "request"),
        (40164, "credentials"),
        (48001, "permission"),
        (7, "unknown"),
    ] {
        let object = report(format!(r#"{{"errcode":{code},"errmsg":""}}"#), &[]);
        assert_eq!(object["error"]["category"], category);
    }
}

#[test]
fn broken_json() {
    let object = report("HTTP/1.1 200 OK\r\n\r\n{\r\n \"标\": x}", &[]);
    let error = &object["error"];
    assert_eq!(keys(error), ["column", "kind", "line", "message", "offset"]);
    assert_eq!(error["kind"], "json");
    assert_eq!((&error["offset"], &error["line"], &error["column"]), (&json!(11), &json!(2), &json!(9)));
    assert!(error["message"].as_str().unwrap().contains("expected a value"));
}

#[test]
fn strictness_turns_repairs_into_errors() {
    let body = r#"{"news_item"::[],}"#;
    let kinds = |object: &Value| object["repairs"].as_array().unwrap().len();
    assert_eq!(kinds(&report(body, &[])), 2);
    let strict = report(body, &["--strict"]);
    assert_eq!((&strict["error"]["kind"], &strict["error"]["offset"]), (&json!("json"), &json!(13)));
    assert_eq!(report(r#"{"news_item":[]}"#, &["--strict"])["verdict"], "news");
}

#[test]
fn every_repair_has_a_name() {
    for (kind, body) in [
        ("byte-order-mark", &b"\xEF\xBB\xBF{\"news_item\":[]}"[..]),
        ("doubled-colon", b"{\"news_item\": : []}"),
        ("trailing-comma", b"{\"news_item\":[],}"),
        ("comment", b"{/**/\"news_item\":[]}"),
        ("control-character", b"{\"news_item\":[],\"a\":\"\t\"}"),
        ("invalid-escape", b"{\"news_item\":[],\"a\":\"\\d\"}"),
        ("lone-surrogate", b"{\"news_item\":[],\"a\":\"\\uD83D\"}"),
        ("invalid-utf8", b"{\"news_item\":[],\"a\":\"\xFF\"}"),
    ] {
        assert_eq!(report(body, &[])["repairs"][0]["kind"], kind);
    }
}

#[test]
fn every_other_error_has_a_kind_and_a_message() {
    let long = format!(r#"{{"news_item":[],"a":"{}"}}"#, "a".repeat(8 << 20));
    for (kind, recording) in [
        ("status", "HTTP/1.1 502 Bad Gateway\r\n\r\n<html>"),
        ("length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"),
        ("encoded", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n{}"),
        ("empty", "HTTP/1.1 200 OK\r\n\r\n"),
        ("shape", "{}"),
        ("too-large", &long),
    ] {
        let object = report(recording, &[]);
        assert_eq!(
            (keys(&object), keys(&object["error"])),
            (vec!["error", "verdict"], vec!["kind", "message"])
        );
        assert_eq!(object["error"]["kind"], kind);
        assert!(!object["error"]["message"].as_str().unwrap().is_empty());
    }
    for (html, recording) in [(true, "<html>"), (false, "Internal Server Error")] {
        let object = report(recording, &[]);
        assert_eq!(keys(&object["error"]), ["html", "kind", "message"]);
        assert_eq!((&object["error"]["kind"], &object["error"]["html"]), (&json!("text"), &json!(html)));
    }
}
