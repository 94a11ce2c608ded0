//! The properties of every response to `get_material`.

use serde_json::Value;
use wechat_material::http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING,
};
use wechat_material::http::{Response, StatusCode};
use wechat_material::{
    ApiError, ContentDisposition, Endpoint, FileType, GetMaterial, Material, ParseOptions, Parsed, Strictness,
};

use super::answers::check_well_formed_json;
use super::names::{check_extension, check_safe_name};

/// The result of judging a response.
pub type Verdict = Result<Parsed<Material>, ApiError>;

/// The verdicts of one response with different options.
#[derive(Debug)]
pub struct Verdicts {
    /// With default options.
    pub tolerant: Verdict,
    /// With strict reading.
    pub strict: Verdict,
    /// With limits of [`NARROW_LIMIT`] bytes.
    pub narrow: Verdict,
}

/// The narrow limit, in bytes.
pub const NARROW_LIMIT: u64 = 4000;

/// Judges a response as the answer to `get_material`, and checks the properties of each verdict.
///
/// # Panics
///
/// Panics if a property is violated.
pub fn check_response(response: &Response<Vec<u8>>) -> Verdicts {
    let [tolerant, strict, narrow] = all_options().map(|options| check_verdict(&options, response));
    let verdicts = Verdicts { tolerant, strict, narrow };
    check_strict_reading(&verdicts.tolerant, &verdicts.strict);
    verdicts
}

/// Default options, strict options, and narrow limits.
pub(super) fn all_options() -> [ParseOptions; 3] {
    let options = ParseOptions::default;
    [
        options(),
        options().strictness(Strictness::Strict),
        options().max_json(NARROW_LIMIT).max_file(NARROW_LIMIT),
    ]
}

fn check_verdict(options: &ParseOptions, response: &Response<Vec<u8>>) -> Verdict {
    let verdict = judge(options, response.clone());
    check_answer_is_whole(response, &verdict);
    check_error_object_is_not_a_file(response, &verdict);
    check_json_and_text_are_not_files(response, &verdict);
    check_well_formed_json(response, &verdict);
    check_places(response, &verdict);
    check_error_hides_the_body(response, &verdict);
    verdict
}

/// Judges a response, and checks that a file holds the received bytes without a copy.
fn judge(options: &ParseOptions, response: Response<Vec<u8>>) -> Verdict {
    let arrived = (response.body().as_ptr(), response.body().len());
    let verdict = GetMaterial::new("MEDIA_ID").parse_with(options, response);
    if let Ok(Material::File(file)) = verdict.as_ref().map(|parsed| &parsed.output) {
        assert_eq!((file.bytes.as_ptr(), file.bytes.len()), arrived, "a file was copied");
        assert_eq!(file.info.length, Some(arrived.1 as u64), "a file has another length");
        assert_eq!(file.info.file_type(), FileType::from_bytes(&file.bytes));
        check_safe_name(&file.info.safe_name());
        if let (Some(file_type), Some((_, extension))) =
            (file.info.file_type(), file.info.safe_name().rsplit_once('.'))
        {
            check_extension(file_type, extension);
        }
    }
    verdict
}

fn is_file(verdict: &Verdict) -> bool {
    matches!(verdict.as_ref().map(|parsed| &parsed.output), Ok(Material::File(_)))
}

fn check_answer_is_whole(response: &Response<Vec<u8>>, verdict: &Verdict) {
    if verdict.is_err() {
        return;
    }
    let headers = response.headers();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(!response.body().is_empty());
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let coding = text(CONTENT_ENCODING).unwrap_or_default();
    assert!(
        coding
            .split([',', ' ', '\t'])
            .all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case("identity"))
    );
    let digits = text(CONTENT_LENGTH).filter(|length| length.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(Ok(announced)) = digits.map(str::parse::<u64>) {
        let is_announced = announced == response.body().len() as u64;
        assert!(is_announced || headers.contains_key(TRANSFER_ENCODING), "an answer with a different length");
    }
}

fn check_error_object_is_not_a_file(response: &Response<Vec<u8>>, verdict: &Verdict) {
    let body = response.body();
    let Ok(Value::Object(object)) = serde_json::from_slice(body) else { return };
    let code = object.get("errcode").and_then(Value::as_f64).filter(|code| *code != 0.0);
    if let (Some(_), Some(Value::String(errmsg))) = (code, object.get("errmsg")) {
        assert!(body.len() > 4096 || !is_file(verdict), "an error object was taken for a file");
        if let Err(ApiError::Fault(fault)) = verdict {
            assert_eq!(fault.raw(), errmsg);
            assert!(errmsg.contains(fault.hint.as_deref().unwrap_or_default()));
            assert!(errmsg.contains(fault.rid.as_deref().unwrap_or_default()));
        }
    }
}

fn check_json_and_text_are_not_files(response: &Response<Vec<u8>>, verdict: &Verdict) {
    let headers = response.headers();
    if headers
        .get(CONTENT_DISPOSITION)
        .is_some_and(|value| ContentDisposition::parse(value.as_bytes()).is_attachment())
    {
        return;
    }
    let body = response.body().as_slice();
    let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
    if text.starts_with(b"{") && !text.is_empty() {
        // A form feed is not white space in JSON, so the text after one is not JSON.
        let blank = &body[..body.len() - text.len()];
        assert!(blank.contains(&0x0C) || !is_file(verdict), "JSON was taken for a file");
    }
    let page = text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"<html"));
    assert!(!page || !is_file(verdict), "a page was taken for a file");
    let is_plain = body.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~'));
    if is_plain && FileType::from_bytes(body).is_none() && !headers.contains_key("content-type") {
        assert!(!is_file(verdict), "text was taken for a file");
    }
}

fn check_places(response: &Response<Vec<u8>>, verdict: &Verdict) {
    let body = response.body();
    match verdict {
        Ok(parsed) => {
            assert!(parsed.repairs.is_sorted_by_key(|repair| repair.offset));
            assert!(parsed.repairs.iter().all(|repair| repair.offset < body.len()));
        }
        Err(ApiError::Json { offset, line, column, .. }) => {
            let lines: Vec<_> = body.split(|byte| *byte == b'\n').collect();
            let before: usize = lines[..line - 1].iter().map(|line| line.len() + 1).sum();
            assert_eq!(before + column - 1, *offset);
            assert!(*column <= lines[line - 1].len() + 1);
        }
        Err(_) => {}
    }
}

/// A text in bodies that errors must not repeat.
const CANARY: &str = "CANARY";

fn check_error_hides_the_body(response: &Response<Vec<u8>>, verdict: &Verdict) {
    let Err(error) = verdict else { return };
    let cause = std::error::Error::source(error).map(|cause| format!("{cause} {cause:?}"));
    let printed = format!("{error} {error:?} {}", cause.unwrap_or_default());
    assert!(!printed.contains(CANARY), "an error repeats the body");
    assert!(response.body().starts_with(error.body()), "an error with a different body");
    assert!(error.body().len() <= 4096, "an error stores too much of a body");
}

fn check_strict_reading(tolerant: &Verdict, strict: &Verdict) {
    match (tolerant, strict) {
        (Ok(tolerant), Ok(strict)) => {
            assert_eq!(tolerant.output, strict.output);
            assert!(
                strict.repairs.is_empty() && tolerant.repairs.is_empty(),
                "strict reading repaired the document"
            );
        }
        (Ok(tolerant), Err(error)) => {
            assert!(!tolerant.repairs.is_empty(), "strict reading refused a document that needs no repair");
            assert_eq!(error.kind(), "json");
        }
        (Err(error), Ok(_)) => {
            panic!("strict reading accepted a document that tolerant reading refused: {error}")
        }
        (Err(tolerant), Err(strict)) => {
            assert!(tolerant.kind() == strict.kind() || matches!(strict.kind(), "json" | "status"));
        }
    }
}
