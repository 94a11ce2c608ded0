//! What holds for every response, as functions that panic where it does not. Tests and fuzzing call the same.
//!
//! Each looks at the response with means of its own (most often [`serde_json::Value`]), so that it can disagree
//! with what it checks.

mod chunks;
mod events;
mod json;
mod names;
mod requests;

pub use chunks::{hold_in_chunks, received_in_chunks};
pub use events::calls_share_a_token_whatever_happens;
pub use json::reads_as_serde_json_reads_it_or_says_where_not;
pub use names::an_uploaded_name_becomes_a_safe_one;
pub use requests::a_request_decodes_back_to_what_was_given;
use serde_json::Value;
use wechat_material::http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING,
};
use wechat_material::http::{Response, StatusCode};
use wechat_material::{
    ApiError, Article, ContentDisposition, Endpoint, FileType, GetMaterial, Material, ParseOptions, Parsed,
    Strictness,
};

/// A judged response.
pub type Verdict = Result<Parsed<Material>, ApiError>;

/// A response, judged under different options.
#[derive(Debug)]
pub struct Verdicts {
    /// Under the default options.
    pub tolerant: Verdict,
    /// Under strict ones.
    pub strict: Verdict,
    /// Under limits of [`NARROW`] bytes.
    pub narrow: Verdict,
}

/// Narrow limits, in bytes.
pub const NARROW: u64 = 4000;

/// Judges a response as the answer of `get_material`, and sees that all properties of this module hold.
///
/// # Panics
///
/// Where one does not.
pub fn hold(response: &Response<Vec<u8>>) -> Verdicts {
    let [tolerant, strict, narrow] = every_options().map(|options| holds(&options, response));
    let verdicts = Verdicts { tolerant, strict, narrow };
    strict_reads_alike_or_refuses(&verdicts.tolerant, &verdicts.strict);
    verdicts
}

/// Tolerant ones, strict ones, and narrow limits.
fn every_options() -> [ParseOptions; 3] {
    let options = ParseOptions::default;
    [options(), options().strictness(Strictness::Strict), options().max_json(NARROW).max_file(NARROW)]
}

fn holds(options: &ParseOptions, response: &Response<Vec<u8>>) -> Verdict {
    let verdict = judged(options, response.clone());
    an_answer_is_whole(response, &verdict);
    an_error_object_is_never_a_file(response, &verdict);
    json_and_text_are_never_a_file(response, &verdict);
    well_formed_json_reads_as_serde_json_reads_it(response, &verdict);
    places_lie_in_the_body(response, &verdict);
    an_error_prints_nothing_of_the_body(response, &verdict);
    verdict
}

/// Judges a response, and sees that a file is the very bytes that arrived: not a copy of them.
fn judged(options: &ParseOptions, response: Response<Vec<u8>>) -> Verdict {
    let arrived = (response.body().as_ptr(), response.body().len());
    let verdict = GetMaterial::new("MEDIA_ID").parse_with(options, response);
    if let Ok(Material::File(file)) = verdict.as_ref().map(|parsed| &parsed.output) {
        assert_eq!((file.bytes.as_ptr(), file.bytes.len()), arrived, "a file was copied");
        assert_eq!(file.info.length, arrived.1 as u64, "a file has another length");
        assert_eq!(file.info.file_type(), FileType::of(&file.bytes));
        a_safe_name_is_safe(&file.info.safe_name());
        if let (Some(file_type), Some((_, extension))) =
            (file.info.file_type(), file.info.safe_name().rsplit_once('.'))
        {
            a_known_type_has_its_extension(file_type, extension);
        }
    }
    verdict
}

fn a_known_type_has_its_extension(file_type: FileType, extension: &str) {
    let others: &[&str] = match file_type {
        FileType::Jpeg => &["jpeg", "jpe", "jfif"],
        FileType::Bmp => &["dib"],
        FileType::Amr => &["awb"],
        FileType::Wma => &["wmv", "asf"],
        FileType::Wav => &["wave"],
        FileType::M4a => &["m4b", "mp4"],
        FileType::Mp4 => &["m4v"],
        _ => &[],
    };
    let extension = extension.to_ascii_lowercase();
    assert!(
        extension == file_type.extension() || others.contains(&&*extension),
        "{extension} for {file_type}"
    );
}

fn is_file(verdict: &Verdict) -> bool {
    matches!(verdict.as_ref().map(|parsed| &parsed.output), Ok(Material::File(_)))
}

fn an_answer_is_whole(response: &Response<Vec<u8>>, verdict: &Verdict) {
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
        assert!(is_announced || headers.contains_key(TRANSFER_ENCODING), "an answer of another length");
    }
}

fn an_error_object_is_never_a_file(response: &Response<Vec<u8>>, verdict: &Verdict) {
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

fn json_and_text_are_never_a_file(response: &Response<Vec<u8>>, verdict: &Verdict) {
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
        // A form feed is a blank that JSON does not know: behind it comes no JSON.
        let blank = &body[..body.len() - text.len()];
        assert!(blank.contains(&0x0C) || !is_file(verdict), "JSON was taken for a file");
    }
    let page = text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"<html"));
    assert!(!page || !is_file(verdict), "a page was taken for a file");
    let is_plain = body.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~'));
    if is_plain && FileType::of(body).is_none() && !headers.contains_key("content-type") {
        assert!(!is_file(verdict), "text was taken for a file");
    }
}

fn well_formed_json_reads_as_serde_json_reads_it(response: &Response<Vec<u8>>, verdict: &Verdict) {
    let Ok(value) = serde_json::from_slice::<Value>(response.body()) else {
        if let Ok(Parsed { output: Material::News(_) | Material::Video(_), repairs, .. }) = verdict {
            assert!(!repairs.is_empty(), "broken JSON was read without a repair");
        }
        return;
    };
    what_is_plainly_an_answer_is_one(response, &value, verdict);
    match verdict {
        Err(ApiError::Json { offset, .. }) => panic!("well-formed JSON is broken at {offset}"),
        Ok(Parsed { output: Material::News(news), repairs, .. }) => {
            assert!(repairs.is_empty(), "well-formed JSON was repaired");
            let items = value["news_item"].as_array().expect("news have a list");
            let objects: Vec<_> = items.iter().filter(|item| item.is_object()).collect();
            assert_eq!(news.articles.len(), objects.len());
            for (article, object) in news.articles.iter().zip(objects) {
                article_reads_as(article, object);
            }
            assert_eq!(news.create_time, value["create_time"].as_i64());
            assert_eq!(news.update_time, value["update_time"].as_i64());
        }
        Ok(Parsed { output: Material::Video(video), repairs, .. }) => {
            assert!(repairs.is_empty(), "well-formed JSON was repaired");
            assert_eq!(Some(video.down_url.as_str()), value["down_url"].as_str());
            assert_eq!(video.title, value["title"].as_str().unwrap_or_default());
            assert_eq!(video.description, value["description"].as_str().unwrap_or_default());
        }
        Ok(_) | Err(_) => {}
    }
}

/// A well-formed object without headers that could say otherwise is what its fields make of it.
fn what_is_plainly_an_answer_is_one(response: &Response<Vec<u8>>, value: &Value, verdict: &Verdict) {
    if response.status() != StatusCode::OK
        || !response.headers().is_empty()
        || response.body().first() != Some(&b'{')
    {
        return;
    }
    if matches!(verdict, Err(ApiError::TooLarge { .. })) {
        return;
    }
    let expected = match (&value["errcode"], &value["news_item"], &value["down_url"]) {
        (Value::Number(code), _, _) if code.as_f64() != Some(0.0) => "fault",
        (Value::String(_), _, _) => return,
        (_, Value::Array(_), _) => "news",
        (_, _, Value::String(_)) => "video",
        _ => "shape",
    };
    let kind = match verdict.as_ref().map(|parsed| &parsed.output) {
        Ok(Material::News(_)) => "news",
        Ok(Material::Video(_)) => "video",
        Ok(_) => "file",
        Err(error) => error.kind(),
    };
    assert_eq!(kind, expected);
}

fn article_reads_as(article: &Article, object: &Value) {
    for (field, name) in [
        (&article.title, "title"),
        (&article.author, "author"),
        (&article.digest, "digest"),
        (&article.content, "content"),
        (&article.url, "url"),
        (&article.thumb_media_id, "thumb_media_id"),
        (&article.thumb_url, "thumb_url"),
        (&article.content_source_url, "content_source_url"),
    ] {
        assert_eq!(field, object[name].as_str().unwrap_or_default(), "{name}");
        // What did not fit the field is not lost.
        assert_eq!(article.extra.get(name), object.get(name).filter(|value| !value.is_string()), "{name}");
    }
}

fn places_lie_in_the_body(response: &Response<Vec<u8>>, verdict: &Verdict) {
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

/// The text that a body is searched for, and that no error may repeat.
const CANARY: &str = "CANARY";

fn an_error_prints_nothing_of_the_body(response: &Response<Vec<u8>>, verdict: &Verdict) {
    let Err(error) = verdict else { return };
    let cause = std::error::Error::source(error).map(|cause| format!("{cause} {cause:?}"));
    let printed = format!("{error} {error:?} {}", cause.unwrap_or_default());
    assert!(!printed.contains(CANARY), "an error repeats the body");
    assert!(response.body().starts_with(error.body()), "an error keeps another body");
    assert!(error.body().len() <= 4096, "an error keeps too much of a body");
}

fn strict_reads_alike_or_refuses(tolerant: &Verdict, strict: &Verdict) {
    match (tolerant, strict) {
        (Ok(tolerant), Ok(strict)) => {
            assert_eq!(tolerant.output, strict.output);
            assert!(strict.repairs.is_empty() && tolerant.repairs.is_empty(), "strict reading repaired");
        }
        (Ok(tolerant), Err(error)) => {
            assert!(!tolerant.repairs.is_empty(), "strict reading refused what needs no repair");
            assert_eq!(error.kind(), "json");
        }
        (Err(error), Ok(_)) => panic!("strict reading took what tolerant reading refused: {error}"),
        (Err(tolerant), Err(strict)) => {
            assert!(tolerant.kind() == strict.kind() || matches!(strict.kind(), "json" | "status"));
        }
    }
}

/// A name that can be created in any folder of Linux, macOS and Windows, and nowhere else.
///
/// # Panics
///
/// If it cannot.
pub fn a_safe_name_is_safe(name: &str) {
    assert!((1..=255).contains(&name.len()), "its length: {name:?}");
    assert!(!name.contains(['/', '\\', ':', '<', '>', '"', '|', '?', '*']), "a reserved character: {name:?}");
    assert!(!name.contains(char::is_control), "a control character: {name:?}");
    let turns_around = |letter: char| matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    assert!(!name.contains(turns_around), "what is read is turned around: {name:?}");
    assert!(!name.starts_with(['.', ' ']) && !name.ends_with(['.', ' ']), "its margins: {name:?}");
    let device = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_port = ["COM", "LPT"].iter().any(|port| {
        device
            .strip_prefix(port)
            .is_some_and(|rest| matches!(rest, "¹" | "²" | "³") || matches!(rest.as_bytes(), [b'0'..=b'9']))
    });
    assert!(
        !is_port && !["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&&*device),
        "a device: {name:?}"
    );
}
