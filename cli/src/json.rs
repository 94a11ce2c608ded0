//! JSON as it is printed and saved.

use std::fmt::Write;

use serde::Serialize;

use crate::printable::visible;

/// An object over several lines, and a line end.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    terminated(serde_json::to_string_pretty(value))
}

/// An object on one line, and a line end.
pub(crate) fn compact(value: &impl Serialize) -> String {
    terminated(serde_json::to_string(value))
}

fn terminated(json: serde_json::Result<String>) -> String {
    let json = json.expect("keys are strings, and nothing refuses to be serialized");
    escaped(&json) + "\n"
}

/// The same JSON with escapes for what a terminal obeys. `serde_json` escapes what JSON forbids, but U+007F to
/// U+009F and marks that turn text around stand as they are.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len() + 1);
    for char in json.chars() {
        if char == '\n' || visible(char) == char {
            escaped.push(char);
        } else {
            let _ = write!(escaped, "\\u{:04x}", u32::from(char));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_means_the_same() {
        let text = "a\u{1B}\u{9B}31m\u{202E}\x7F\n题";
        let json = compact(&text);
        assert_eq!(json, "\"a\\u001b\\u009b31m\\u202e\\u007f\\n题\"\n");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
