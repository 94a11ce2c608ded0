//! The properties of every JSON document, well-formed or not.

use serde_json::{Map, Value};
use wechat_material::http::{Request, Response};
use wechat_material::{
    Access, Answer, ApiError, BuildError, Endpoint, Limit, ParseOptions, Parsed, Repair, Strictness,
};

/// Reads some bytes as the value of a field, and compares the result with `serde_json`.
///
/// A document that `serde_json` accepts must be read to the same value without a repair. Any other document must be repaired
/// to JSON that is not much longer, or refused with a place inside the document. Strict reading must accept exactly the
/// documents that `serde_json` accepts.
///
/// # Panics
///
/// Panics if the result differs.
pub fn check_json(field: &[u8]) {
    let body = [br#"{"field":"#, field, b"}"].concat();
    let expected = serde_json::from_slice::<Map<String, Value>>(&body).ok().map(without_success);
    let tolerant = read(&body, Strictness::Tolerant);
    let strict = read(&body, Strictness::Strict);
    if is_dense(&tolerant) || is_dense(&strict) {
        return;
    }
    match (&expected, &tolerant) {
        (Some(expected), Ok(parsed)) => {
            assert_eq!(expected, &parsed.output, "well-formed JSON was read to a different value");
            assert!(parsed.repairs.is_empty(), "well-formed JSON was repaired");
        }
        // The bytes may contain more fields.
        (Some(expected), Err(ApiError::Fault(fault))) => {
            assert!(expected.contains_key("errcode"), "a fault without an errcode");
            assert_eq!(fault.raw(), expected.get("errmsg").and_then(Value::as_str).unwrap_or_default());
        }
        (Some(_), Err(error)) => panic!("well-formed JSON was refused: {error}"),
        (None, Ok(parsed)) => {
            check_repairs(&parsed.repairs, &body);
            check_length(&parsed.output, &body);
        }
        (None, Err(ApiError::Json { offset, .. })) => {
            assert!(*offset <= body.len(), "a place outside of the document");
        }
        (None, Err(ApiError::Fault(_))) => {}
        (None, Err(error)) => panic!("broken JSON leads to another error: {error}"),
    }
    match (&expected, strict) {
        (Some(expected), Ok(parsed)) => assert_eq!(expected, &parsed.output),
        (Some(_), Err(ApiError::Fault(_))) | (None, Err(ApiError::Json { .. })) => {}
        (Some(_), Err(error)) => panic!("strict reading refused well-formed JSON: {error}"),
        (None, other) => panic!("strict reading accepted broken JSON: {other:?}"),
    }
}

/// Removes an `errcode` of 0 and its `errmsg`, which an endpoint does not get.
fn without_success(mut object: Map<String, Value>) -> Map<String, Value> {
    if object.get("errcode").is_some_and(|code| code == 0 || code == "0") {
        object.remove("errcode");
        if object.get("errmsg").is_some_and(Value::is_string) {
            object.remove("errmsg");
        }
    }
    object
}

/// An endpoint that answers with any object.
struct AnyObject;

impl Endpoint for AnyObject {
    type Target = Access;
    type Output<F> = Map<String, Value>;

    fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
        access.get("/")
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<Map<String, Value>, ApiError> {
        answer.deserialize("an object")
    }
}

fn read(body: &[u8], strictness: Strictness) -> Result<Parsed<Map<String, Value>>, ApiError> {
    let options = ParseOptions::default().strictness(strictness);
    AnyObject.parse_with(&options, Response::new(body.to_vec()))
}

/// Whether a document was refused because it has too many values or is too long.
fn is_dense<T>(read: &Result<T, ApiError>) -> bool {
    matches!(read, Err(ApiError::TooLarge { of: Limit::Memory | Limit::Json, .. }))
}

fn check_repairs(repairs: &[Repair], body: &[u8]) {
    assert!(!repairs.is_empty(), "broken JSON was read without a repair");
    assert!(repairs.len() <= Repair::MAX_LISTED, "too many repairs are listed");
    assert!(repairs.is_sorted_by_key(|repair| repair.offset), "repairs come in another order");
    assert!(repairs.iter().all(|repair| repair.offset < body.len()), "a repair outside");
}

/// Checks that the object can be written as JSON, and that the JSON is at most as long as escaping can make it.
fn check_length(object: &Map<String, Value>, body: &[u8]) {
    let text = serde_json::to_string(object).expect("an object can be written");
    assert!(text.len() <= 6 * body.len(), "{} bytes became {}", body.len(), text.len());
    assert!(serde_json::from_str::<Value>(&text).is_ok(), "the repaired document is not JSON");
}
