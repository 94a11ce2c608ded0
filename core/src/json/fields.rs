//! The fields of a JSON object, by type.

use serde_json::{Map, Value};

/// The fields of an object, which are taken out one by one.
///
/// A field is taken only if it has the expected type. The fields that remain are undocumented, or have an unexpected type.
pub(crate) struct Fields(pub(crate) Map<String, Value>);

impl Fields {
    /// The fields of an answer that is not a fault. An `errcode` of 0 and its `errmsg` are dropped.
    pub(crate) fn from_answer(mut answer: Map<String, Value>) -> Self {
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

    /// A string; empty if there is none.
    pub(crate) fn text(&mut self, name: &str) -> String {
        self.optional_text(name).unwrap_or_default()
    }

    pub(crate) fn optional_text(&mut self, name: &str) -> Option<String> {
        self.take(name, text)
    }

    /// A list of strings; empty if there is none.
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

    /// A boolean: 0 or 1, "0" or "1", true or false; false if there is none.
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

    /// A whole number that is not negative.
    pub(crate) fn count(&mut self, name: &str) -> Option<u64> {
        self.take(name, |value| value.as_u64())
    }

    /// An object.
    pub(crate) fn object(&mut self, name: &str) -> Option<Self> {
        self.take(name, |value| value.as_object_mut().map(std::mem::take)).map(Self)
    }

    /// The objects in a list. Other values in the list stay.
    pub(crate) fn objects(&mut self, name: &str) -> Option<Vec<Self>> {
        let (mut objects, mut others) = (Vec::new(), Vec::new());
        for value in self.list(name)? {
            match value {
                Value::Object(object) => objects.push(Self(object)),
                other => others.push(other),
            }
        }
        if !others.is_empty() {
            self.0.insert(name.to_owned(), Value::Array(others));
        }
        Some(objects)
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
    fn a_count_is_a_whole_number_and_not_negative() {
        for (json, count) in [
            ("0", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("-1", None),
            ("1.0", None),
            ("1e3", None),
            ("18446744073709551616", None),
            ("\"5\"", None),
            ("null", None),
            ("true", None),
        ] {
            let mut fields = Fields(serde_json::from_str(&format!(r#"{{"count":{json}}}"#)).unwrap());
            assert_eq!((fields.count("count"), fields.0.is_empty()), (count, count.is_some()), "{json}");
        }
        assert_eq!(Fields(Map::new()).count("count"), None);
    }

    #[test]
    fn objects_are_taken_and_other_values_stay() {
        let object = r#"{"a":[1,{"x":1},null,{}],"b":[{}],"c":{"x":2},"d":[],"e":{},"f":5}"#;
        let mut fields = Fields(serde_json::from_str(object).unwrap());
        let mut count = |name: &str| fields.objects(name).map(|objects| objects.len());
        assert_eq!((count("a"), count("b"), count("c"), count("d")), (Some(2), Some(1), None, Some(0)));
        let mut object = |name: &str| fields.object(name).map(|object| object.0.len());
        assert_eq!((object("c"), object("e"), object("f"), object("g")), (Some(1), Some(0), None, None));
        assert_eq!(Value::Object(fields.0).to_string(), r#"{"a":[1,null],"f":5}"#);
    }

    #[test]
    fn flags_are_read_from_numbers_strings_and_booleans() {
        for (json, flag) in [("0", false), ("1", true), ("\"0\"", false), ("\"1\"", true), ("true", true)] {
            let mut fields = Fields(serde_json::from_str(&format!(r#"{{"flag":{json}}}"#)).unwrap());
            assert_eq!((fields.flag("flag"), fields.0.len()), (flag, 0), "{json}");
        }
        for json in ["2", "-1", "0.5", "\"2\"", "null", "[]", "{}"] {
            let mut fields = Fields(serde_json::from_str(&format!(r#"{{"flag":{json}}}"#)).unwrap());
            assert_eq!((fields.flag("flag"), fields.0.len()), (false, 1), "{json}");
        }
    }
}
