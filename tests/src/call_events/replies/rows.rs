//! The replies, by their letters in a script.

use wechat_material::FailureKind;
use wechat_material::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderName, HeaderValue, LOCATION};

use super::answers::Answer;
use super::{Header, Meaning, OK};

/// A kind of reply.
pub(super) enum Row {
    /// An answer. It depends on what the request asks for.
    Answer(Answer),
    Fails(Meaning, FailureKind),
    Refuses(Meaning, u16, Header, &'static str),
}

macro_rules! fault {
    ($code:literal) => {
        concat!(r#"{"errcode":"#, $code, r#","errmsg":"CANARY hint: [CANARY]"}"#)
    };
}

static SEVEN_BYTES: (HeaderName, HeaderValue) = (CONTENT_LENGTH, HeaderValue::from_static("7"));
static ELSEWHERE: (HeaderName, HeaderValue) = (LOCATION, HeaderValue::from_static("CANARY"));
static GZIP: (HeaderName, HeaderValue) = (CONTENT_ENCODING, HeaderValue::from_static("gzip"));

/// Longer than the part of a body that an error stores.
const PAGE: &str = match std::str::from_utf8(&[b'x'; 4200]) {
    Ok(page) => page,
    Err(_) => "",
};

/// By letter. The first entry is for the character before `a`, the last five are for those after `z`.
pub(super) static ROWS: [Row; 32] = [
    Row::Answer(Answer::Plain),
    Row::Answer(Answer::Plain),
    /* b */ Row::Refuses(Meaning::Busy, OK, None, fault!(-1)),
    /* c */ Row::Fails(Meaning::Busy, FailureKind::Connect),
    /* d */ Row::Refuses(Meaning::Busy, OK, None, fault!(61450)),
    /* e */ Row::Refuses(Meaning::Unknown, OK, None, ""),
    /* f */ Row::Fails(Meaning::Final, FailureKind::Final),
    /* g */ Row::Refuses(Meaning::Final, OK, None, fault!(40007)),
    /* h */ Row::Refuses(Meaning::Busy, 429, None, "CANARY"),
    /* i */ Row::Fails(Meaning::Unknown, FailureKind::Interrupted),
    /* j */ Row::Refuses(Meaning::Final, OK, None, "{\"CANARY\""),
    /* k */ Row::Answer(Answer::Odd),
    /* l */ Row::Refuses(Meaning::Unknown, OK, Some(&SEVEN_BYTES), "{}"),
    /* m */ Row::Fails(Meaning::Unknown, FailureKind::Timeout),
    /* n */ Row::Refuses(Meaning::Final, 404, None, PAGE),
    /* o */ Row::Refuses(Meaning::Final, OK, None, "{\"CANARY\":1}"),
    /* p */ Row::Refuses(Meaning::Final, OK, None, fault!(40164)),
    /* q */ Row::Refuses(Meaning::Final, 503, None, fault!(45009)),
    /* r */ Row::Refuses(Meaning::Minute, OK, None, fault!(45011)),
    /* s */ Row::Refuses(Meaning::Busy, 503, None, "CANARY"),
    /* t */ Row::Refuses(Meaning::Token, OK, None, fault!(40001)),
    /* u */ Row::Refuses(Meaning::Token, OK, None, fault!(42001)),
    /* v */ Row::Refuses(Meaning::Token, 500, None, fault!(40014)),
    /* w */ Row::Answer(Answer::Long),
    /* x */ Row::Refuses(Meaning::Final, OK, None, "CANARY"),
    /* y */ Row::Answer(Answer::LikeJson),
    /* z */ Row::Answer(Answer::News),
    Row::Refuses(Meaning::Busy, 500, None, fault!(99999)),
    Row::Answer(Answer::CutOff),
    Row::Refuses(Meaning::Final, OK, None, fault!(99999)),
    Row::Refuses(Meaning::Final, 302, Some(&ELSEWHERE), "CANARY"),
    Row::Refuses(Meaning::Final, OK, Some(&GZIP), "CANARY"),
];

/// By the kind of character: control characters, `!` to `?`, upper case, lower case, and non-ASCII bytes.
pub(super) static RETRY_AFTER: [Option<(u64, HeaderValue)>; 8] = [
    Some((0, HeaderValue::from_static("0"))),
    Some((1, HeaderValue::from_static("1"))),
    Some((30, HeaderValue::from_static("30"))),
    None,
    Some((90, HeaderValue::from_static("90"))),
    Some((3600, HeaderValue::from_static("3600"))),
    Some((u64::MAX, HeaderValue::from_static("18446744073709551615"))),
    None,
];
