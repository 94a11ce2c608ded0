//! Answers that a test configures.

use std::sync::Mutex;

use serde_json::{Value, json};
use wechat_material::http::{Request, Response};
use wechat_material::{Access, AccessToken, Answer, ApiError, BuildError, Endpoint, GetMaterial};
use wechat_material_testkit::{Emulator, Quirk, Sent};

use crate::{Client, read};

/// An endpoint that the emulator does not implement.
struct Quota;

impl Endpoint for Quota {
    type Target = Access;
    type Output<F> = u64;

    fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
        access.post_json("/cgi-bin/quota/get", &json!({ "cgi_path": "/cgi-bin/material/get_material" }))
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<u64, ApiError> {
        let quota: Value = answer.deserialize("a quota")?;
        quota["left"].as_u64().ok_or_else(|| ApiError::shape("a quota"))
    }
}

fn with_answer() -> Client {
    let answer = Response::builder().header("x-own", "1").body(br#"{"left":7}"#.to_vec()).unwrap();
    Client::with_emulator(Emulator::builder().answer("/cgi-bin/quota/get", answer).start().unwrap())
}

#[test]
fn a_path_has_the_configured_answer() {
    let client = with_answer();
    assert_eq!(client.call(&Quota).unwrap(), 7);
    let response = client.send("GET", "/cgi-bin/quota/get", "", "");
    assert_eq!(
        (response.headers()["x-own"].as_bytes(), response.body().as_slice()),
        (&b"1"[..], &br#"{"left":7}"#[..])
    );
    // The built-in account is served as well.
    assert!(client.call(&GetMaterial::new("IMAGE-01")).is_ok());
    assert_eq!(client.send("GET", "/cgi-bin/quota/other", "", "").status(), 404);
}

#[test]
fn a_token_must_be_valid_and_calls_are_recorded() {
    let client = with_answer();
    let wrong = Access::with_base_url(&AccessToken::new("wrong"), client.emulator.base_url());
    let error = client.call_with(&wrong, &Quota).unwrap_err();
    assert_eq!(error.fault().unwrap().code.0, 40001);
    let access = client.emulator.access();
    client.emulator.expire_tokens();
    assert_eq!(client.call_with(&access, &Quota).unwrap_err().fault().unwrap().code.0, 42001);
    client.emulator.take_exchanges();
    client.call(&Quota).unwrap();
    let exchanges = client.emulator.take_exchanges();
    assert_eq!(exchanges.len(), 1);
    assert_eq!(&exchanges[0].body[..], br#"{"cgi_path":"/cgi-bin/material/get_material"}"#);
    let answer = Sent::Answer { status: 200, body: br#"{"left":7}"#.to_vec().into() };
    assert_eq!(exchanges[0].sent, answer);
}

#[test]
fn quirks_take_precedence_over_configured_answers() {
    let client = with_answer();
    client.emulator.misbehave_next(1, Quirk::Errcode(45009));
    assert_eq!(client.call(&Quota).unwrap_err().fault().unwrap().code.0, 45009);
    assert_eq!(client.call(&Quota).unwrap(), 7);
}

#[test]
fn a_function_can_answer() {
    let calls = Mutex::new(0);
    let answer = move |request: Request<Vec<u8>>| {
        let mut calls = calls.lock().unwrap();
        *calls += 1;
        let asked: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let echo = json!({
            "calls": *calls,
            "method": request.method().as_str(),
            "path": request.uri().path(),
            "query": request.uri().query(),
            "asked": asked["cgi_path"],
        });
        Response::new(echo.to_string().into_bytes())
    };
    let client =
        Client::with_emulator(Emulator::builder().answer_with("/cgi-bin/quota/get", answer).start().unwrap());
    client.send("GET", "/cgi-bin/quota/get?a=b%20c", "", "");
    let echo = client.post("/cgi-bin/quota/get?a=b%20c", r#"{"cgi_path":"x"}"#);
    let expected = json!({ "calls": 2, "method": "POST", "path": "/cgi-bin/quota/get", "query": "a=b%20c", "asked": "x" });
    assert_eq!(echo, expected);
}

#[test]
fn a_configured_answer_replaces_the_one_of_the_emulator() {
    let refusal = Response::new(br#"{"errcode":50002,"errmsg":"frozen"}"#.to_vec());
    let emulator = Emulator::builder().answer("/cgi-bin/stable_token", refusal).start().unwrap();
    assert_eq!(Client::with_emulator(emulator).stable_token(false)["errcode"], 50002);
}

#[test]
fn a_function_that_panics_breaks_only_its_connection() {
    let answer = |_| panic!("on purpose");
    let client =
        Client::with_emulator(Emulator::builder().answer_with("/cgi-bin/quota/get", answer).start().unwrap());
    let uri = format!("{}/cgi-bin/quota/get", client.emulator.base_url());
    let request = Request::post(uri).body(Vec::new()).unwrap();
    assert!(wechat_material::Transport::send(&client.transport, request).is_err());
    assert!(read(&client.send("GET", "/emulator/journal", "", "")).is_array());
}
