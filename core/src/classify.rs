//! Decides what a response is. The rules are here and nowhere else, in the order in which they apply.
//!
//! The ladder ([`verdict`]) only looks at the head and the first [`WINDOW`] bytes. A [`Case`] only looks at the first
//! [`MAX_EXCERPT`] bytes, unless the body is JSON. So a whole body and one that arrives in chunks get the same verdict.

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

/// How many bytes of a body the ladder looks at.
pub(crate) const WINDOW: usize = 512;

/// How many bytes of a body that is not JSON are examined, or stored in an error. A longer body is not taken for an error
/// object if the head says that it is something else.
pub(crate) const MAX_EXCERPT: usize = Excerpt::MAX_LENGTH;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The status is not 200: an error object, or the answer of a gateway.
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

/// The ladder: the first rule that applies decides.
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
        // This is the surest sign of a file, as an uploader's bytes may look like anything.
        return Verdict::Attachment;
    }
    if starts_like_json(window) {
        return Verdict::Json(Evidence::JsonBody);
    }
    if head.says(ContentType::is_json) {
        return Verdict::Json(Evidence::JsonType);
    }
    // Anything may follow a long run of blanks, and the first tag of a page leaves no doubt. Neither is a picture,
    // whatever the content type says.
    if markup(window).is_empty() || begins_a_page(window) {
        return Verdict::Text { html: head.says(ContentType::is_html) || is_html(window) };
    }
    if FileType::from_bytes(window).is_some() {
        return Verdict::File(Evidence::MagicBytes);
    }
    if head.says(ContentType::is_media) {
        return Verdict::File(Evidence::MediaType);
    }
    let html = head.says(ContentType::is_html) || is_html(window);
    // A gateway's "Internal Server Error" is not a picture.
    if html || is_text(window) {
        return Verdict::Text { html };
    }
    Verdict::File(Evidence::BinaryBody)
}

/// A response that is not an error.
pub(crate) struct Answer {
    pub(crate) content: Content,
    pub(crate) repairs: Vec<Repair>,
    pub(crate) evidence: Evidence,
}

pub(crate) enum Content {
    Json(Map<String, Value>),
    File,
}

/// Judges a whole response. The body of a file is returned unchanged, without a copy.
pub(crate) fn judge(
    authorization: Authorization,
    options: &ParseOptions,
    max_file: u64,
    response: Response<Vec<u8>>,
) -> Result<(Answer, Head, Vec<u8>), ApiError> {
    let (parts, body) = response.into_parts();
    let head = Head::new(parts);
    let case =
        Case { authorization, options, max_file, head: &head, body: &body, received: body.len() as u64 };
    let answer = case.answer(verdict(&head, &body[..body.len().min(WINDOW)]))?;
    Ok((answer, head, body))
}

/// A response that is being judged.
pub(crate) struct Case<'r> {
    pub(crate) authorization: Authorization,
    pub(crate) options: &'r ParseOptions,
    /// How many bytes a file may have.
    pub(crate) max_file: u64,
    pub(crate) head: &'r Head,
    /// The part of the body that has arrived: all of it if it is JSON, otherwise at least the first [`MAX_EXCERPT`] bytes.
    pub(crate) body: &'r [u8],
    /// How many bytes have arrived.
    pub(crate) received: u64,
}

impl Case<'_> {
    /// Judges a response whose body has ended.
    pub(crate) fn answer(&self, verdict: Verdict) -> Result<Answer, ApiError> {
        let (content, repairs, evidence) = match verdict {
            Verdict::NotOk => return Err(self.not_ok()),
            Verdict::Encoded => return Err(self.encoded()),
            Verdict::Empty => {
                self.check_length()?;
                return Err(ApiError::Empty);
            }
            Verdict::Text { html } => {
                // A long text is a text at any length, so there is no need to wait for its end.
                if self.received <= MAX_EXCERPT as u64 {
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

    /// Judges a response whose body has not ended: whether it is certainly a file.
    ///
    /// Fails as soon as the rest of the body cannot change the error.
    pub(crate) fn is_certainly_file(&self, verdict: Verdict) -> Result<bool, ApiError> {
        let is_short = self.received <= MAX_EXCERPT as u64;
        let is_file = matches!(verdict, Verdict::Attachment | Verdict::File(_));
        if is_file && self.received <= self.max_file {
            let may_be_fault = verdict == Verdict::Attachment && is_short && may_become_json(self.body);
            return Ok(!may_be_fault);
        }
        // The error contains the beginning of the body, which is still arriving.
        if is_short {
            return Ok(false);
        }
        match verdict {
            Verdict::NotOk => Err(self.not_ok()),
            Verdict::Encoded => Err(self.encoded()),
            Verdict::Text { html } => Err(self.text(html)),
            // A part of the body has arrived, so it is not empty.
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

    /// Finds an error object in an attachment, which other clients save as a picture. A picture, voice or video is never
    /// an error object, so a caller who gets a fault loses nothing.
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
            _ => ApiError::Status {
                status: self.head.status,
                is_from_link: self.is_from_link(),
                body: self.excerpt(),
            },
        }
    }

    /// The body as an error object, if the whole body is one, repaired or not.
    fn error_object(&self) -> Option<ErrorObject> {
        if self.received > MAX_EXCERPT as u64 || !starts_like_json(self.body) {
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
        ApiError::Text { html, is_from_link: self.is_from_link(), body: self.excerpt() }
    }

    fn shape(&self, expected: &'static str) -> ApiError {
        ApiError::shape(expected).with_body(|| self.excerpt())
    }

    /// Whether the server of a link sent it, and not WeChat's API.
    fn is_from_link(&self) -> bool {
        self.authorization == Authorization::None
    }

    fn excerpt(&self) -> Excerpt {
        Excerpt::new(self.body, self.authorization)
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
    // 40001.0 is an error too. A number that does not fit into an i64 becomes the nearest one that does.
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, as intended")]
    let code = number.as_i64().or_else(|| number.as_f64().map(|code| code as i64))?;
    let is_zero = number.as_f64() == Some(0.0);
    (!is_zero).then_some(ErrorCode(code))
}

/// The body after a byte order mark and JSON's white space.
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

/// The body after a byte order mark and HTML's white space, which includes the form feed.
fn markup(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii_start()
}

fn begins_a_page(window: &[u8]) -> bool {
    let begins =
        |tag: &[u8]| markup(window).get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    begins(b"<!doctype html") || begins(b"<html")
}

/// Whether these bytes are markup with one of the tags at the beginning of a page.
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
