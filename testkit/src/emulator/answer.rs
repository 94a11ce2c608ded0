//! Answers in WeChat's manner.

use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use wechat_material::ErrorCode;

/// JSON with its slashes escaped, as assets come.
pub(super) fn escaped_json(value: &Value) -> Response {
    // Slashes stand in strings only.
    text("text/plain", value.to_string().replace('/', "\\/"))
}

/// JSON as tokens come.
pub(super) fn token_json(value: &Value) -> Response {
    text("application/json; encoding=utf-8", value.to_string())
}

pub(super) fn text(content_type: &'static str, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A file with these headers and no others that describe it.
pub(super) fn file(headers: HeaderMap, bytes: Bytes) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.headers_mut() = headers;
    response
}

/// An error object: with status 200, as always, and with its slashes as they are.
pub(super) struct Refusal {
    code: ErrorCode,
    errmsg: String,
}

impl Refusal {
    /// With a request id after the text.
    pub(super) fn new(code: ErrorCode, errmsg: &str) -> Self {
        Self { code, errmsg: format!("{errmsg} rid: {}", request_id()) }
    }

    /// With a hint before the request id.
    pub(super) fn hinted(code: ErrorCode, errmsg: &str) -> Self {
        let hint: String = noise().chars().take(14).collect();
        Self::new(code, &format!("{errmsg} hint: [{hint}]"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        text("text/plain", json!({ "errcode": self.code, "errmsg": self.errmsg }).to_string())
    }
}

/// The seconds since 1970 and two numbers, in hexadecimal.
fn request_id() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let noise = noise();
    format!("{:08x}-{}-{}", seconds & 0xFFFF_FFFF, &noise[..8], &noise[8..16])
}

/// Sixteen hexadecimal digits that differ from call to call.
pub(super) fn noise() -> String {
    format!("{:016x}", RandomState::new().hash_one(()))
}
