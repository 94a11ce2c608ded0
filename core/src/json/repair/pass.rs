//! The tokenizer that goes over a document once, without recursion: its offsets are those of the original bytes,
//! its time is linear, and nesting costs it one byte a level. What needs no repair is copied in whole spans.

use super::{Broken, Repair, RepairKind};

/// Containers inside each other, as many as `serde_json` takes.
pub(super) const DEEPEST: usize = 127;

pub(super) struct Pass<'b> {
    body: &'b [u8],
    /// Where the pass has come to.
    at: usize,
    /// Up to where the body stands in `text`.
    copied: usize,
    pub(super) text: Vec<u8>,
    pub(super) repairs: Vec<Repair>,
    /// Values that began, and the objects with a field among them.
    pub(super) values: usize,
    pub(super) objects: usize,
}

impl<'b> Pass<'b> {
    pub(super) fn over(body: &'b [u8]) -> Self {
        Self { body, at: 0, copied: 0, text: Vec::new(), repairs: Vec::new(), values: 0, objects: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    fn broken<T>(&self, expected: &'static str) -> Result<T, Broken> {
        Err(Broken { offset: self.at, expected })
    }

    /// Copies what was passed since the last copy.
    pub(super) fn copy(&mut self) {
        if self.text.capacity() == 0 {
            self.text.reserve(self.body.len());
        }
        self.text.extend_from_slice(&self.body[self.copied..self.at]);
        self.copied = self.at;
    }

    /// Puts `with` in the place of `length` bytes from here on.
    fn replace(&mut self, kind: RepairKind, length: usize, with: &[u8]) {
        if self.repairs.len() < Repair::MOST_LISTED {
            self.repairs.push(Repair { kind, offset: self.at });
        }
        self.replace_silently(length, with);
    }

    fn replace_silently(&mut self, length: usize, with: &[u8]) {
        self.copy();
        self.text.extend_from_slice(with);
        self.at += length;
        self.copied = self.at;
    }

    /// A value with what surrounds it, to the body's end. `open` holds the closing bracket of each
    /// container around the present place.
    pub(super) fn document(&mut self) -> Result<(), Broken> {
        if self.body.starts_with(BYTE_ORDER_MARK) {
            self.replace(RepairKind::ByteOrderMark, BYTE_ORDER_MARK.len(), b"");
        }
        let mut open: Vec<u8> = Vec::new();
        self.blank()?;
        loop {
            // A value starts here.
            self.values += 1;
            let opened = match self.peek() {
                Some(b'{') => Some(b'}'),
                Some(b'[') => Some(b']'),
                Some(b'"') => self.string().map(|()| None)?,
                Some(b'-' | b'0'..=b'9') => self.number().map(|()| None)?,
                _ => self.word().map(|()| None)?,
            };
            if let Some(close) = opened {
                if open.len() == DEEPEST {
                    return self.broken("at most 127 containers inside each other");
                }
                self.at += 1;
                self.blank()?;
                if self.peek() != Some(close) {
                    self.objects += usize::from(close == b'}');
                    open.push(close);
                    self.key(close)?;
                    continue;
                }
                self.at += 1;
            }
            // It has ended: close what ends with it, and go to the next.
            loop {
                self.blank()?;
                match (open.last().copied(), self.peek()) {
                    (None, None) => return Ok(()),
                    (None, Some(_)) => return self.broken("nothing after the document"),
                    (Some(close), Some(b',')) => {
                        if self.body.get(self.after_blank(self.at + 1)?) == Some(&close) {
                            self.replace(RepairKind::TrailingComma, 1, b"");
                        } else {
                            self.at += 1;
                            self.blank()?;
                            self.key(close)?;
                            break;
                        }
                    }
                    (Some(close), next) if next == Some(close) => {
                        self.at += 1;
                        open.pop();
                    }
                    (Some(b'}'), _) => return self.broken("`,` or `}`"),
                    (Some(_), _) => return self.broken("`,` or `]`"),
                }
            }
        }
    }

    /// In an object, the key and the colon in front of a value; in an array, nothing.
    fn key(&mut self, close: u8) -> Result<(), Broken> {
        if close == b']' {
            return Ok(());
        }
        if self.peek() != Some(b'"') {
            return self.broken("a key in quotes");
        }
        self.string()?;
        self.blank()?;
        if self.peek() != Some(b':') {
            return self.broken("`:` after the key");
        }
        self.at += 1;
        self.blank()?;
        if self.peek() == Some(b':') {
            self.replace(RepairKind::DoubledColon, 1, b"");
            self.blank()?;
        }
        while self.peek() == Some(b':') {
            self.replace_silently(1, b"");
            self.blank()?;
        }
        Ok(())
    }

    /// Passes white space and drops comments.
    fn blank(&mut self) -> Result<(), Broken> {
        loop {
            self.at = after_white_space(self.body, self.at);
            match comment_end(self.body, self.at)? {
                Some(end) => self.replace(RepairKind::Comment, end - self.at, b""),
                None => return Ok(()),
            }
        }
    }

    /// Where [`blank`](Self::blank) would come to from `at`.
    fn after_blank(&self, mut at: usize) -> Result<usize, Broken> {
        loop {
            at = after_white_space(self.body, at);
            match comment_end(self.body, at)? {
                Some(end) => at = end,
                None => return Ok(at),
            }
        }
    }

    fn word(&mut self) -> Result<(), Broken> {
        let rest = &self.body[self.at..];
        let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
        match &rest[..length.unwrap_or(rest.len())] {
            word @ (b"true" | b"false" | b"null") => {
                self.at += word.len();
                Ok(())
            }
            _ => self.broken("a value"),
        }
    }

    fn number(&mut self) -> Result<(), Broken> {
        let rest = &self.body[self.at..];
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        // Only serde_json knows which numbers serde_json takes.
        if serde_json::from_slice::<f64>(&rest[..length]).is_err() {
            return self.broken("a number that JSON can write and a double can hold");
        }
        self.at += length;
        Ok(())
    }

    fn string(&mut self) -> Result<(), Broken> {
        self.at += 1;
        loop {
            match self.peek() {
                None => return self.broken("a closing quote"),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape(),
                Some(control @ 0..=0x1F) => {
                    let escape = [b'\\', b'u', b'0', b'0', hex_digit(control >> 4), hex_digit(control & 15)];
                    self.replace(RepairKind::ControlCharacter, 1, &escape);
                }
                Some(0x80..) => self.non_ascii(),
                Some(_) => self.at += 1,
            }
        }
    }

    /// A backslash and what belongs to it.
    fn escape(&mut self) {
        let rest = &self.body[self.at..];
        match rest.get(1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => match (code_unit(rest), rest.get(6..).and_then(code_unit)) {
                (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => self.at += 12,
                (Some(0xD800..=0xDFFF), _) => {
                    self.replace(RepairKind::LoneSurrogate, 6, REPLACEMENT_CHARACTER);
                }
                (Some(_), _) => self.at += 6,
                (None, _) => self.replace(RepairKind::InvalidEscape, 1, b"\\\\"),
            },
            // At the very end it escapes nothing; the string is not closed either way.
            _ => self.replace(RepairKind::InvalidEscape, 1, b"\\\\"),
        }
    }

    /// A run of bytes above 0x7F.
    fn non_ascii(&mut self) {
        let rest: &'b [u8] = &self.body[self.at..];
        let length = rest.iter().position(u8::is_ascii).unwrap_or(rest.len());
        for chunk in rest[..length].utf8_chunks() {
            self.at += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                self.replace(RepairKind::InvalidUtf8, chunk.invalid().len(), REPLACEMENT_CHARACTER);
            }
        }
    }
}

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
const REPLACEMENT_CHARACTER: &[u8] = "\u{FFFD}".as_bytes();

fn after_white_space(body: &[u8], at: usize) -> usize {
    let blank = body[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    at + blank.count()
}

/// Where the comment that starts at `at` ends, if one does.
fn comment_end(body: &[u8], at: usize) -> Result<Option<usize>, Broken> {
    let rest = &body[at..];
    if rest.starts_with(b"//") {
        let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        return Ok(Some(at + length.unwrap_or(rest.len())));
    }
    if rest.starts_with(b"/*") {
        return match rest[2..].windows(2).position(|pair| pair == b"*/") {
            Some(length) => Ok(Some(at + 2 + length + 2)),
            None => Err(Broken { offset: body.len(), expected: "`*/` at the end of the comment" }),
        };
    }
    Ok(None)
}

/// The number in a `\u12AB`.
fn code_unit(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}

fn hex_digit(nibble: u8) -> u8 {
    b"0123456789abcdef"[usize::from(nibble)]
}
