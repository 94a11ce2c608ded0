//! `{"errcode":40007,"errmsg":"invalid media_id hint: [Y2XIpa0119p502] rid: 6413208f-1ae7191d-6edfb203"}`

use std::error::Error;
use std::fmt;
use std::ops::Range;

use http::StatusCode;

use super::{Category, ErrorCode, Excerpt};
use crate::secret::{Authorization, repeats};

/// WeChat said no: an `errcode` other than 0, and the parts of its `errmsg`.
///
/// Decide on [`code`](Self::code) or [`category`](Self::category): the wording changes over the years. The
/// texts here are for people to read; `Display` and `Debug` leave them out, but for the `rid`.
#[derive(Clone)]
#[non_exhaustive]
pub struct Fault {
    /// The HTTP status it came with; WeChat's own is 200.
    pub status: StatusCode,
    /// The number in `errcode`.
    pub code: ErrorCode,
    /// WeChat's own words, without hint and rid. May be empty.
    pub message: String,
    /// What stands in `hint: […]`.
    pub hint: Option<String>,
    /// The request's id, which WeChat's support asks for: three groups of eight hexadecimal digits.
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
        let words = Words::of(&errmsg);
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

    /// What to do about it. An invalid credential is the [`Token`](Category::Token)'s fault on an ordinary
    /// call, and that of the [`Credentials`](Category::Credentials) on one that obtains a token.
    pub fn category(&self) -> Category {
        match (self.authorization, self.code.category()) {
            (Authorization::AppSecret, Category::Token) => Category::Credentials,
            (Authorization::AppSecret | Authorization::AccessToken | Authorization::None, category) => {
                category
            }
        }
    }

    /// What the code means, in a few plain words; `None` for a code that is not in the table.
    pub fn meaning(&self) -> Option<&'static str> {
        match (self.authorization, self.code.category()) {
            (Authorization::AppSecret, Category::Token) => Some("the app secret is wrong"),
            (Authorization::AppSecret | Authorization::AccessToken | Authorization::None, _) => {
                self.code.meaning()
            }
        }
    }

    /// The whole `errmsg` as it came.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Whether WeChat's words were left out because they repeat the access token or the app secret of the call:
    /// [`message`](Self::message), [`hint`](Self::hint) and [`raw`](Self::raw) are empty then. A client does that; an
    /// endpoint's [`parse`](crate::Endpoint::parse) does not know the token.
    pub fn is_redacted(&self) -> bool {
        self.is_redacted
    }

    pub(super) fn redact(&mut self, secrets: &[&str]) {
        let repeats = |text: &str| secrets.iter().any(|secret| repeats(text.as_bytes(), secret));
        // A message is put together from what stands around the hint.
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
        write!(f, "WeChat refused the call with errcode {}", self.code)?;
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

/// Where hint and rid stand in an `errmsg`.
struct Words {
    hint: Option<Mark>,
    rid: Option<Mark>,
}

/// A marked part: all of it, and its text alone.
struct Mark {
    all: Range<usize>,
    text: Range<usize>,
}

impl Words {
    fn of(errmsg: &str) -> Self {
        Self { hint: hint(errmsg), rid: rid(errmsg) }
    }

    /// What is left without hint and rid.
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
        let body = Excerpt::of(b"", Authorization::AccessToken);
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
    fn what_only_resembles_a_mark_stays_in_the_message() {
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
        // One mark inside the other: both are found, nothing is counted twice.
        let nested = "hint: [rid: 6413208f-1ae7191d-6edfb203] x";
        assert_eq!(parts(nested).0, "x");
    }

    #[test]
    fn wechats_words_are_not_printed() {
        let fault = fault("for CANARY hint: [CANARY] rid: 6413208f-1ae7191d-6edfb203");
        let printed = format!("{fault} {fault:?}");
        assert!(!printed.contains("CANARY"), "{printed}");
        assert!(printed.contains("40007") && printed.contains("6413208f-1ae7191d-6edfb203"), "{printed}");
    }
}
