//! Assets, tokens and quirks.

use serde_json::json;
use std::time::Duration;
use wechat_material::http::Request;
use wechat_material::{AccessToken, Endpoint, GetMaterial, Transport};
use wechat_material_testkit::Emulator;

use crate::{Client, read};

#[test]
fn a_body_that_is_not_json_is_an_unknown_id_and_broken_json_is_a_format_error() {
    let client = Client::new();
    let code = |content_type: &str, body: &str| client.get_material(content_type, body)["errcode"].as_i64();
    assert_eq!(code("application/x-www-form-urlencoded", "media_id=NEWS-ONE"), Some(40007));
    assert_eq!(code("application/x-www-form-urlencoded", r#"{"media_id":"NEWS-ONE"}"#), Some(40007));
    assert_eq!(code("application/json", ""), Some(40007));
    assert_eq!(code("application/json", r#"{"media_id":"TEMPORARY"}"#), Some(40007));
    assert_eq!(code("application/json", r#"{"media_id":"#), Some(47001));
    assert_eq!(code("application/json", "{}"), Some(41006));
    assert_eq!(code("text/plain", r#"{"media_id":"NEWS-ONE"}"#), None);
}

#[test]
fn errors_are_text_with_hint_and_rid() {
    let client = Client::new();
    let response = client.send("POST", "/cgi-bin/material/get_material", "application/json", "{}");
    assert_eq!(response.headers()["content-type"], "text/plain");
    let error = read(&response);
    assert_eq!(error["errcode"], 41001);
    assert!(error["errmsg"].as_str().unwrap().starts_with("access_token missing rid: "), "{error}");
    let error = client.get_material("application/json", r#"{"media_id":"x"}"#);
    assert!(error["errmsg"].as_str().unwrap().starts_with("invalid media_id hint: ["), "{error}");
    let get = client.send("GET", "/cgi-bin/material/get_material?access_token=x", "", "");
    assert_eq!(read(&get)["errcode"], 43002);
    // As long as the answer that was observed in 2026.
    let path = "/cgi-bin/material/get_material?access_token=x";
    assert_eq!(client.send("POST", path, "application/json", "{}").body().len(), 215);
}

#[test]
fn slashes_are_escaped_and_chinese_is_not() {
    let client = Client::new();
    let path = format!("/cgi-bin/material/get_material?access_token={}", client.emulator.token().expose());
    let response = client.send("POST", &path, "application/json", r#"{"media_id":"NEWS-ONE"}"#);
    let body = String::from_utf8(response.into_body()).unwrap();
    assert!(body.contains("<\\/p>") && !body.contains("</p>") && body.contains("清晨"), "{body}");
}

#[test]
fn the_stable_token_stays_the_same_until_it_expires() {
    let client = Client::new();
    let first = client.stable_token(false);
    assert_eq!(first["expires_in"], 7200);
    client.emulator.advance(Duration::from_secs(7000));
    let second = client.stable_token(false);
    assert_eq!(second["access_token"], first["access_token"]);
    assert!(second["expires_in"].as_u64().unwrap() < 200, "{second}");
    client.emulator.advance(Duration::from_secs(200));
    assert_ne!(client.stable_token(false)["access_token"], first["access_token"]);
    assert_eq!(client.code_with(first["access_token"].as_str().unwrap()), 42001);
}

#[test]
fn forced_renewals_are_thirty_seconds_apart_and_twenty_a_day() {
    let client = Client::new();
    for _ in 0..20 {
        let old = client.stable_token(false);
        let new = client.stable_token(true);
        assert_ne!(new["access_token"], old["access_token"]);
        assert_eq!(client.stable_token(true)["errcode"], 45011);
        client.emulator.advance(Duration::from_secs(30));
    }
    assert_eq!(client.stable_token(true)["errcode"], 45009);
}

#[test]
fn a_classic_token_is_valid_for_five_minutes_after_it_was_replaced() {
    let client = Client::new();
    let (old, new) = (client.classic_token(), client.classic_token());
    client.emulator.advance(Duration::from_secs(290));
    assert_eq!((client.code_with(&old), client.code_with(&new)), (0, 0));
    client.emulator.advance(Duration::from_secs(20));
    assert_eq!((client.code_with(&old), client.code_with(&new)), (42001, 0));
}

#[test]
fn each_kind_of_wrong_credentials_has_its_own_error() {
    let client = Client::new();
    for (body, code) in [
        (json!({}), 40002),
        (json!({ "grant_type": "client_credential" }), 41002),
        (json!({ "grant_type": "client_credential", "appid": "wx" }), 40013),
        (json!({ "grant_type": "client_credential", "appid": Emulator::APP_ID }), 41004),
        (json!({ "grant_type": "client_credential", "appid": Emulator::APP_ID, "secret": "x" }), 40125),
    ] {
        assert_eq!(client.post("/cgi-bin/stable_token", &body.to_string())["errcode"], code, "{body}");
    }
    assert_eq!(client.post("/cgi-bin/stable_token", "x")["errcode"], 47001);
}

#[test]
fn a_test_can_add_and_expire_tokens() {
    let client = Client::new();
    assert_eq!(client.code_with("mine"), 40001);
    client.emulator.accept(&AccessToken::new("mine"));
    assert_eq!(client.code_with("mine"), 0);
    client.emulator.expire_tokens();
    assert_eq!(client.code_with("mine"), 42001);
}

#[test]
fn the_link_of_a_video_needs_its_signature_and_no_token() {
    let client = Client::new();
    let video = client.get_material("application/json", r#"{"media_id":"VIDEO-01"}"#);
    let link = video["down_url"].as_str().unwrap();
    let path = link.strip_prefix(&client.emulator.base_url().to_string()).unwrap();
    let status = |path: &str| client.send("GET", path, "", "").status().as_u16();
    assert_eq!(status(path), 200);
    assert_eq!(status(&path.replace("vkey=", "vkey=0")), 403);
    assert_eq!(status(&format!("{path}&access_token=x")), 400);
    assert_eq!(status("/vweixinp.tc.qq.com/other.mp4?vkey=1"), 404);
}

#[test]
fn requests_can_set_quirks_and_read_the_journal() {
    let client = Client::new();
    let ask =
        |body: &str| client.send("POST", "/emulator/quirks", "application/json", body).status().as_u16();
    let code = |media_id: &str| {
        client.get_material("application/json", &json!({ "media_id": media_id }).to_string())["errcode"]
            .as_i64()
    };
    assert_eq!(ask(r#"{"quirk":"errcode:45009","next":2}"#), 204);
    assert_eq!(ask(r#"{"quirk":"errcode:48001","media_id":"NEWS-ONE"}"#), 204);
    let media_ids = ["NEWS-ONE", "VIDEO-02", "NEWS-ONE", "VIDEO-02"];
    assert_eq!(media_ids.map(code), [Some(45009), Some(45009), Some(48001), None]);
    assert_eq!(client.send("DELETE", "/emulator/quirks", "", "").status(), 204);
    assert_eq!(code("NEWS-ONE"), None);

    let journal = read(&client.send("GET", "/emulator/journal", "", ""));
    let sent: Vec<_> =
        journal.as_array().unwrap().iter().map(|line| line["sent"]["quirk"].as_str()).collect();
    assert_eq!(sent, [Some("errcode:45009"), Some("errcode:45009"), Some("errcode:48001"), None, None]);
    assert_eq!(journal[3]["body"], r#"{"media_id":"VIDEO-02"}"#);
    assert_eq!(read(&client.send("GET", "/emulator/journal", "", "")), json!([]));

    for (name, status) in [("errcode:48001", 200), ("bad-gateway", 502), ("unheard-of", 400), ("", 400)] {
        let request = GetMaterial::new("NEWS-ONE").to_request(&client.emulator.access()).unwrap();
        let (mut head, body) = request.into_parts();
        head.headers.insert(Emulator::QUIRK_HEADER, name.parse().unwrap());
        let response = client.transport.send(Request::from_parts(head, body)).unwrap();
        assert_eq!(response.status(), status, "{name}");
    }
    assert_eq!(code("NEWS-ONE"), None);

    let listed = read(&client.send("GET", "/emulator/quirks", "", ""));
    for quirk in listed.as_array().unwrap() {
        assert_eq!(ask(&json!({ "quirk": quirk["quirk"], "next": 0 }).to_string()), 204, "{quirk}");
    }
    for wrong in ["", "{}", r#"{"quirk":"html-page"}"#, r#"{"quirk":"unheard-of","next":1}"#] {
        assert_eq!(ask(wrong), 400, "{wrong}");
    }
}
