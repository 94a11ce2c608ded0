//! Recorded responses with one change.

use fastrand::Rng;
use serde_json::Value;

/// Makes one change to a recording, which has the format of [`recorded::read`](crate::recorded::read).
///
/// It changes a line of the head (if there is a head), a field of a JSON body (which is serialized again), or a byte. The seed
/// determines the place and the new value. The new value may equal the old one.
///
/// ```
/// # use wechat_material_tests::mutate_once;
/// let recording = b"HTTP/1.1 200 OK\r\n\r\n{\"news_item\":[]}";
/// assert_ne!(mutate_once(recording, 7), recording);
/// assert_eq!(mutate_once(recording, 7), mutate_once(recording, 7));
/// ```
pub fn mutate_once(recording: &[u8], seed: u64) -> Vec<u8> {
    let mut rng = Rng::with_seed(seed);
    let (head, body) = recording.split_at(length_of_head(recording));
    match rng.u8(..4) {
        0 if !head.is_empty() => [&change_line(head, &mut rng), body].concat(),
        1 => [head, &change_byte(body, &mut rng)].concat(),
        _ => match change_field(body, &mut rng) {
            Some(changed) => [head, &changed].concat(),
            None => [head, &change_byte(body, &mut rng)].concat(),
        },
    }
}

/// The length of the head, including the empty line at its end. It is 0 if there is no head.
fn length_of_head(recording: &[u8]) -> usize {
    if !recording.starts_with(b"HTTP/") {
        return 0;
    }
    let ends = |end: &[u8]| {
        recording
            .windows(end.len())
            .position(|window| window == end)
            .map_or(recording.len(), |at| at + end.len())
    };
    ends(b"\n\n").min(ends(b"\n\r\n"))
}

const LINES: &[&str] = &[
    "Content-Type: text/plain",
    "Content-Type: application/json; encoding=utf-8",
    "Content-Type: text/html",
    "Content-Type: image/jpeg",
    "Content-Type: application/octet-stream",
    "Content-Disposition: attachment; filename=\"1.jpg\"",
    "Content-Disposition: attachment; filename=\"../con.jpg\"; filename*=utf-8''%E6%B5%8B%2F.exe",
    "Content-Disposition: inline",
    "Content-Encoding: gzip",
    "Content-Encoding: identity",
    "Content-Length: 0",
    "Content-Length: 7",
    "Content-Length: 18446744073709551616",
    "Transfer-Encoding: chunked",
];

const STATUS_LINES: &[&str] = &[
    "HTTP/1.1 200 OK",
    "HTTP/1.1 206 Partial",
    "HTTP/1.1 302 Found",
    "HTTP/1.1 429 Slow",
    "HTTP/1.1 502 Bad",
];

/// Changes the status, or adds, removes or replaces a header.
fn change_line(head: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = head.split_inclusive(|byte| *byte == b'\n').collect();
    let status = [one_of(STATUS_LINES, rng).as_bytes(), b"\r\n"].concat();
    let header = [one_of(LINES, rng).as_bytes(), b"\r\n"].concat();
    let count = lines.len();
    match rng.u8(..4) {
        1 if count > 2 => drop(lines.remove(rng.usize(1..count - 1))),
        2 if count > 2 => lines[rng.usize(1..count - 1)] = &header,
        3 if count > 1 => lines.insert(1, &header),
        _ => lines[0] = &status,
    }
    lines.concat()
}

/// Replaces, inserts or removes a byte, or flips one of its bits.
fn change_byte(body: &[u8], rng: &mut Rng) -> Vec<u8> {
    const SPECIAL: &[u8] = b"{}[]\",:\\/* 0\n\x00\x0C\x1F\x7F\x80\xEF\xFF";
    let mut body = body.to_vec();
    let at = rng.usize(..=body.len());
    let byte = if rng.bool() { SPECIAL[rng.usize(..SPECIAL.len())] } else { rng.u8(..) };
    match body.get_mut(at).map(|old| (rng.u8(..4), old)) {
        Some((0, old)) => *old = byte,
        Some((1, old)) => *old ^= 1 << rng.u8(..8),
        Some((2, _)) => drop(body.remove(at)),
        Some(_) | None => body.insert(at, byte),
    }
    body
}

const NAMES: &[&str] = &[
    "errcode",
    "errmsg",
    "news_item",
    "title",
    "content",
    "show_cover_pic",
    "create_time",
    "down_url",
    "tags",
    "é",
];

/// New values of a field: of the right type, of a wrong type, broken but repairable, and not repairable.
const VALUES: &[&str] = &[
    "0",
    "1",
    "-1",
    "40001",
    "40001.0",
    "1e400",
    "9223372036854775808",
    "\"0\"",
    "\"\"",
    "\"ok hint: [x] rid: 6413208f-1ae7191d-6edfb203\"",
    "true",
    "null",
    "[]",
    "[{}]",
    "[[]]",
    "{}",
    "{\"errcode\":1,\"errmsg\":\"\"}",
    ":1",
    "[1,]",
    "1/**/",
    "1//\n",
    "\"\u{8}\"",
    "\"\\d\"",
    "\"\\ud83d\"",
    "\"\\ud83d\\ude00\"",
    "\"",
    "word",
    "1 1",
    "[1,,2]",
    "{\"a\"}",
    "1/*",
    "01",
    "\"http://a/mp/mp/video?x\"",
];

/// Changes a name, or a value together with everything inside it.
fn change_field(body: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let chosen = rng.usize(..count(&value));
    let mut change = Change { left: chosen, rng, text: String::new() };
    change.write(&value);
    Some(change.text.into_bytes())
}

/// The number of values inside a value, including itself.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(values) => values.iter().map(count).sum::<usize>(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Writes a document with one change.
struct Change<'r> {
    /// The number of values before the one to change.
    left: usize,
    rng: &'r mut Rng,
    text: String,
}

impl Change<'_> {
    /// Whether the next value is the one to change.
    fn is_here(&mut self) -> bool {
        let is_here = self.left == 0;
        self.left = self.left.wrapping_sub(1);
        is_here
    }

    fn write(&mut self, value: &Value) {
        if self.is_here() {
            self.text.push_str(one_of(VALUES, self.rng));
            return;
        }
        match value {
            Value::Array(values) => self.write_between('[', values, ']', Self::write),
            Value::Object(fields) => {
                self.write_between('{', fields, '}', |change, (name, value)| change.write_field(name, value));
            }
            leaf => self.text.push_str(&leaf.to_string()),
        }
    }

    fn write_between<T>(
        &mut self,
        open: char,
        all: impl IntoIterator<Item = T>,
        close: char,
        write: impl Fn(&mut Self, T),
    ) {
        self.text.push(open);
        for (number, one) in all.into_iter().enumerate() {
            if number > 0 {
                self.text.push(',');
            }
            write(self, one);
        }
        self.text.push(close);
    }

    fn write_field(&mut self, name: &str, value: &Value) {
        // In half of the cases, the name of the chosen value is changed instead, or the field is written twice.
        let (is_next, how) = (self.left == 0, self.rng.u8(..4));
        if is_next && how == 0 {
            self.left = usize::MAX;
            let other = one_of(NAMES, self.rng);
            self.write_name(other);
        } else if is_next && how == 1 {
            self.write_name(name);
            self.write(value);
            self.text.push(',');
            self.write_name(name);
        } else {
            self.write_name(name);
        }
        self.write(value);
    }

    fn write_name(&mut self, name: &str) {
        self.text.push_str(&Value::from(name).to_string());
        self.text.push(':');
    }
}

fn one_of(all: &[&'static str], rng: &mut Rng) -> &'static str {
    all[rng.usize(..all.len())]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::recorded;

    const NEWS: &str = r#"{"create_time":2,"news_item":[{"show_cover_pic":1,"title":"t"}]}"#;

    fn changes(recording: &str) -> BTreeSet<Vec<u8>> {
        (0..2000).map(|seed| mutate_once(recording.as_bytes(), seed)).collect()
    }

    #[test]
    fn one_line_field_or_byte_is_changed() {
        let recording = format!("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n{NEWS}");
        let all = changes(&recording);
        assert!(all.len() > 500, "{}", all.len());
        let has = |part: &str| all.iter().any(|changed| String::from_utf8_lossy(changed) == part);
        assert!(has(&recording.replace("200 OK", "502 Bad")));
        assert!(has(&recording.replace("Server: x\r\n", "")));
        assert!(has(&recording.replace("Server: x", "Content-Encoding: gzip")));
        assert!(has(&recording.replace("\"t\"", "null")));
        assert!(has(&recording.replace("[{\"show_cover_pic\":1,\"title\":\"t\"}]", "40001")));
        assert!(has(&recording.replace("create_time", "errcode")));
        assert!(has(&recording.replace(":2,", ":-1,\"create_time\":2,")));
        assert!(has(&recording.replace("}]", "]")));
    }

    #[test]
    fn a_changed_recording_can_still_be_read() {
        for recording in ["", "{}", "HTTP/1.1 200\n\n", "HTTP/1.1 200 OK\nServer: x\n\n\u{1}binary", NEWS] {
            for changed in changes(recording) {
                assert!(recorded::read(&changed).is_ok(), "{:?}", String::from_utf8_lossy(&changed));
                assert!(changed.len() < recording.len() + 150);
            }
        }
    }
}
