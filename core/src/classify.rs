//! What a response is: told here, in this order, and nowhere else.
//!
//! The ladder ([`verdict`]) looks at the head and the first [`WINDOW`] bytes alone, and at
//! [`FAULT_CANDIDATE`] bytes where an error may hide, so it says the same however a body arrives.

use http::{Response, StatusCode};
use serde_json::{Map, Value};

mod head;

use self::head::Head;
use crate::error::{ApiError, ErrorCode, Excerpt, Fault, Limit};
use crate::header::ContentType;
use crate::json::{self, BYTE_ORDER_MARK, Broken, Document, Fields, Repair, Strictness, Unreadable};
use crate::material::{FileInfo, FileType, Material, News, Video, is_text};
use crate::parse::{Evidence, ParseOptions};
use crate::secret::Authorization;

/// As many bytes of a body as the ladder looks at.
const WINDOW: usize = 512;

/// The longest body that can be an error where the head speaks for something else.
const FAULT_CANDIDATE: usize = 4 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
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
fn verdict(head: &Head, window: &[u8]) -> Verdict {
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
    if after_blank(window).is_empty() || begins_a_page(window) {
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
    /// The body as it came: a file's own bytes.
    pub(crate) body: Vec<u8>,
}

pub(crate) enum Content {
    Json(Map<String, Value>),
    File(FileInfo),
}

/// Judges a whole response.
pub(crate) fn judge(
    authorization: Authorization,
    options: &ParseOptions,
    response: Response<Vec<u8>>,
) -> Result<Answer, ApiError> {
    let (parts, body) = response.into_parts();
    let head = Head::of(&parts);
    let case = Case { authorization, options, head: &head, body: &body };
    let (content, repairs, evidence) = match verdict(&head, &body[..body.len().min(WINDOW)]) {
        Verdict::NotOk => return Err(case.not_ok()),
        Verdict::Encoded => return Err(ApiError::Encoded { body: case.excerpt() }),
        Verdict::Empty => {
            case.check_length()?;
            return Err(ApiError::Empty);
        }
        Verdict::Text { html } => {
            case.check_length()?;
            return Err(ApiError::Text { html, body: case.excerpt() });
        }
        Verdict::Json(evidence) => {
            case.check_limit(Limit::Json, options.max_json)?;
            case.check_length()?;
            let document = case.document()?;
            let Value::Object(mut object) = document.value else {
                return Err(case.shape("a JSON object"));
            };
            if let Some(code) = error_code(&object) {
                return Err(case.fault(code, &mut object));
            }
            (Content::Json(object), document.repairs, evidence)
        }
        Verdict::Attachment => {
            case.check_limit(Limit::File, options.max_whole_file())?;
            case.check_length()?;
            case.check_for_hidden_fault()?;
            (Content::File(head.into_file_info(&body)), Vec::new(), Evidence::Attachment)
        }
        Verdict::File(evidence) => {
            case.check_limit(Limit::File, options.max_whole_file())?;
            case.check_length()?;
            (Content::File(head.into_file_info(&body)), Vec::new(), evidence)
        }
    };
    Ok(Answer { content, repairs, evidence, body })
}

/// A response under judgement.
struct Case<'r> {
    authorization: Authorization,
    options: &'r ParseOptions,
    head: &'r Head,
    body: &'r [u8],
}

impl Case<'_> {
    fn check_limit(&self, of: Limit, limit: u64) -> Result<(), ApiError> {
        if self.received() <= limit {
            return Ok(());
        }
        Err(ApiError::TooLarge { limit, of, body: self.excerpt() })
    }

    fn check_length(&self) -> Result<(), ApiError> {
        match self.head.announced.contradiction(self.received()) {
            None => Ok(()),
            Some(announced) => {
                Err(ApiError::Length { announced, received: self.received(), body: self.excerpt() })
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
        if self.body.len() > FAULT_CANDIDATE || !starts_like_json(self.body) {
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

    fn shape(&self, expected: &'static str) -> ApiError {
        ApiError::shape(expected, self.body, self.authorization)
    }

    fn excerpt(&self) -> Excerpt {
        Excerpt::of(self.body, self.authorization)
    }

    fn received(&self) -> u64 {
        self.body.len() as u64
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

fn begins_a_page(window: &[u8]) -> bool {
    let begins = |tag: &[u8]| {
        after_blank(window).get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag))
    };
    begins(b"<!doctype html") || begins(b"<html")
}

/// Markup with one of the tags that a page begins with.
fn is_html(window: &[u8]) -> bool {
    if !after_blank(window).starts_with(b"<") {
        return false;
    }
    let window = window.to_ascii_lowercase();
    let has = |tag: &[u8]| window.windows(tag.len()).any(|bytes| bytes == tag);
    [&b"<!doctype html"[..], b"<html", b"<head", b"<body", b"<title", b"<meta", b"<script", b"<h1"]
        .into_iter()
        .any(has)
}

/// What a JSON object that is no fault answers with: articles, a video, or nothing that `get_material` does.
pub(crate) fn material(object: Map<String, Value>) -> Option<Material> {
    if object.get("news_item").is_some_and(Value::is_array) {
        return Some(Material::News(News::from(Fields::of_answer(object))));
    }
    if object.get("down_url").is_some_and(Value::is_string) {
        return Some(Material::Video(Video::from(Fields::of_answer(object))));
    }
    None
}
