//! What holds for every JSON document, broken or not.

use serde_json::{Map, Value};
use wechat_material::http::Response;
use wechat_material::{ApiError, Authorization, Limit, ParseOptions, Parsed, Repair, Strictness, parse_json};

/// Reads some bytes as the value of a field, and sees that what `serde_json` takes is read to the same without a repair,
/// that anything else is repaired, to JSON that is not much longer, or refused at a place within it, and that strict
/// reading takes neither more nor less than `serde_json`.
///
/// # Panics
///
/// Where that is not so.
pub fn reads_as_serde_json_reads_it_or_says_where_not(field: &[u8]) {
    let body = [br#"{"field":"#, field, b"}"].concat();
    let expected = serde_json::from_slice::<Map<String, Value>>(&body).ok();
    let tolerant = read(&body, Strictness::Tolerant);
    let strict = read(&body, Strictness::Strict);
    if is_dense(&tolerant) || is_dense(&strict) {
        return;
    }
    match (&expected, &tolerant) {
        (Some(expected), Ok(parsed)) => {
            assert_eq!(expected, &parsed.output, "well-formed JSON was read to something else");
            assert!(parsed.repairs.is_empty(), "well-formed JSON was repaired");
        }
        // The field can bring others along.
        (Some(expected), Err(ApiError::Fault(fault))) => {
            assert!(expected.contains_key("errcode"), "a fault out of nothing");
            assert_eq!(fault.raw(), expected.get("errmsg").and_then(Value::as_str).unwrap_or_default());
        }
        (Some(_), Err(error)) => panic!("well-formed JSON was refused: {error}"),
        (None, Ok(parsed)) => {
            are_repairs_of(&parsed.repairs, &body);
            is_json_of_about_the_length_of(&parsed.output, &body);
        }
        (None, Err(ApiError::Json { offset, .. })) => assert!(*offset <= body.len(), "a place outside"),
        (None, Err(ApiError::Fault(_))) => {}
        (None, Err(error)) => panic!("broken JSON is {error}"),
    }
    match (&expected, strict) {
        (Some(expected), Ok(parsed)) => assert_eq!(expected, &parsed.output),
        (Some(_), Err(ApiError::Fault(_))) | (None, Err(ApiError::Json { .. })) => {}
        (Some(_), Err(error)) => panic!("strict reading refused well-formed JSON: {error}"),
        (None, other) => panic!("strict reading took broken JSON: {other:?}"),
    }
}

fn read(body: &[u8], strictness: Strictness) -> Result<Parsed<Map<String, Value>>, ApiError> {
    let options = ParseOptions::default().strictness(strictness);
    parse_json(Authorization::AccessToken, &options, Response::new(body.to_vec()))
}

/// Whether a document is made of so many values that reading it would take too much memory, or is longer than anyone
/// reads.
fn is_dense<T>(read: &Result<T, ApiError>) -> bool {
    matches!(read, Err(ApiError::TooLarge { of: Limit::Memory | Limit::Json, .. }))
}

fn are_repairs_of(repairs: &[Repair], body: &[u8]) {
    assert!(!repairs.is_empty(), "broken JSON was read without a repair");
    assert!(repairs.len() <= Repair::MOST_LISTED, "too many repairs are listed");
    assert!(repairs.is_sorted_by_key(|repair| repair.offset), "repairs come in another order");
    assert!(repairs.iter().all(|repair| repair.offset < body.len()), "a repair outside");
}

/// What was read is JSON when it is written again, and no longer than escapes make it.
fn is_json_of_about_the_length_of(object: &Map<String, Value>, body: &[u8]) {
    let text = serde_json::to_string(object).expect("an object can be written");
    assert!(text.len() <= 6 * body.len(), "{} bytes made {}", body.len(), text.len());
    assert!(serde_json::from_str::<Value>(&text).is_ok(), "what was repaired is no JSON");
}
