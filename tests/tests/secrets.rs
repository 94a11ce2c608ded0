//! A token and an app secret pass through every way to misbehave, over both transports: nothing prints them.

use std::error::Error;
use std::fmt::Debug;
use std::time::Duration;

use serde_json::{Value, json};
use wechat_material::http::{Request, Response};
use wechat_material::{
    Access, AccessToken, ApiError, AsyncTransport, Authorization, CallError, Endpoint, GetMaterial,
    ParseOptions, Redacted, Transport, call, call_async, parse_json,
};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_testkit::{Emulator, Quirk};
use wechat_material_ureq::{UreqTransport, ureq};

const CANARY: &str = "81_CANARY#&%+ 中";

/// What of it would be seen in any encoding, and what only when it is encoded.
const TRACES: [&str; 3] = ["CANARY", "#&%+ 中", "%E4%B8%AD"];

const TIMEOUT: Duration = Duration::from_millis(300);

fn blocking() -> UreqTransport {
    let agent = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).proxy(None).build();
    UreqTransport::from(ureq::Agent::new_with_config(agent)).max_body(1 << 20)
}

fn asynchronous() -> ReqwestTransport {
    ReqwestTransport::from(ReqwestTransport::builder().timeout(TIMEOUT).build().unwrap()).max_body(1 << 20)
}

/// Searches all that a value prints.
#[track_caller]
fn assert_silent(what: &str, printed: &str) {
    for trace in TRACES {
        assert!(!printed.contains(trace), "{what}: {printed}");
    }
}

/// Searches all that an error and its causes print.
#[track_caller]
fn assert_error_is_silent(what: &str, error: &(dyn Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        assert_silent(what, &format!("{error} {error:?}"));
        next = error.source();
    }
}

fn searched<T: Debug, E: Error + 'static>(what: &str, got: Result<T, E>) {
    match got {
        Ok(answer) => assert_silent(what, &format!("{answer:?}")),
        Err(error) => assert_error_is_silent(what, &error),
    }
}

#[test]
fn no_answer_makes_the_token_printed() {
    let emulator = Emulator::start().unwrap();
    let token = AccessToken::new(CANARY);
    emulator.accept(&token);
    let access = Access::at(emulator.base_url(), &token);
    let get = GetMaterial::new("IMAGE-01");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (blocking, asynchronous) = (blocking(), asynchronous());
    for quirk in Quirk::ALL.iter().copied().chain([Quirk::Errcode(40001)]) {
        emulator.misbehave_next(2, quirk);
        searched(&format!("{quirk} over ureq"), call(&get, &access, &blocking));
        searched(
            &format!("{quirk} over reqwest"),
            runtime.block_on(call_async(&get, &access, &asynchronous)),
        );
        let asked = emulator.take_exchanges();
        assert!(
            asked.iter().all(|exchange| exchange.target.ends_with("81_CANARY%23%26%25%2B%20%E4%B8%AD")),
            "{quirk}"
        );
        assert_eq!(asked.len(), 2, "{quirk}");
    }
}

#[test]
fn what_holds_a_token_does_not_print_it() {
    let token = AccessToken::new(CANARY);
    let access = Access::new(&token);
    let request = GetMaterial::new("id").to_request(&access).unwrap();
    assert_silent("values", &format!("{token:?} {access:?} {:?} {}", Redacted(&request), Redacted(&request)));
}

/// A token call of one's own: the secret goes out in the body, the token comes back in one.
fn token_request(emulator: &Emulator, secret: &str) -> Request<Vec<u8>> {
    let body = json!({ "grant_type": "client_credential", "appid": Emulator::APP_ID, "secret": secret });
    emulator.base_url().post_json("/cgi-bin/stable_token", &body).unwrap()
}

fn read_token(response: Response<Vec<u8>>) -> Result<Value, ApiError> {
    let answer = parse_json(Authorization::AppSecret, &ParseOptions::default(), response);
    answer.map(|parsed| parsed.output)
}

#[test]
fn no_answer_makes_the_secret_printed_or_kept() {
    let emulator = Emulator::start().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (blocking, asynchronous) = (blocking(), asynchronous());
    for quirk in Quirk::ALL.iter().copied() {
        emulator.misbehave_next(2, quirk);
        let over_ureq = blocking.send(token_request(&emulator, CANARY)).map_err(CallError::Transport);
        let over_ureq = over_ureq.and_then(|response| read_token(response).map_err(CallError::Api));
        let over_reqwest = runtime.block_on(asynchronous.send(token_request(&emulator, CANARY)));
        let over_reqwest = over_reqwest.map_err(CallError::Transport);
        let over_reqwest = over_reqwest.and_then(|response| read_token(response).map_err(CallError::Api));
        for error in [over_ureq.as_ref().err().map(kept), over_reqwest.as_ref().err().map(kept)] {
            assert_eq!(error.unwrap_or_default(), 0, "{quirk}: something of the body was kept");
        }
        searched(&format!("{quirk} over ureq"), over_ureq);
        searched(&format!("{quirk} over reqwest"), over_reqwest);
    }
    // Refused, and answered with a token.
    let refused = read_token(blocking.send(token_request(&emulator, CANARY)).unwrap()).unwrap_err();
    assert_error_is_silent("a refusal", &refused);
    assert!(read_token(blocking.send(token_request(&emulator, Emulator::APP_SECRET)).unwrap()).is_ok());
}

/// The bytes of a body that an error has kept.
fn kept<T: Error>(error: &CallError<T>) -> usize {
    match error {
        CallError::Api(error) => error.body().len(),
        CallError::Build(_) | CallError::Transport(_) => 0,
    }
}
