//! The answers. They depend on what the request asks for.

use std::borrow::Cow;

use wechat_material::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, HeaderName, HeaderValue};

use super::super::kind::Asks;
use super::super::lists;
use super::{Content, Header, Meaning, OK};

#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// A short file, counts, or the requested page.
    Plain,
    /// A video, counts in quotes, a file of unknown type, or a page without media ids.
    Odd,
    /// A file of 700 bytes, or the first page again.
    Long,
    /// A file of 4,200 bytes that starts like JSON, or a page with an item of the previous page.
    LikeJson,
    /// News, a short file instead of counts, or a page without items.
    News,
    /// A truncated file of 700 bytes, or a page of one item.
    CutOff,
}

static MORE_BYTES: (HeaderName, HeaderValue) = (CONTENT_LENGTH, HeaderValue::from_static("9000"));
static ATTACHMENT: (HeaderName, HeaderValue) = (CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));

static LONG: [u8; 700] = file(*b"\xFF\xD8\xFF\xE0");
static LIKE_JSON: [u8; 4200] = file(*b"{\"a\"");

/// The bytes differ from place to place, so that a wrong order is noticed.
const fn file<const LENGTH: usize>(start: [u8; 4]) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    let (mut at, mut byte) = (0, 0_u8);
    while at < LENGTH {
        bytes[at] = if at < 4 { start[at] } else { byte };
        byte = if byte == 250 { 0 } else { byte + 1 };
        at += 1;
    }
    bytes
}

impl Asks {
    pub(super) fn answer(self, answer: Answer) -> (Meaning, Content) {
        let when = |is_answer| if is_answer { Meaning::Answer } else { Meaning::Final };
        let news = when(matches!(self, Self::Material));
        let file = when(matches!(self, Self::Material | Self::File));
        match (self, answer) {
            (Self::Page(offset), _) => (Meaning::Answer, ok(None, lists::page(offset, answer).into_bytes())),
            (Self::Counts, Answer::Plain) => (Meaning::Answer, ok(None, &br#"{"image_count":3}"#[..])),
            (Self::Counts, Answer::Odd) => (Meaning::Answer, ok(None, &br#"{"news_count":"7"}"#[..])),
            (Self::Counts, Answer::News) => (Meaning::Final, ok(None, &LONG[..9])),
            (Self::Material, Answer::Odd) => (Meaning::Answer, ok(None, &br#"{"down_url":"CANARY"}"#[..])),
            (Self::Token, Answer::Odd) => (Meaning::Final, ok(None, &br#"{"access_token":1}"#[..])),
            (_, Answer::News) => (news, ok(None, &br#"{"news_item":[{"title":"CANARY"}]}"#[..])),
            (_, Answer::Plain) => (file, ok(None, &LONG[..9])),
            (_, Answer::Odd) => (file, ok(Some(&ATTACHMENT), &b"\0\x01\x02"[..])),
            (_, Answer::Long) => (file, ok(None, &LONG[..])),
            (_, Answer::LikeJson) => (file, ok(Some(&ATTACHMENT), &LIKE_JSON[..])),
            (_, Answer::CutOff) => (Meaning::Unknown, ok(Some(&MORE_BYTES), &LONG[..])),
        }
    }
}

fn ok(header: Header, body: impl Into<Cow<'static, [u8]>>) -> Content {
    Content::Response { status: OK, header, body: body.into() }
}
