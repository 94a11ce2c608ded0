//! Calls over both transports never print the token or the app secret, for any quirk.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use wechat_material::driver::Redacted;
use wechat_material::http::Request;
use wechat_material::{
    Access, AccessToken, Answer, ApiError, BaseUrl, BuildError, CallError, Endpoint, GetMaterial, call,
    call_async,
};
use wechat_material_testkit::{Emulator, Quirk};

#[path = "secrecy/canary.rs"]
mod canary;
#[path = "limited/reqwest.rs"]
mod limited_reqwest;
#[path = "limited/ureq.rs"]
mod limited_ureq;

use canary::{CANARY, assert_error_is_silent, assert_result_is_silent, assert_silent};

const TIMEOUT: Duration = Duration::from_millis(300);
const MAX_BODY: u64 = 1 << 20;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn the_token_is_never_printed() {
    let emulator = Emulator::start().unwrap();
    let token = AccessToken::new(CANARY);
    emulator.accept(&token);
    let access = Access::with_base_url(&token, emulator.base_url());
    let get = GetMaterial::new("IMAGE-01");
    let runtime = runtime();
    let ureq = limited_ureq::transport(TIMEOUT, MAX_BODY);
    let reqwest = limited_reqwest::transport(TIMEOUT, MAX_BODY);
    for quirk in Quirk::ALL.iter().copied().chain([Quirk::Errcode(40001)]) {
        emulator.misbehave_next(2, quirk);
        assert_result_is_silent(&format!("{quirk} over ureq"), &call(&get, &access, &ureq));
        let over_reqwest = runtime.block_on(call_async(&get, &access, &reqwest));
        assert_result_is_silent(&format!("{quirk} over reqwest"), &over_reqwest);
        let asked = emulator.take_exchanges();
        assert!(
            asked.iter().all(|exchange| exchange.target.ends_with("81_CANARY%23%26%25%2B%20%E4%B8%AD")),
            "{quirk}"
        );
        assert_eq!(asked.len(), 2, "{quirk}");
    }
}

#[test]
fn a_value_that_holds_a_token_does_not_print_it() {
    let token = AccessToken::new(CANARY);
    let access = Access::new(&token);
    let request = GetMaterial::new("id").to_request(&access).unwrap();
    assert_silent("values", &format!("{token:?} {access:?} {:?} {}", Redacted(&request), Redacted(&request)));
}

/// A custom token call. The body of the request contains the secret, and the body of the response contains the token.
struct CustomToken {
    secret: &'static str,
}

impl Endpoint for CustomToken {
    type Target = BaseUrl;
    type Output<F> = AccessToken;

    fn to_request(&self, base: &BaseUrl) -> Result<Request<Vec<u8>>, BuildError> {
        let body =
            json!({ "grant_type": "client_credential", "appid": Emulator::APP_ID, "secret": self.secret });
        base.post_json("/cgi-bin/stable_token", &body)
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<AccessToken, ApiError> {
        let issued: Value = answer.deserialize("a token")?;
        let token = issued["access_token"].as_str().ok_or_else(|| ApiError::shape("a token"))?;
        Ok(AccessToken::new(token))
    }
}

#[test]
fn the_secret_is_never_printed_or_stored() {
    let emulator = Emulator::start().unwrap();
    let (base, runtime) = (emulator.base_url(), runtime());
    let ureq = limited_ureq::transport(TIMEOUT, MAX_BODY);
    let reqwest = limited_reqwest::transport(TIMEOUT, MAX_BODY);
    let obtain = CustomToken { secret: CANARY };
    for quirk in Quirk::ALL.iter().copied() {
        emulator.misbehave_next(2, quirk);
        let over_ureq = call(&obtain, &base, &ureq);
        let over_reqwest = runtime.block_on(call_async(&obtain, &base, &reqwest));
        for got in [over_ureq, over_reqwest] {
            assert_result_is_silent(&quirk.to_string(), &got);
            if let Err(CallError::Api(error)) = got {
                assert_eq!(error.body(), b"", "{quirk}: the error stores a part of the body");
            }
        }
        let asked = emulator.take_exchanges();
        assert_eq!(asked.len(), 2, "{quirk}");
        assert!(asked.iter().all(|exchange| String::from_utf8_lossy(&exchange.body).contains(CANARY)));
    }
    let refused = call(&obtain, &base, &ureq).unwrap_err();
    assert!(refused.fault().is_some(), "{refused:?}");
    assert_error_is_silent("a refusal", &refused);
    let right = CustomToken { secret: Emulator::APP_SECRET };
    assert_eq!(call(&right, &base, &ureq).unwrap().expose(), emulator.token().expose());
}
