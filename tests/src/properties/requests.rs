//! The properties of every request.

use wechat_material::http::Request;
use wechat_material::{Access, AccessToken, BaseUrl, BuildError, Endpoint, GetMaterial};

/// Builds a request, and checks that it contains exactly the given values, so that nothing is injected and nothing is lost.
///
/// If the request cannot be built, the error must have the right reason and must not contain the token.
///
/// # Panics
///
/// Panics if a check fails.
pub fn check_request(base: &str, token: &str, media_id: &str) {
    let base_url = match BaseUrl::new(base) {
        Ok(base_url) => base_url,
        Err(error) => {
            assert!(matches!(error, BuildError::BaseUrl { .. }), "{error}");
            return;
        }
    };
    let access = Access::with_base_url(&AccessToken::new(token), base_url.clone());
    match GetMaterial::new(media_id).to_request(&access) {
        Ok(request) => check_contents(&request, &base_url, token, media_id),
        Err(BuildError::EmptyToken) => assert!(token.is_empty()),
        Err(BuildError::EmptyMediaId) => assert!(media_id.is_empty()),
        Err(BuildError::TooLong { length, limit }) => {
            assert!(length > limit && 3 * (base.len() + token.len()) + 100 > limit);
        }
        Err(error) => panic!("{error}"),
    }
}

fn check_contents(request: &Request<Vec<u8>>, base_url: &BaseUrl, token: &str, media_id: &str) {
    let url = request.uri().to_string();
    let start = format!("{base_url}/cgi-bin/material/get_material?access_token=");
    let encoded = url.strip_prefix(&start).unwrap_or_else(|| panic!("a different URL"));
    assert!(
        encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"%-._~".contains(&byte)),
        "the token is not encoded"
    );
    assert_eq!(percent_decoded(encoded), token.as_bytes(), "a different token");
    let body: serde_json::Value = serde_json::from_slice(request.body()).expect("the body is JSON");
    assert_eq!(body, serde_json::json!({ "media_id": media_id }));
    assert_eq!(request.method(), "POST");
    assert_eq!(request.headers().len(), 2);
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let digit = |bytes: &mut std::str::Bytes<'_>| {
        char::from(bytes.next().expect("two digits follow")).to_digit(16).expect("a digit")
    };
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => u8::try_from(digit(&mut bytes) << 4 | digit(&mut bytes)).expect("two digits are a byte"),
            other => other,
        });
    }
    decoded
}
