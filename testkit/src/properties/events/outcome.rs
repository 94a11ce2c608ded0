//! What can come of a call that was sent.

use std::time::Duration;

use wechat_material::http::Response;
use wechat_material::{ApiError, Credentials, Endpoint, Event, Failure, GetMaterial, StableToken};

/// What came of it, and what that means.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    pub(super) meaning: Meaning,
    pub(super) came: Came,
    /// What its `Retry-After` says.
    pub(super) patience: Option<Duration>,
}

/// What it means for the question whether to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It is answered.
    Answer,
    /// Another try changes nothing.
    Final,
    /// With another token.
    Token,
    /// After a while.
    Busy,
    /// After a minute.
    Minute,
    /// After a while, if it may arrive twice.
    Unknown,
}

#[derive(Clone, Copy)]
pub(super) enum Came {
    Answer,
    Failure(Failure),
    /// An error object with this status and code.
    Fault(u16, i64),
    /// The same, to a call that obtains a token.
    TokenFault(i64),
    /// Another body with this status; a header, if it has one.
    Response(u16, Option<(&'static str, &'static str)>, &'static str),
}

/// By letter: the first is that before `a`, the last five are those behind `z`.
const OUTCOMES: [(Meaning, Came); 32] = [
    (Meaning::Answer, Came::Answer),
    (Meaning::Answer, Came::Answer),
    /* b */ (Meaning::Busy, Came::Fault(200, -1)),
    /* c */ (Meaning::Busy, Came::Failure(Failure::Connect)),
    /* d */ (Meaning::Busy, Came::Fault(200, 61450)),
    /* e */ (Meaning::Unknown, Came::Response(200, None, "")),
    /* f */ (Meaning::Final, Came::Failure(Failure::Final)),
    /* g */ (Meaning::Final, Came::Fault(200, 40007)),
    /* h */ (Meaning::Busy, Came::Response(429, None, "CANARY")),
    /* i */ (Meaning::Unknown, Came::Failure(Failure::Interrupted)),
    /* j */ (Meaning::Final, Came::Response(200, None, "{\"CANARY\"")),
    /* k */ (Meaning::Final, Came::Fault(200, 40164)),
    /* l */ (Meaning::Unknown, Came::Response(200, Some(("content-length", "7")), "{}")),
    /* m */ (Meaning::Unknown, Came::Failure(Failure::Timeout)),
    /* n */ (Meaning::Final, Came::Response(404, None, "CANARY")),
    /* o */ (Meaning::Final, Came::Response(200, None, "{\"CANARY\":1}")),
    /* p */ (Meaning::Final, Came::Fault(200, 48001)),
    /* q */ (Meaning::Final, Came::Fault(200, 45009)),
    /* r */ (Meaning::Minute, Came::Fault(200, 45011)),
    /* s */ (Meaning::Busy, Came::Response(503, None, "CANARY")),
    /* t */ (Meaning::Token, Came::Fault(200, 40001)),
    /* u */ (Meaning::Token, Came::Fault(200, 42001)),
    /* v */ (Meaning::Token, Came::Fault(500, 40014)),
    /* w */ (Meaning::Final, Came::TokenFault(40001)),
    /* x */ (Meaning::Final, Came::Response(200, None, "CANARY")),
    /* y */ (Meaning::Final, Came::Fault(200, 41001)),
    /* z */ (Meaning::Final, Came::Fault(200, 99999)),
    (Meaning::Busy, Came::Fault(500, 99999)),
    (Meaning::Busy, Came::Fault(200, -1000)),
    (Meaning::Final, Came::Fault(503, 45009)),
    (Meaning::Final, Came::Response(302, Some(("location", "CANARY")), "CANARY")),
    (Meaning::Final, Came::Response(200, Some(("content-encoding", "gzip")), "CANARY")),
];

/// By the letter's kind: control characters, `!`, great letters, small letters, and what is no ASCII.
const PATIENCE: [Option<Duration>; 8] = [
    Some(Duration::ZERO),
    Some(Duration::from_secs(1)),
    Some(Duration::from_secs(30)),
    None,
    Some(Duration::from_secs(90)),
    Some(Duration::from_secs(60 * 60)),
    Some(Duration::from_secs(u64::MAX)),
    None,
];

impl Outcome {
    pub(super) fn of(how: u8) -> Self {
        let (meaning, came) = OUTCOMES[usize::from(how & 0x1F)];
        let patience = PATIENCE[usize::from(how >> 5)].filter(|_| !matches!(came, Came::Failure(_)));
        Self { meaning, came, patience }
    }
}

impl Meaning {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Final => "final",
            Self::Token => "refused token",
            Self::Busy => "busy",
            Self::Minute => "rate limit",
            Self::Unknown => "may have arrived",
        }
    }
}

impl Came {
    /// What the response is refused as, if there is one and it is.
    pub(super) fn error(self) -> Option<ApiError> {
        let fault = |code| format!(r#"{{"errcode":{code},"errmsg":"CANARY hint: [CANARY]"}}"#);
        match self {
            Self::Answer | Self::Failure(_) => None,
            Self::Fault(status, code) => refused(&GetMaterial::new("CANARY"), status, None, fault(code)),
            Self::TokenFault(code) => {
                refused(&StableToken::new(&Credentials::new("id", "CANARY")), 200, None, fault(code))
            }
            Self::Response(status, header, body) => {
                refused(&GetMaterial::new("CANARY"), status, header, body.to_owned())
            }
        }
    }

    pub(super) fn event(self, error: Option<&ApiError>, retry_after: Option<Duration>) -> Event<'_> {
        match (self, error) {
            (Self::Failure(failure), _) => Event::Failed(failure),
            (_, Some(error)) => Event::Refused { error, retry_after },
            (_, None) => Event::Answered,
        }
    }
}

fn refused(
    call: &impl Endpoint,
    status: u16,
    header: Option<(&'static str, &'static str)>,
    body: String,
) -> Option<ApiError> {
    let mut response = Response::builder().status(status);
    if let Some((name, value)) = header {
        response = response.header(name, value);
    }
    let response = response.body(body.into_bytes()).expect("status and header are valid");
    let error = call.parse(response).err();
    assert!(error.is_some(), "an error was taken for an answer");
    error
}
