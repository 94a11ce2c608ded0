//! Answers in the format that WeChat sends.

use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use wechat_material::ErrorCode;

/// JSON with escaped slashes, as in answers about assets.
pub(super) fn escaped_json(value: &Value) -> Response {
    // In JSON, slashes occur only in strings.
    text("text/plain", value.to_string().replace('/', "\\/"))
}

/// JSON with the content type of answers about tokens.
pub(super) fn token_json(value: &Value) -> Response {
    text("application/json; encoding=utf-8", value.to_string())
}

pub(super) fn text(content_type: &'static str, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A file with exactly these headers to describe it.
pub(super) fn file(headers: HeaderMap, bytes: Bytes) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.headers_mut() = headers;
    response
}

/// An error object. WeChat always sends it with status 200, and does not escape its slashes.
pub(super) struct Refusal {
    code: ErrorCode,
    errmsg: String,
}

impl Refusal {
    /// Appends a request id to the text.
    pub(super) fn new(code: ErrorCode, errmsg: &str) -> Self {
        Self { code, errmsg: format!("{errmsg} rid: {}", request_id()) }
    }

    /// Appends a hint and a request id to the text.
    pub(super) fn with_hint(code: ErrorCode, errmsg: &str) -> Self {
        let hint: String = random_digits().chars().take(14).collect();
        Self::new(code, &format!("{errmsg} hint: [{hint}]"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        text("text/plain", json!({ "errcode": self.code, "errmsg": self.errmsg }).to_string())
    }
}

/// The seconds since 1970 and two random numbers, in hexadecimal.
fn request_id() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let random_digits = random_digits();
    format!("{:08x}-{}-{}", seconds & 0xFFFF_FFFF, &random_digits[..8], &random_digits[8..16])
}

/// Sixteen random hexadecimal digits.
pub(super) fn random_digits() -> String {
    format!("{:016x}", RandomState::new().hash_one(()))
}
