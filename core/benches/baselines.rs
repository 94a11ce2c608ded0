//! The same work without this crate, as a caller would write it, with the fastest parsers.
//!
//! Each function takes a whole response and drops its body, like [`Endpoint::parse`](wechat_material::Endpoint::parse), so
//! that both are measured in the same way.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};
use wechat_material::http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use wechat_material::http::{Request, Response};

/// The documented fields of an answer with news, and nothing else.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct News {
    #[serde(rename = "news_item")]
    pub(crate) articles: Vec<Article>,
    pub(crate) create_time: Option<i64>,
    pub(crate) update_time: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Article {
    pub(crate) title: String,
    pub(crate) thumb_media_id: String,
    pub(crate) thumb_url: String,
    pub(crate) show_cover_pic: u8,
    pub(crate) author: String,
    pub(crate) digest: String,
    pub(crate) content: String,
    pub(crate) url: String,
    pub(crate) content_source_url: String,
    pub(crate) need_open_comment: u8,
    pub(crate) only_fans_can_comment: u8,
}

pub(crate) type Reader = fn(Response<Vec<u8>>) -> News;

pub(crate) const READERS: [(&str, Reader); 4] = [
    ("serde_json", with_serde_json),
    ("simdutf8, serde_json", with_simdutf8_and_serde_json),
    ("sonic-rs", with_sonic_rs),
    ("simd-json", with_simd_json),
];

pub(crate) fn with_serde_json(response: Response<Vec<u8>>) -> News {
    serde_json::from_slice(&response.into_body()).expect("it is JSON")
}

pub(crate) fn with_simdutf8_and_serde_json(response: Response<Vec<u8>>) -> News {
    let body = response.into_body();
    let text = simdutf8::basic::from_utf8(&body).expect("it is UTF-8");
    serde_json::from_str(text).expect("it is JSON")
}

pub(crate) fn with_sonic_rs(response: Response<Vec<u8>>) -> News {
    sonic_rs::from_slice(&response.into_body()).expect("it is JSON")
}

pub(crate) fn with_simd_json(response: Response<Vec<u8>>) -> News {
    simd_json::from_slice(&mut response.into_body()).expect("it is JSON")
}

/// A fault as a map of fields.
pub(crate) fn fault_as_value(response: Response<Vec<u8>>) -> Value {
    serde_json::from_slice(&response.into_body()).expect("it is JSON")
}

/// The request of `get_material`.
pub(crate) fn request(base_url: &str, token: &str, media_id: &str) -> Request<Vec<u8>> {
    const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let token = utf8_percent_encode(token, NOT_UNRESERVED);
    Request::builder()
        .method("POST")
        .uri(format!("{base_url}/cgi-bin/material/get_material?access_token={token}"))
        .header(ACCEPT_ENCODING, "identity")
        .header(CONTENT_TYPE, "application/json")
        .body(json!({ "media_id": media_id }).to_string().into_bytes())
        .expect("the parts are valid")
}
