//! What a response is: decided here, in this order, and nowhere else.
//!
//! The ladder ([`verdict`]) looks at the head and the first [`WINDOW`] bytes alone, and a [`Case`] at the first
//! [`KEPT`] bytes unless it is about JSON: so the same is said of a whole body and of one that arrives in chunks.

use http::{Response, StatusCode};
use serde_json::{Map, Value};

mod head;

pub(crate) use self::head::Head;
use crate::error::{ApiError, ErrorCode, Excerpt, Fault, Limit};
use crate::header::ContentType;
use crate::json::{self, BYTE_ORDER_MARK, Broken, Document, Repair, Strictness, Unreadable};
use crate::material::{FileType, is_text};
use crate::parse::{Evidence, ParseOptions};
use crate::secret::Authorization;

/// As many bytes of a body as the ladder looks at.
pub(crate) const WINDOW: usize = 512;

/// As many bytes of a body as are looked at, or kept in an error, where they are not JSON. A longer body is no
/// error object where the head speaks for something else.
pub(crate) const KEPT: usize = Excerpt::MOST;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// An error object, or else a gateway's word.
    NotOk,
    Encoded,
    Empty,
    /// A file, unless it is an error object.
    Attachment,
    Json(Evidence),
    File(Evidence),
    Text {
        html: bool,
    },
}

/// The ladder: the first rung that holds.
pub(crate) fn verdict(head: &Head, window: &[u8]) -> Verdict {
    if head.status != StatusCode::OK {
        return Verdict::NotOk;
    }
    if head.is_encoded {
        return Verdict::Encoded;
    }
    if window.is_empty() {
        return Verdict::Empty;
    }
    if head.disposition.is_attachment() {
        // The surest sign of a file: an uploader's bytes may look like anything.
        return Verdict::Attachment;
    }
    if starts_like_json(window) {
        return Verdict::Json(Evidence::JsonBody);
    }
    if head.says(ContentType::is_json) {
        return Verdict::Json(Evidence::JsonType);
    }
    // A long run of blanks may hide anything, a page's first tag leaves no doubt: neither is a picture, whatever
    // its type says.
    if markup(window).is_empty() || begins_a_page(window) {
        return Verdict::Text { html: head.says(ContentType::is_html) || is_html(window) };
    }
    if FileType::of(window).is_some() {
        return Verdict::File(Evidence::MagicBytes);
    }
    if head.says(ContentType::is_media) {
        return Verdict::File(Evidence::MediaType);
    }
    let html = head.says(ContentType::is_html) || is_html(window);
    // A gateway's "Internal Server Error" is no picture.
    if html || is_text(window) {
        return Verdict::Text { html };
    }
    Verdict::File(Evidence::BinaryBody)
}

/// A response that is no error.
pub(crate) struct Answer {
    pub(crate) content: Content,
    pub(crate) repairs: Vec<Repair>,
    pub(crate) evidence: Evidence,
}

pub(crate) enum Content {
    Json(Map<String, Value>),
    File,
}

/// Judges a whole response. The body of a file is the very one that came.
pub(crate) fn judge(
    authorization: Authorization,
    options: &ParseOptions,
    max_file: u64,
    response: Response<Vec<u8>>,
) -> Result<(Answer, Head, Vec<u8>), ApiError> {
    let (parts, body) = response.into_parts();
    let head = Head::of(parts);
    let case =
        Case { authorization, options, max_file, head: &head, body: &body, received: body.len() as u64 };
    let answer = case.answer(verdict(&head, &body[..body.len().min(WINDOW)]))?;
    Ok((answer, head, body))
}

/// A response under judgement.
pub(crate) struct Case<'r> {
    pub(crate) authorization: Authorization,
    pub(crate) options: &'r ParseOptions,
    /// The most bytes of a file.
    pub(crate) max_file: u64,
    pub(crate) head: &'r Head,
    /// The body as far as it arrived: of JSON all of it, else at least the first [`KEPT`] bytes.
    pub(crate) body: &'r [u8],
    /// How many bytes arrived.
    pub(crate) received: u64,
}

impl Case<'_> {
    /// What a response is that has arrived to its end.
    pub(crate) fn answer(&self, verdict: Verdict) -> Result<Answer, ApiError> {
        let (content, repairs, evidence) = match verdict {
            Verdict::NotOk => return Err(self.not_ok()),
            Verdict::Encoded => return Err(self.encoded()),
            Verdict::Empty => {
                self.check_length()?;
                return Err(ApiError::Empty);
            }
            Verdict::Text { html } => {
                // A long page is one, however long it would have become: nobody has to wait for its end.
                if self.received <= KEPT as u64 {
                    self.check_length()?;
                }
                return Err(self.text(html));
            }
            Verdict::Json(evidence) => {
                self.check_limit(Limit::Json, self.options.max_json)?;
                self.check_length()?;
                let document = self.document()?;
                let Value::Object(mut object) = document.value else {
                    return Err(self.shape("a JSON object"));
                };
                if let Some(code) = error_code(&object) {
                    return Err(self.fault(code, &mut object));
                }
                (Content::Json(object), document.repairs, evidence)
            }
            Verdict::Attachment => {
                self.check_limit(Limit::File, self.max_file)?;
                self.check_length()?;
                self.check_for_hidden_fault()?;
                (Content::File, Vec::new(), Evidence::Attachment)
            }
            Verdict::File(evidence) => {
                self.check_limit(Limit::File, self.max_file)?;
                self.check_length()?;
                (Content::File, Vec::new(), evidence)
            }
        };
        Ok(Answer { content, repairs, evidence })
    }

    /// Whether a response is a file that has not arrived to its end; or an error, if nothing that may still come
    /// can change that.
    pub(crate) fn is_file_so_far(&self, verdict: Verdict) -> Result<bool, ApiError> {
        let is_all_kept = self.received <= KEPT as u64;
        let is_file = matches!(verdict, Verdict::Attachment | Verdict::File(_));
        if is_file && self.received <= self.max_file {
            let may_be_fault = verdict == Verdict::Attachment && is_all_kept && may_become_json(self.body);
            return Ok(!may_be_fault);
        }
        // Until then more may come that belongs into the error.
        if is_all_kept {
            return Ok(false);
        }
        match verdict {
            Verdict::NotOk => Err(self.not_ok()),
            Verdict::Encoded => Err(self.encoded()),
            Verdict::Text { html } => Err(self.text(html)),
            // Some of it has arrived, so it is not empty.
            Verdict::Json(_) | Verdict::Empty => {
                self.check_limit(Limit::Json, self.options.max_json).map(|()| false)
            }
            Verdict::Attachment | Verdict::File(_) => {
                self.check_limit(Limit::File, self.max_file).map(|()| true)
            }
        }
    }

    fn check_limit(&self, of: Limit, limit: u64) -> Result<(), ApiError> {
        if self.received <= limit {
            return Ok(());
        }
        Err(ApiError::TooLarge { limit, of, body: self.excerpt() })
    }

    fn check_length(&self) -> Result<(), ApiError> {
        match self.head.announced.contradiction(self.received) {
            None => Ok(()),
            Some(announced) => {
                Err(ApiError::Length { announced, received: self.received, body: self.excerpt() })
            }
        }
    }

    /// An error object in an attachment is the fault that other clients save as a picture. No picture, voice
    /// or video is one, and a caller who is told of a fault loses nothing.
    fn check_for_hidden_fault(&self) -> Result<(), ApiError> {
        match self.error_object() {
            Some(mut error) if error.object.get("errmsg").is_some_and(Value::is_string) => {
                if self.refuses(&error.repairs) {
                    self.document()?;
                }
                Err(self.fault(error.code, &mut error.object))
            }
            _ => Ok(()),
        }
    }

    fn not_ok(&self) -> ApiError {
        match self.error_object() {
            Some(mut error) if !self.refuses(&error.repairs) => self.fault(error.code, &mut error.object),
            _ => ApiError::Status { status: self.head.status, body: self.excerpt() },
        }
    }

    /// The body as an error object, if it is one from end to end, repaired or not.
    fn error_object(&self) -> Option<ErrorObject> {
        if self.received > KEPT as u64 || !starts_like_json(self.body) {
            return None;
        }
        let Document { value, repairs } = json::read(self.body, Strictness::Tolerant).ok()?;
        let Value::Object(object) = value else { return None };
        Some(ErrorObject { code: error_code(&object)?, object, repairs })
    }

    fn refuses(&self, repairs: &[Repair]) -> bool {
        self.options.strictness == Strictness::Strict && !repairs.is_empty()
    }

    fn document(&self) -> Result<Document, ApiError> {
        json::read(self.body, self.options.strictness).map_err(|unreadable| match unreadable {
            Unreadable::Broken(Broken { offset, expected }) => {
                let (line, column) = json::place(self.body, offset);
                ApiError::Json { offset, line, column, expected, body: self.excerpt() }
            }
            Unreadable::TooDense { room } => {
                ApiError::TooLarge { limit: room, of: Limit::Memory, body: self.excerpt() }
            }
        })
    }

    fn fault(&self, code: ErrorCode, object: &mut Map<String, Value>) -> ApiError {
        let errmsg = match object.get_mut("errmsg") {
            Some(Value::String(errmsg)) => std::mem::take(errmsg),
            Some(_) | None => String::new(),
        };
        ApiError::Fault(Fault::new(self.authorization, self.head.status, code, errmsg, self.excerpt()))
    }

    fn encoded(&self) -> ApiError {
        ApiError::Encoded { body: self.excerpt() }
    }

    fn text(&self, html: bool) -> ApiError {
        ApiError::Text { html, body: self.excerpt() }
    }

    fn shape(&self, expected: &'static str) -> ApiError {
        ApiError::shape(expected).with_body(|| self.excerpt())
    }

    fn excerpt(&self) -> Excerpt {
        Excerpt::of(self.body, self.authorization)
    }
}

struct ErrorObject {
    code: ErrorCode,
    object: Map<String, Value>,
    repairs: Vec<Repair>,
}

/// An `errcode` other than 0: a number, or one in quotes.
fn error_code(object: &Map<String, Value>) -> Option<ErrorCode> {
    let number = match object.get("errcode")? {
        Value::Number(number) => number.clone(),
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    // 40001.0 is no less an error; what no i64 holds becomes the nearest that one does.
    #[expect(clippy::cast_possible_truncation, reason = "saturates, which is what is wanted")]
    let code = number.as_i64().or_else(|| number.as_f64().map(|code| code as i64))?;
    let is_zero = number.as_f64() == Some(0.0);
    (!is_zero).then_some(ErrorCode(code))
}

/// The body behind a byte order mark and JSON's white space.
fn after_blank(body: &[u8]) -> &[u8] {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let blank = body.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    &body[blank..]
}

fn starts_like_json(body: &[u8]) -> bool {
    after_blank(body).starts_with(b"{")
}

/// Whether these bytes may be the beginning of an object.
fn may_become_json(body: &[u8]) -> bool {
    after_blank(body).is_empty() || starts_like_json(body)
}

/// The body behind a byte order mark and what HTML takes for white space: a form feed too.
fn markup(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii_start()
}

fn begins_a_page(window: &[u8]) -> bool {
    let begins =
        |tag: &[u8]| markup(window).get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    begins(b"<!doctype html") || begins(b"<html")
}

/// Markup with one of the tags that a page begins with.
fn is_html(window: &[u8]) -> bool {
    if !markup(window).starts_with(b"<") {
        return false;
    }
    let window = window.to_ascii_lowercase();
    let has = |tag: &[u8]| window.windows(tag.len()).any(|bytes| bytes == tag);
    [&b"<!doctype html"[..], b"<html", b"<head", b"<body", b"<title", b"<meta", b"<script", b"<h1"]
        .into_iter()
        .any(has)
}
