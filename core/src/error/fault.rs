//! `{"errcode":40007,"errmsg":"invalid media_id hint: [Y2XIpa0119p502] rid: 6413208f-1ae7191d-6edfb203"}`

use std::error::Error;
use std::fmt;
use std::ops::Range;

use http::StatusCode;

use super::{Category, ErrorCode, Excerpt};
use crate::secret::{Authorization, repeats};

/// WeChat refused a call: an `errcode` other than 0, and the parts of its `errmsg`.
///
/// Decide by [`code`](Self::code) or [`category`](Self::category), because WeChat changes its wording. The texts are for
/// people. `Display` and `Debug` leave them out, except for the `rid`.
#[derive(Clone)]
#[non_exhaustive]
pub struct Fault {
    /// The HTTP status of the response. WeChat itself answers with 200.
    pub status: StatusCode,
    /// The number in `errcode`.
    pub code: ErrorCode,
    /// WeChat's message, without hint and rid. May be empty.
    pub message: String,
    /// The text in `hint: […]`.
    pub hint: Option<String>,
    /// The request id, which WeChat's support asks for: three groups of eight hexadecimal digits.
    pub rid: Option<String>,
    raw: Box<str>,
    is_redacted: bool,
    authorization: Authorization,
    pub(super) body: Excerpt,
}

impl Fault {
    pub(crate) fn new(
        authorization: Authorization,
        status: StatusCode,
        code: ErrorCode,
        errmsg: String,
        body: Excerpt,
    ) -> Self {
        let words = Words::new(&errmsg);
        Self {
            status,
            code,
            message: words.message(&errmsg),
            hint: words.hint.map(|hint| errmsg[hint.text].to_owned()),
            rid: words.rid.map(|rid| errmsg[rid.text].to_owned()),
            raw: errmsg.into_boxed_str(),
            is_redacted: false,
            authorization,
            body,
        }
    }

    /// The category, which says what to do. An invalid credential is [`Token`](Category::Token) on an ordinary call, and
    /// [`Credentials`](Category::Credentials) on a call that obtains a token.
    pub fn category(&self) -> Category {
        match (self.authorization, self.code.category()) {
            (Authorization::AppSecret, Category::Token) => Category::Credentials,
            // The server of a link has no token to refuse.
            (Authorization::None, _) => Category::Unknown,
            (Authorization::AppSecret | Authorization::AccessToken, category) => category,
        }
    }

    /// The meaning of the code, in a short phrase; `None` if the code is not in the table.
    pub fn meaning(&self) -> Option<&'static str> {
        match (self.authorization, self.code.category()) {
            (Authorization::AppSecret, Category::Token) => Some("the app secret is wrong"),
            (Authorization::None, _) => None,
            (Authorization::AppSecret | Authorization::AccessToken, _) => self.code.meaning(),
        }
    }

    /// The whole `errmsg`, unchanged.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Whether WeChat's message was removed because it repeats the access token or the app secret of the call. Then
    /// [`message`](Self::message), [`hint`](Self::hint) and [`raw`](Self::raw) are empty. Only a client does this, as an
    /// endpoint's [`parse`](crate::Endpoint::parse) does not know the token.
    pub fn is_redacted(&self) -> bool {
        self.is_redacted
    }

    pub(super) fn redact(&mut self, secrets: &[&str]) {
        let repeats = |text: &str| secrets.iter().any(|secret| repeats(text.as_bytes(), secret));
        // The message joins the parts around the hint, so it can repeat a secret that `raw` does not.
        if repeats(&self.raw) || repeats(&self.message) {
            (self.message, self.hint, self.raw) = (String::new(), None, Box::default());
            self.rid.take_if(|rid| repeats(rid));
            self.body = Excerpt::default();
            self.is_redacted = true;
        }
        self.body.redact(secrets);
    }
}

impl Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = if self.authorization == Authorization::None { "the link's server" } else { "WeChat" };
        write!(f, "{who} refused the call with errcode {}", self.code)?;
        if self.status != StatusCode::OK {
            write!(f, " and HTTP status {}", self.status.as_u16())?;
        }
        if let Some(meaning) = self.meaning() {
            write!(f, ": {meaning}")?;
        }
        if let Some(rid) = &self.rid {
            write!(f, " (rid {rid})")?;
        }
        write!(f, "; {}", self.category().advice())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("status", &self.status)
            .field("code", &self.code)
            .field("category", &self.category())
            .field("rid", &self.rid)
            .finish_non_exhaustive()
    }
}

/// The positions of hint and rid in an `errmsg`.
struct Words {
    hint: Option<Mark>,
    rid: Option<Mark>,
}

/// A marked part: with its mark, and its text alone.
struct Mark {
    all: Range<usize>,
    text: Range<usize>,
}

impl Words {
    fn new(errmsg: &str) -> Self {
        Self { hint: hint(errmsg), rid: rid(errmsg) }
    }

    /// The rest, without hint and rid.
    fn message(&self, errmsg: &str) -> String {
        let mut marks = [&self.hint, &self.rid].map(|mark| mark.as_ref().map(|mark| &mark.all));
        marks.sort_by_key(|all| all.map_or(usize::MAX, |all| all.start));
        let mut message = String::with_capacity(errmsg.len());
        let mut at = 0;
        for all in marks.into_iter().flatten() {
            push_part(&mut message, &errmsg[at..all.start.max(at)]);
            at = all.end.max(at);
        }
        push_part(&mut message, &errmsg[at..]);
        message
    }
}

fn push_part(message: &mut String, part: &str) {
    let part = part.trim();
    if !message.is_empty() && !part.is_empty() {
        message.push(' ');
    }
    message.push_str(part);
}

fn hint(errmsg: &str) -> Option<Mark> {
    const OPEN: &str = "hint: [";
    let start = errmsg.rfind(OPEN)?;
    let text = start + OPEN.len();
    let length = errmsg[text..].find(']')?;
    Some(Mark { all: start..text + length + 1, text: text..text + length })
}

fn rid(errmsg: &str) -> Option<Mark> {
    const OPEN: &str = "rid: ";
    const LENGTH: usize = 8 + 1 + 8 + 1 + 8;
    let start = errmsg.rfind(OPEN)?;
    let text = start + OPEN.len();
    let rid = errmsg.get(text..text + LENGTH)?;
    let is_rid = rid.split('-').count() == 3
        && rid.split('-').all(|group| group.len() == 8 && group.bytes().all(|byte| byte.is_ascii_hexdigit()));
    is_rid.then_some(Mark { all: start..text + LENGTH, text: text..text + LENGTH })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(errmsg: &str) -> Fault {
        let body = Excerpt::new(b"", Authorization::AccessToken);
        Fault::new(
            Authorization::AccessToken,
            StatusCode::OK,
            ErrorCode::INVALID_MEDIA_ID,
            errmsg.to_owned(),
            body,
        )
    }

    fn parts(errmsg: &str) -> (String, Option<String>, Option<String>) {
        let fault = fault(errmsg);
        assert_eq!(fault.raw(), errmsg);
        (fault.message, fault.hint, fault.rid)
    }

    fn owned(
        message: &str,
        hint: Option<&str>,
        rid: Option<&str>,
    ) -> (String, Option<String>, Option<String>) {
        (message.to_owned(), hint.map(str::to_owned), rid.map(str::to_owned))
    }

    #[test]
    fn an_errmsg_is_split_into_message_hint_and_rid() {
        let rid = "6413208f-1ae7191d-6edfb203";
        assert_eq!(
            parts("invalid media_id hint: [Y2XIpa0119p502] rid: 6413208f-1ae7191d-6edfb203"),
            owned("invalid media_id", Some("Y2XIpa0119p502"), Some(rid))
        );
        assert_eq!(
            parts("rid: 6413208f-1ae7191d-6edfb203 hint: [.cIurA0994z200!] api unauthorized"),
            owned("api unauthorized", Some(".cIurA0994z200!"), Some(rid))
        );
        assert_eq!(parts("invalid media_id hint: [a]"), owned("invalid media_id", Some("a"), None));
        assert_eq!(parts("one hint: [a] two"), owned("one two", Some("a"), None));
        assert_eq!(parts("hint: []"), owned("", Some(""), None));
        assert_eq!(parts(""), owned("", None, None));
    }

    #[test]
    fn similar_text_that_is_not_a_mark_stays_in_the_message() {
        for errmsg in [
            "rid: 6413208f",
            "rid: 6413208f-1ae7191d-6edfb2中",
            "rid: 6413208-f1ae7191d-6edfb203",
            "rid: 6413208g-1ae7191d-6edfb203",
            "rid: 6413208f-1ae7191d06edfb203",
            "hint: [open",
            "hint [a]",
            "grid: 5",
        ] {
            assert_eq!(parts(errmsg), owned(errmsg, None, None));
        }
        // One mark inside the other: both are found, and nothing is removed twice.
        let nested = "hint: [rid: 6413208f-1ae7191d-6edfb203] x";
        assert_eq!(parts(nested).0, "x");
    }

    #[test]
    fn the_message_is_not_printed() {
        let fault = fault("for CANARY hint: [CANARY] rid: 6413208f-1ae7191d-6edfb203");
        let printed = format!("{fault} {fault:?}");
        assert!(!printed.contains("CANARY"), "{printed}");
        assert!(printed.contains("40007") && printed.contains("6413208f-1ae7191d-6edfb203"), "{printed}");
    }
}
