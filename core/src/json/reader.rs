//! Reads a document in one pass over its original bytes, so that every offset refers to them. Broken JSON
//! with exactly one possible reading is repaired in the same pass.
//!
//! The time is linear, and the depth is limited to [`MAX_DEPTH`]. The reader accepts the same documents without repair as
//! `serde_json`: tests and fuzzing compare the two.

use serde_json::{Map, Value};

use super::text::{Text, end_of_plain};
use super::weight::Weight;
use super::{Broken, Document, Repair, RepairKind, Strictness, Unreadable};

/// How deep containers can be nested. It is the limit of `serde_json`.
const MAX_DEPTH: usize = 127;

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

type Read<T> = Result<T, Unreadable>;

pub(super) struct Reader<'b> {
    body: &'b [u8],
    text: Text<'b>,
    strictness: Strictness,
    /// The offset of the next byte.
    at: usize,
    /// How many containers are open.
    depth: usize,
    weight: Weight,
    repairs: Vec<Repair>,
}

impl<'b> Reader<'b> {
    pub(super) fn new(body: &'b [u8], strictness: Strictness) -> Self {
        Self {
            body,
            text: Text::new(body),
            strictness,
            at: 0,
            depth: 0,
            weight: Weight::new(body),
            repairs: Vec::new(),
        }
    }

    /// Reads the whole body: a value with white space and comments around it.
    pub(super) fn document(mut self) -> Read<Document> {
        if self.body.starts_with(BYTE_ORDER_MARK) {
            self.repair(RepairKind::ByteOrderMark)?;
            self.at = BYTE_ORDER_MARK.len();
        }
        self.blank()?;
        let value = self.value()?;
        self.blank()?;
        if self.peek().is_some() {
            return self.broken("nothing after the document");
        }
        Ok(Document { value, repairs: self.repairs })
    }

    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    #[cold]
    fn broken<T>(&self, expected: &'static str) -> Read<T> {
        Err(Unreadable::Broken(Broken { offset: self.at, expected }))
    }

    /// Records a repair at this offset.
    #[cold]
    fn repair(&mut self, kind: RepairKind) -> Read<()> {
        note(self.strictness, &mut self.repairs, kind, self.at)
    }

    fn value(&mut self) -> Read<Value> {
        self.weight.add(Weight::VALUE)?;
        match self.peek() {
            Some(b'"') => self.string().map(Value::String),
            Some(b'{') => self.object(),
            Some(b'[') => self.list(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn object(&mut self) -> Read<Value> {
        // Empty objects count too: each may become an article, with space for all its fields.
        self.weight.add(Weight::OBJECT)?;
        let mut object = Map::new();
        if !self.opens(b'}')? {
            return Ok(Value::Object(object));
        }
        loop {
            let key = self.key()?;
            object.insert(key, self.value()?);
            if !self.continues(b'}', "`,` or `}`")? {
                return Ok(Value::Object(object));
            }
        }
    }

    fn list(&mut self) -> Read<Value> {
        let mut list = Vec::new();
        if !self.opens(b']')? {
            return Ok(Value::Array(list));
        }
        self.weight.add(Weight::LIST)?;
        loop {
            list.push(self.value()?);
            if !self.continues(b']', "`,` or `]`")? {
                return Ok(Value::Array(list));
            }
        }
    }

    /// Skips an opening bracket. If the closing bracket follows, skips it too and returns false.
    fn opens(&mut self, close: u8) -> Read<bool> {
        if self.depth == MAX_DEPTH {
            return self.broken("at most 127 containers inside each other");
        }
        self.at += 1;
        self.blank()?;
        let is_empty = self.peek() == Some(close);
        if is_empty {
            self.at += 1;
        } else {
            self.depth += 1;
        }
        Ok(!is_empty)
    }

    /// Skips a comma and returns true if another value follows. Otherwise skips the closing bracket.
    fn continues(&mut self, close: u8, expected: &'static str) -> Read<bool> {
        self.blank()?;
        if self.peek() == Some(b',') {
            let next = self.after_blank(self.at + 1)?;
            if self.body.get(next) != Some(&close) {
                self.at += 1;
                self.blank()?;
                return Ok(true);
            }
            self.repair(RepairKind::TrailingComma)?;
            self.at += 1;
            self.blank()?;
        }
        if self.peek() != Some(close) {
            return self.broken(expected);
        }
        self.at += 1;
        self.depth -= 1;
        Ok(false)
    }

    /// Reads a key and skips the colon after it.
    fn key(&mut self) -> Read<String> {
        if self.peek() != Some(b'"') {
            return self.broken("a key in quotes");
        }
        let key = self.string()?;
        self.blank()?;
        if self.peek() != Some(b':') {
            return self.broken("`:` after the key");
        }
        self.at += 1;
        self.blank()?;
        if self.peek() == Some(b':') {
            self.repair(RepairKind::DoubledColon)?;
        }
        while self.peek() == Some(b':') {
            self.at += 1;
            self.blank()?;
        }
        Ok(key)
    }

    /// Skips white space and comments.
    fn blank(&mut self) -> Read<()> {
        loop {
            self.at = after_white_space(self.body, self.at);
            match comment_end(self.body, self.at)? {
                Some(end) => {
                    self.repair(RepairKind::Comment)?;
                    self.at = end;
                }
                None => return Ok(()),
            }
        }
    }

    /// The offset after white space and comments, like [`blank`](Self::blank) from `at`.
    fn after_blank(&self, mut at: usize) -> Read<usize> {
        loop {
            at = after_white_space(self.body, at);
            match comment_end(self.body, at)? {
                Some(end) => at = end,
                None => return Ok(at),
            }
        }
    }

    fn word(&mut self) -> Read<Value> {
        let rest = &self.body[self.at..];
        let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
        let word = &rest[..length.unwrap_or(rest.len())];
        let value = match word {
            b"true" => Value::Bool(true),
            b"false" => Value::Bool(false),
            b"null" => Value::Null,
            _ => return self.broken("a value"),
        };
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Read<Value> {
        let rest = &self.body[self.at..];
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        // serde_json parses the number, so the same numbers are accepted.
        let Ok(number) = serde_json::from_slice(&rest[..length]) else {
            return self.broken("a number that is valid in JSON and fits into a double");
        };
        self.at += length;
        Ok(Value::Number(number))
    }

    fn string(&mut self) -> Read<String> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let end = end_of_plain(self.body, self.at);
            let (strictness, repairs) = (self.strictness, &mut self.repairs);
            self.text.append(&mut string, self.at..end, |at| {
                note(strictness, repairs, RepairKind::InvalidUtf8, at)
            })?;
            self.at = end;
            match self.peek() {
                Some(b'\\') => match self.body.get(self.at + 1).and_then(|escape| unescaped(*escape)) {
                    Some(character) => {
                        string.push(character);
                        self.at += 2;
                    }
                    None => self.rare_escape(&mut string)?,
                },
                Some(b'"') => {
                    self.at += 1;
                    string.shrink_to_fit();
                    return Ok(string);
                }
                Some(control) => {
                    self.repair(RepairKind::ControlCharacter)?;
                    string.push(char::from(control));
                    self.at += 1;
                }
                None => return self.broken("a closing quote"),
            }
        }
    }

    /// Reads `\u12AB`, or a backslash that does not start an escape.
    fn rare_escape(&mut self, string: &mut String) -> Read<()> {
        let rest = &self.body[self.at..];
        let Some(unit) = code_unit(rest) else {
            self.repair(RepairKind::InvalidEscape)?;
            string.push('\\');
            // At the end of the body it escapes nothing, and the string is not closed in either case.
            self.at += 1;
            return Ok(());
        };
        // The second unit only matters after the first half of a pair.
        let units = [unit, rest.get(6..).and_then(code_unit).unwrap_or_default()];
        let (character, length) = if let Some(Ok(character)) = char::decode_utf16(units).next() {
            (character, 6 * character.len_utf16())
        } else {
            self.repair(RepairKind::LoneSurrogate)?;
            (char::REPLACEMENT_CHARACTER, 6)
        };
        string.push(character);
        self.at += length;
        Ok(())
    }
}

fn note(strictness: Strictness, repairs: &mut Vec<Repair>, kind: RepairKind, offset: usize) -> Read<()> {
    match strictness {
        Strictness::Strict => Err(Unreadable::Broken(Broken { offset, expected: kind.expected() })),
        Strictness::Tolerant => {
            if repairs.len() < Repair::MAX_LISTED {
                repairs.push(Repair { kind, offset });
            }
            Ok(())
        }
    }
}

fn after_white_space(body: &[u8], at: usize) -> usize {
    let blank = body[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    at + blank.count()
}

/// The end of the comment that starts at `at`, if there is one.
#[inline]
fn comment_end(body: &[u8], at: usize) -> Read<Option<usize>> {
    if body.get(at) != Some(&b'/') {
        return Ok(None);
    }
    let rest = &body[at..];
    if rest.starts_with(b"//") {
        let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        return Ok(Some(at + length.unwrap_or(rest.len())));
    }
    if rest.starts_with(b"/*") {
        return match rest[2..].windows(2).position(|pair| pair == b"*/") {
            Some(length) => Ok(Some(at + 2 + length + 2)),
            None => Err(Unreadable::Broken(Broken {
                offset: body.len(),
                expected: "`*/` at the end of the comment",
            })),
        };
    }
    Ok(None)
}

/// The character that a backslash and one more character stand for.
#[inline]
fn unescaped(escape: u8) -> Option<char> {
    // A table, because branches on the next escape cannot be predicted.
    const TABLE: [u8; 256] = {
        let mut table = [0; 256];
        let mut at = 0;
        while at < ESCAPES.len() {
            table[ESCAPES[at].0 as usize] = ESCAPES[at].1;
            at += 1;
        }
        table
    };
    const ESCAPES: [(u8, u8); 8] = [
        (b'"', b'"'),
        (b'\\', b'\\'),
        (b'/', b'/'),
        (b'b', 0x08),
        (b'f', 0x0C),
        (b'n', b'\n'),
        (b'r', b'\r'),
        (b't', b'\t'),
    ];
    // With the mask the compiler knows that it is ASCII, so it is cheap to append.
    Some(TABLE[usize::from(escape)]).filter(|byte| *byte != 0).map(|byte| char::from(byte & 0x7F))
}

/// The number in `\u12AB`.
fn code_unit(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(16 * unit + u16::try_from(digit).ok()?)
    })
}
