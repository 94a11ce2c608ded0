//! JSON as WeChat sends it: read strictly first, repaired only where that fails.

use serde_json::{Map, Value};

mod repair;
mod weight;

pub(crate) use repair::BYTE_ORDER_MARK;
pub use repair::{Repair, RepairKind};

/// What to do with JSON that is not well-formed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strictness {
    /// Repair what has one sure reading (every [`RepairKind`](crate::RepairKind)) and report it.
    #[default]
    Tolerant,
    /// Refuse it.
    Strict,
}

/// A document, and what had to be repaired to read it.
pub(crate) struct Document {
    pub(crate) value: Value,
    pub(crate) repairs: Vec<Repair>,
}

/// Where a document is broken, in its original bytes, and what should have stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) offset: usize,
    pub(crate) expected: &'static str,
}

/// Why a document cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Broken(Broken),
    /// Read into memory it would be many times its size: it is made of next to nothing but values.
    TooDense {
        /// The bytes of memory that it may take up.
        room: u64,
    },
}

impl From<Broken> for Unreadable {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// Reads one document. Well-formed is what [`serde_json::Value`] accepts; such a document pays next to nothing.
pub(crate) fn read(body: &[u8], strictness: Strictness) -> Result<Document, Unreadable> {
    if let Some(room) = weight::exceeds_its_room(body) {
        return Err(Unreadable::TooDense { room });
    }
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(Document { value, repairs: Vec::new() });
    }
    let repaired = match strictness {
        Strictness::Tolerant => repair::repair(body)?,
        Strictness::Strict => return Err(repair::first_fault(body).into()),
    };
    let value = serde_json::from_slice(&repaired.text).map_err(|_| NOT_JSON)?;
    Ok(Document { value, repairs: repaired.repairs })
}

/// Never seen: what the repairer lets through is well-formed, and what it calls clean is too.
const NOT_JSON: Broken = Broken { offset: 0, expected: "well-formed JSON" };

/// Line and column of an offset: both from 1, the column in bytes.
pub(crate) fn place(body: &[u8], offset: usize) -> (usize, usize) {
    let before = &body[..offset];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.split(|byte| *byte == b'\n').count();
    (line, offset - line_start + 1)
}

/// The fields of an object, to be taken out one by one.
///
/// A field is taken only if it has the right type; whatever stays in the end is what nobody documented, or
/// what came with a type nobody expected.
pub(crate) struct Fields(pub(crate) Map<String, Value>);

impl Fields {
    /// Those of an answer that is no fault: an `errcode` of 0 and its `errmsg` say nothing more.
    pub(crate) fn of_answer(mut answer: Map<String, Value>) -> Self {
        let is_ok = |code: &Value| code == 0 || code == "0";
        if answer.get("errcode").is_some_and(is_ok) {
            answer.remove("errcode");
            if answer.get("errmsg").is_some_and(Value::is_string) {
                answer.remove("errmsg");
            }
        }
        Self(answer)
    }

    fn take<T>(&mut self, name: &str, read: impl FnOnce(&mut Value) -> Option<T>) -> Option<T> {
        let taken = read(self.0.get_mut(name)?);
        if taken.is_some() {
            self.0.remove(name);
        }
        taken
    }

    /// A string; empty when there is none.
    pub(crate) fn text(&mut self, name: &str) -> String {
        self.optional_text(name).unwrap_or_default()
    }

    pub(crate) fn optional_text(&mut self, name: &str) -> Option<String> {
        self.take(name, text)
    }

    /// A list of strings; empty when there is none.
    pub(crate) fn texts(&mut self, name: &str) -> Vec<String> {
        let texts = |value: &mut Value| {
            let list = value.as_array_mut()?;
            if !list.iter().all(Value::is_string) {
                return None;
            }
            list.iter_mut().map(text).collect()
        };
        self.take(name, texts).unwrap_or_default()
    }

    /// 0 or 1, "0" or "1", true or false; false when there is none.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let flag = |value: &mut Value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => number.as_u64().filter(|number| *number <= 1).map(|number| number == 1),
            Value::String(text) => match text.as_str() {
                "0" => Some(false),
                "1" => Some(true),
                _ => None,
            },
            _ => None,
        };
        self.take(name, flag).unwrap_or_default()
    }

    /// A whole number.
    pub(crate) fn integer(&mut self, name: &str) -> Option<i64> {
        self.take(name, |value| value.as_i64())
    }

    /// A list.
    pub(crate) fn list(&mut self, name: &str) -> Option<Vec<Value>> {
        self.take(name, |value| value.as_array_mut().map(std::mem::take))
    }
}

fn text(value: &mut Value) -> Option<String> {
    match value {
        Value::String(text) => Some(std::mem::take(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_bytes_from_one() {
        let body = "{\n  \"题\": x".as_bytes();
        assert_eq!(place(body, 0), (1, 1));
        assert_eq!(place(body, 2), (2, 1));
        assert_eq!(place(body, body.len() - 1), (2, 10));
        assert_eq!(place(b"", 0), (1, 1));
    }

    #[test]
    fn a_field_of_another_type_stays() {
        let object = r#"{"a":5,"b":"x","c":"2","d":[1],"e":null,"f":1.5,"g":["x","y"]}"#;
        let mut fields = Fields(serde_json::from_str(object).unwrap());
        assert_eq!((fields.text("a"), fields.text("b")), (String::new(), "x".to_owned()));
        assert!(!fields.flag("c"));
        assert_eq!((fields.texts("d"), fields.texts("g")), (vec![], vec!["x".to_owned(), "y".to_owned()]));
        assert_eq!((fields.optional_text("e"), fields.integer("f")), (None, None));
        let left: Vec<_> = fields.0.keys().map(String::as_str).collect();
        assert_eq!(left, ["a", "c", "d", "e", "f"]);
    }

    #[test]
    fn flags_are_read_from_numbers_strings_and_booleans() {
        for (json, flag) in [("0", false), ("1", true), ("\"0\"", false), ("\"1\"", true), ("true", true)] {
            let mut fields = Fields(serde_json::from_str(&format!(r#"{{"flag":{json}}}"#)).unwrap());
            assert_eq!((fields.flag("flag"), fields.0.len()), (flag, 0), "{json}");
        }
    }
}
