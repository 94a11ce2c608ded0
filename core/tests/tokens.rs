//! Obtaining a stable or a classic token: the requests, and how the answers are read.

use std::time::Duration;

use serde_json::{Value, json};
use wechat_material::http::{Method, Request};
use wechat_material::{
    ApiError, BaseUrl, BuildError, Category, Credentials, Endpoint, ErrorCode, Evidence, IssuedToken,
    ParseOptions, Parsed, RepairKind, StableToken, Strictness, Token,
};

#[path = "judged/own.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod own;

#[path = "judged/response.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod response;

use own::own;
use response::{ATTACHMENT, JPEG, response};

/// Recorded answers: `tests/samples/INDEX.md` lists their sources.
const STABLE: &str = include_str!("../../tests/samples/stable_token_ok_remaining_doc.body");
const CLASSIC: &str = include_str!("../../tests/samples/token_ok_doc.body");
const WRONG_APP_ID: &str = include_str!("../../tests/samples/error_40013_token_2026.body");
const ADDRESS_NOT_LISTED: &str = include_str!("../../tests/samples/error_40164_token_2017.body");
const QUOTA: &str = include_str!("../../tests/samples/error_45009_token_2023.body");

fn credentials() -> Credentials {
    Credentials::new("wx0123456789abcdef", "5ec2e7")
}

fn sent(endpoint: &impl Endpoint<Target = BaseUrl>) -> Result<Request<Vec<u8>>, BuildError> {
    endpoint.to_request(&BaseUrl::API)
}

type Verdict = Result<Parsed<IssuedToken>, ApiError>;

/// The verdict of both calls on the same answer. They must be equal.
#[track_caller]
fn judged_with(options: &ParseOptions, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Verdict {
    let stable = StableToken::new(&credentials()).parse_with(options, response(200, headers, &body));
    let classic = Token::new(&credentials()).parse_with(options, response(200, headers, &body));
    assert_eq!(format!("{stable:?}"), format!("{classic:?}"));
    stable
}

#[track_caller]
fn judged(body: impl AsRef<[u8]>) -> Verdict {
    judged_with(&ParseOptions::default(), &[], body)
}

/// The token in an answer, and its life.
#[track_caller]
fn issued(body: impl AsRef<[u8]>) -> (String, Option<Duration>) {
    let issued = judged(body).unwrap().output;
    (issued.token.expose().to_owned(), issued.expires_in)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// An error that neither prints nor stores any part of the body.
#[track_caller]
fn refused(headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> ApiError {
    let error = judged_with(&ParseOptions::default(), headers, body).unwrap_err();
    assert!(error.body().is_empty());
    let printed = format!("{error} {error:?}");
    assert!(!printed.contains("CANARY"), "{printed}");
    assert!(std::error::Error::source(&error).is_none());
    error
}

#[test]
fn the_stable_token_is_requested_with_a_post_of_json_and_nothing_secret_in_the_url() {
    for is_forced in [false, true] {
        let request = sent(&StableToken::new(&credentials()).forced(is_forced)).unwrap();
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "https://api.weixin.qq.com/cgi-bin/stable_token");
        assert_eq!(request.headers()["content-type"], "application/json");
        assert_eq!(request.headers()["accept-encoding"], "identity");
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let expected = json!({
            "grant_type": "client_credential",
            "appid": "wx0123456789abcdef",
            "secret": "5ec2e7",
            "force_refresh": is_forced,
        });
        assert_eq!(body, expected);
    }
    let unforced = StableToken::new(&credentials()).forced(true).forced(false);
    assert_eq!(sent(&unforced).unwrap().body(), sent(&StableToken::new(&credentials())).unwrap().body());
}

#[test]
fn the_classic_token_is_requested_with_a_get() {
    let request = sent(&Token::new(&credentials())).unwrap();
    assert_eq!(request.method(), Method::GET);
    assert_eq!(
        request.uri(),
        "https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&appid=wx0123456789abcdef&secret=5ec2e7"
    );
    assert!(request.body().is_empty());
    assert!(!request.headers().contains_key("content-type"));
    assert_eq!(request.headers()["accept-encoding"], "identity");
}

#[test]
fn nothing_in_app_id_or_secret_changes_the_request() {
    for odd in ["\"},{\"", "a&b=c#d", "%41 +/?", "中文\u{1F511}", "\0\r\n\\"] {
        let credentials = Credentials::new(odd, odd);
        let request = sent(&StableToken::new(&credentials)).unwrap();
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!((&body["appid"], &body["secret"]), (&json!(odd), &json!(odd)));
        let request = sent(&Token::new(&credentials)).unwrap();
        let parameters: Vec<_> = request.uri().query().unwrap().split('&').collect();
        let [grant, app_id, secret] = parameters[..] else { panic!("{parameters:?}") };
        assert_eq!(grant, "grant_type=client_credential");
        for (parameter, name) in [(app_id, "appid="), (secret, "secret=")] {
            let value = parameter.strip_prefix(name).unwrap();
            assert_eq!(percent_encoding::percent_decode_str(value).decode_utf8().unwrap(), odd);
        }
    }
}

#[test]
fn the_path_of_a_base_url_is_used() {
    let base = BaseUrl::new("http://127.0.0.1:8080/wechat").unwrap();
    let stable = StableToken::new(&credentials()).to_request(&base).unwrap();
    assert_eq!(stable.uri(), "http://127.0.0.1:8080/wechat/cgi-bin/stable_token");
    let classic = Token::new(&credentials()).to_request(&base).unwrap();
    assert!(classic.uri().to_string().starts_with("http://127.0.0.1:8080/wechat/cgi-bin/token?grant_type="));
}

#[test]
fn an_empty_app_id_or_secret_is_not_sent() {
    for (app_id, secret) in [("", "5ec2e7"), ("", "")] {
        let credentials = Credentials::new(app_id, secret);
        assert!(matches!(sent(&StableToken::new(&credentials)), Err(BuildError::EmptyAppId)));
        assert!(matches!(sent(&Token::new(&credentials)), Err(BuildError::EmptyAppId)));
    }
    let credentials = Credentials::new("wx0123456789abcdef", "");
    assert!(matches!(sent(&StableToken::new(&credentials)), Err(BuildError::EmptyAppSecret)));
    assert!(matches!(sent(&Token::new(&credentials)), Err(BuildError::EmptyAppSecret)));
}

#[test]
fn a_secret_too_long_for_a_url_is_an_error_that_does_not_repeat_it() {
    let credentials = Credentials::new("wx0123456789abcdef", "CANARY".repeat(20_000));
    assert!(sent(&StableToken::new(&credentials)).is_ok());
    let error = sent(&Token::new(&credentials)).unwrap_err();
    assert!(matches!(error, BuildError::TooLong { .. }));
    assert!(!format!("{error} {error:?}").contains("CANARY"));
}

#[test]
fn only_a_forced_renewal_is_not_idempotent() {
    assert!(StableToken::new(&credentials()).is_idempotent());
    assert!(Token::new(&credentials()).is_idempotent());
    assert!(!StableToken::new(&credentials()).forced(true).is_idempotent());
}

#[test]
fn recorded_answers_contain_the_token_and_its_remaining_life() {
    assert_eq!(issued(STABLE), ("ACCESS_TOKEN".to_owned(), Some(seconds(345))));
    assert_eq!(issued(CLASSIC), ("ACCESS_TOKEN".to_owned(), Some(seconds(7200))));
    let Parsed { repairs, evidence, .. } = judged(STABLE).unwrap();
    assert!(repairs.is_empty());
    assert_eq!(evidence, Evidence::JsonBody);
}

#[test]
fn undocumented_fields_are_ignored() {
    let body = r#"{"errcode":0,"errmsg":"ok","x":[{"access_token":"no"}],"access_token":"81_Zx3","expires_in":60,"y":null}"#;
    assert_eq!(issued(body), ("81_Zx3".to_owned(), Some(seconds(60))));
}

#[test]
fn a_token_is_returned_unchanged() {
    let token = "81_-/+=&#中\"".repeat(40);
    let body = json!({ "access_token": token, "expires_in": 7200 }).to_string();
    assert_eq!(issued(body).0, token);
}

#[test]
fn every_lifetime_is_accepted() {
    for (expires_in, life) in [
        ("7200", Some(seconds(7200))),
        ("\"7200\"", Some(seconds(7200))),
        ("\" 7200 \"", Some(seconds(7200))),
        ("7200.5", Some(Duration::from_millis(7_200_500))),
        ("0", Some(seconds(0))),
        ("-1", Some(seconds(0))),
        ("\"-1\"", Some(seconds(0))),
        ("-9223372036854775808", Some(seconds(0))),
        ("9223372036854775808", Some(seconds(1 << 63))),
        ("1e300", Some(Duration::MAX)),
        ("null", None),
        ("true", None),
        ("{}", None),
        ("\"\"", None),
        ("\"two hours\"", None),
    ] {
        let body = format!(r#"{{"access_token":"81_Zx3","expires_in":{expires_in}}}"#);
        assert_eq!(issued(body), ("81_Zx3".to_owned(), life), "{expires_in}");
    }
    assert_eq!(issued(r#"{"access_token":"81_Zx3"}"#), ("81_Zx3".to_owned(), None));
}

#[test]
fn broken_json_is_repaired_or_refused() {
    // The documentation contains the comment.
    let body = "\u{FEFF}{\"access_token\"::\"81_Zx3\",\n\"expires_in\":345, // seconds\n}";
    let Parsed { output, repairs, .. } = judged(body).unwrap();
    assert_eq!((output.token.expose(), output.expires_in), ("81_Zx3", Some(seconds(345))));
    let kinds: Vec<_> = repairs.iter().map(|repair| repair.kind).collect();
    let expected =
        [RepairKind::ByteOrderMark, RepairKind::DoubledColon, RepairKind::TrailingComma, RepairKind::Comment];
    assert_eq!(kinds, expected);

    let strict = ParseOptions::default().strictness(Strictness::Strict);
    let error = judged_with(&strict, &[], body).unwrap_err();
    assert_eq!((error.kind(), error.body()), ("json", &[][..]));
    for cut_off in
        [r#"{"access_token":"CANARY"#, r#"{"access_token":"CANARY","#, r#"{"access_token":"CANARY" 1}"#]
    {
        assert_eq!(refused(&[], cut_off).kind(), "json", "{cut_off}");
    }
}

#[test]
fn refused_credentials_are_not_a_fault_of_the_token() {
    for (code, raw) in [
        (40001, "invalid credential, access_token is invalid or not latest"),
        (40013, "invalid appid"),
        (40014, "invalid access_token"),
        (40125, "invalid appsecret"),
        (40164, "invalid ip 119.253.43.19, not in whitelist"),
        (40243, "AppSecret frozen"),
        (42001, "access_token expired"),
        (89503, "not in whitelist"),
    ] {
        let body = json!({ "errcode": code, "errmsg": raw, "access_token": "CANARY" }).to_string();
        let error = refused(&[], &body);
        let ApiError::Fault(fault) = &error else { panic!("{error}") };
        assert_eq!((fault.code, fault.category()), (ErrorCode(code), Category::Credentials));
        // The message contains the address that must be added to the list.
        assert_eq!(fault.raw(), raw);
        assert!(error.to_string().contains("check the app id, the app secret"), "{error}");
        assert!(!error.to_string().contains("119.253.43.19"), "{error}");
    }
    let ApiError::Fault(fault) = refused(&[], r#"{"errcode":40001,"errmsg":"CANARY"}"#) else { panic!() };
    assert_eq!(fault.meaning(), Some("the app secret is wrong"));
}

#[test]
fn other_faults_of_a_token_call_have_their_usual_category() {
    let category = |body: &str| {
        let ApiError::Fault(fault) = refused(&[], body) else { panic!("{body}") };
        fault.category()
    };
    assert_eq!(category(WRONG_APP_ID), Category::Credentials);
    assert_eq!(category(ADDRESS_NOT_LISTED), Category::Credentials);
    assert_eq!(category(QUOTA), Category::Quota);
    assert_eq!(category(r#"{"errcode":-1,"errmsg":"system error"}"#), Category::Busy);
    assert_eq!(category(r#"{"errcode":45011,"errmsg":"api minute-quota reach limit"}"#), Category::RateLimit);
    assert_eq!(category(r#"{"errcode":41002,"errmsg":"appid missing"}"#), Category::Request);
    assert_eq!(category(r#"{"errcode":7,"errmsg":"CANARY hint: [CANARY]"}"#), Category::Unknown);
}

#[test]
fn an_answer_without_a_token_is_refused_and_the_error_stores_no_body() {
    for (kind, headers, body) in [
        ("shape", &[][..], r#"{"expires_in":7200,"x":"CANARY"}"#.as_bytes()),
        ("shape", &[], br#"{"access_token":"","x":"CANARY"}"#),
        ("shape", &[], br#"{"access_token":["CANARY"]}"#),
        ("shape", &[], br#"{"news_item":[{"title":"CANARY"}]}"#),
        ("shape", &[ATTACHMENT], JPEG),
        ("shape", &[], JPEG),
        ("text", &[], b"<html>CANARY"),
        ("text", &[], b"CANARY"),
        ("empty", &[], b""),
        ("length", &[("content-length", "7")], br#"{"access_token":"CANARY"}"#),
        ("encoded", &[("content-encoding", "gzip")], b"CANARY"),
        ("fault", &[ATTACHMENT], br#"{"errcode":40001,"errmsg":"CANARY"}"#),
    ] {
        assert_eq!(refused(headers, body).kind(), kind, "{}", String::from_utf8_lossy(body));
    }
    let narrow = ParseOptions::default().max_json(10);
    let error = judged_with(&narrow, &[], br#"{"access_token":"CANARY"}"#).unwrap_err();
    assert_eq!((error.kind(), error.body()), ("too-large", &[][..]));
    let gateway = Token::new(&credentials()).parse(response(502, &[], "<html>CANARY")).unwrap_err();
    assert_eq!((gateway.kind(), gateway.body()), ("status", &[][..]));
}

#[test]
fn errors_of_an_own_call_with_the_app_secret_store_no_body() {
    let obtain = own::<Vec<u8>, BaseUrl>();
    for (kind, body) in [
        ("fault", r#"{"errcode":40001,"errmsg":"CANARY"}"#),
        ("shape", r#"{"access_token":"CANARY"}"#),
        ("json", r#"{"access_token":"CANARY"#),
    ] {
        let error = obtain.parse(response(200, &[], body)).unwrap_err();
        assert_eq!((error.kind(), error.body()), (kind, &[][..]));
    }
}
