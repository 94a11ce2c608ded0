//! Parts of a response that repeat the token or the app secret are left out of errors and file names.

use wechat_material::driver::TokenCache;
use wechat_material::http::Response;
use wechat_material::{
    AccessToken, ApiError, AppSecret, CallError, ClientError, EventKind, Fault, File, FileInfo, GetMaterial,
    Material, RetryPolicy,
};

use crate::response::{JPEG, response};
use crate::{MINUTE, Setup, Step, holding};

const TOKEN: &str = "81_Zx3#&%+ 中";

/// The token in several encodings.
const REPEATED: [&str; 4] = [
    TOKEN,
    "?access_token=81_Zx3%23%26%25%2B%20%E4%B8%AD",
    "%3Faccess_token%3D81_Zx3%2523%2526%2525%252B%2520%25E4%25B8%25AD",
    "81_Zx3%23%26%25%2b+%e4%b8%ad",
];

fn setup() -> Setup<GetMaterial> {
    Setup::new(GetMaterial::new("M"), &RetryPolicy::never())
}

fn refusal(errmsg: &str) -> Response<Vec<u8>> {
    response(200, &[], serde_json::json!({ "errcode": 48001, "errmsg": errmsg }).to_string())
}

/// The error of a call with this token and this response.
fn failed(setup: &Setup<GetMaterial>, token: &str, response: Response<Vec<u8>>) -> ApiError {
    let mut call = setup.begun::<File>(TokenCache::fixed(AccessToken::new(token)));
    assert_eq!(call.poll(), Step::Send);
    call.receives(response);
    api_error(call.error())
}

fn api_error(error: ClientError) -> ApiError {
    let ClientError::Call { cause, .. } = error else { panic!("{error}") };
    let CallError::Api(error) = *cause else { panic!("{cause}") };
    error
}

fn assert_withheld(error: &ApiError) -> &Fault {
    let fault = error.fault().unwrap();
    assert!(fault.is_redacted(), "{}", fault.raw());
    assert_eq!((fault.message.as_str(), fault.hint.as_deref(), fault.raw()), ("", None, ""));
    assert_eq!((fault.code.0, error.body()), (48001, &b""[..]));
    fault
}

#[test]
fn messages_that_repeat_the_token_are_left_out() {
    let rid = "6413208f-1ae7191d-6edfb203";
    for repeated in REPEATED {
        for errmsg in [repeated.to_owned(), format!("bad {repeated}!"), format!("bad hint: [{repeated}]")] {
            let error = failed(&setup(), TOKEN, refusal(&format!("{errmsg} rid: {rid}")));
            assert_eq!(assert_withheld(&error).rid.as_deref(), Some(rid));
        }
    }
    // The joined parts around a hint repeat it too.
    assert_withheld(&failed(&setup(), "81_ Zx3", refusal("81_ hint: [a] Zx3")));
    // The request id stays, unless it repeats the token.
    let error = failed(&setup(), "1ae7191d", refusal(&format!("bad rid: {rid}")));
    assert_eq!(assert_withheld(&error).rid, None);
}

#[test]
fn other_messages_stay() {
    let error = failed(&setup(), TOKEN, refusal("bad 81_Zx3 hint: [81_]"));
    let fault = error.fault().unwrap();
    assert_eq!((fault.message.as_str(), fault.hint.as_deref()), ("bad 81_Zx3", Some("81_")));
    assert!(!fault.is_redacted() && !error.body().is_empty());
}

#[test]
fn the_beginning_of_a_body_is_dropped_if_it_repeats_the_token() {
    for repeated in REPEATED {
        for (status, headers, body) in [
            (200, &[][..], format!("<html>{repeated}")),
            (502, &[], format!("bad {repeated}")),
            (200, &[("content-length", "999")], format!("{JPEG:?}{repeated}")),
            (200, &[("content-encoding", "gzip")], format!("x{repeated}")),
            (200, &[], format!(r#"{{"a":"{repeated}""#)),
            (200, &[], format!(r#"{{"a":"{repeated}"}}"#)),
            (200, &[], format!(r#"{{"a":"{repeated}{}"}}"#, "a".repeat(1000))),
        ] {
            let error = failed(&setup(), TOKEN, response(status, headers, body.replace(repeated, "other")));
            assert!(!error.body().is_empty(), "{}", error.kind());
            let error = failed(&setup(), TOKEN, response(status, headers, body));
            assert_eq!(error.body(), b"", "{}", error.kind());
        }
    }
    // The message does not repeat it, but another field does.
    let body = format!(r#"{{"errcode":48001,"errmsg":"bad","url":"{TOKEN}"}}"#);
    let error = failed(&setup(), TOKEN, response(200, &[], body));
    assert_eq!((error.fault().unwrap().message.as_str(), error.body()), ("bad", &b""[..]));
}

#[test]
fn the_previous_token_and_the_app_secret_are_left_out_too() {
    let setup = Setup::new(GetMaterial::new("M"), &RetryPolicy::default()).recording();
    let secret = AppSecret::new("5ec2e7");
    let mut call = setup.begun::<File>(holding("81_old"));
    assert_eq!(call.poll(), Step::Send);
    let refused = response(200, &[], r#"{"errcode":40001,"errmsg":""}"#);
    assert_eq!(call.answered(refused), Step::NeedToken(2 * MINUTE));
    call.renews("81_new");
    assert_eq!(call.poll(), Step::Send);
    call.receives(refusal("bad 81_old rid: 6413208f-1ae7191d-6edfb203"));
    let rids = call.events().into_iter().filter_map(|event| match event.kind {
        EventKind::Failure { rid, .. } => rid,
        _ => None,
    });
    assert_eq!(rids.count(), 1);
    assert_withheld(&api_error(call.error()));
    let mut call = setup.begun::<File>(holding("81_new"));
    call.call.redact(&secret);
    assert_eq!(call.poll(), Step::Send);
    call.receives(refusal("bad 5ec2e7"));
    assert_withheld(&api_error(call.error()));
    assert!(!failed(&setup, "81_new", refusal("bad 81_old")).fault().unwrap().is_redacted());
}

#[test]
fn a_file_name_that_repeats_the_token_is_not_used() {
    for (token, name, safe) in [
        ("81_Zx3", "81_Zx3.jpg", "M.jpg"),
        ("81_Zx3#", "at%2081_Zx3%23.jpg", "M.jpg"),
        // Only the safe form of the name repeats the token.
        ("81_Zx3", "81_%E2%80%8BZx3.jpg", "M.jpg"),
        ("81_Zx3", "81_Zx.jpg", "81_Zx.jpg"),
        // The media id repeats it as well.
        ("M", "Mine.jpg", "material.jpg"),
        // Only the media id repeats it.
        ("M", "ine.jpg", "ine.jpg"),
    ] {
        let disposition = format!("attachment; filename*=utf-8''{name}");
        let head = |response: Response<Vec<u8>>| response.into_parts().0;
        let response = response(200, &[("content-disposition", &disposition)], JPEG);
        let setup = setup();
        let tokens = || TokenCache::fixed(AccessToken::new(token));

        let mut whole = setup.begun::<File>(tokens());
        assert_eq!(whole.poll(), Step::Send);
        whole.receives(response.clone());
        let Material::File(file) = whole.finished().unwrap().output else { panic!("not a file") };
        assert_eq!(file.info.safe_name(), safe, "{name}");
        assert!(!file.info.safe_asset_name().contains(token), "{name}");

        let mut streamed = setup.begun::<FileInfo>(tokens());
        assert_eq!(streamed.poll(), Step::Send);
        streamed.call.handle_head(head(response), streamed.now);
        let _ = streamed.call.handle_chunk(JPEG, streamed.now);
        let _ = streamed.call.handle_end(streamed.now);
        let Material::File(info) = streamed.finished().unwrap().output else { panic!("not a file") };
        assert_eq!(info, file.info, "{name}");
        assert!(!format!("{info:?}").contains("81_Zx3"), "{info:?}");
    }
}

#[test]
fn a_content_type_that_repeats_the_token_is_dropped() {
    let setup = setup();
    let mut call = setup.begun::<File>(TokenCache::fixed(AccessToken::new("81_Zx3")));
    assert_eq!(call.poll(), Step::Send);
    call.receives(response(200, &[("content-type", "image/jpeg; for=81_Zx3")], JPEG));
    let Material::File(file) = call.finished().unwrap().output else { panic!("not a file") };
    assert_eq!(file.info.content_type, None);
}
