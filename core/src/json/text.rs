//! Decodes the bytes between two quotes as text.

use std::ops::Range;
use std::str::Utf8Chunks;

/// A body that is read as UTF-8.
///
/// Nearly all bodies are valid UTF-8, which is checked once. Others are divided, as they are read, into stretches of valid
/// text, each followed by a run of invalid bytes.
pub(super) struct Text<'b> {
    /// The offset of the current stretch.
    start: usize,
    valid: &'b str,
    /// How many bytes after it are not UTF-8.
    invalid: usize,
    rest: Utf8Chunks<'b>,
}

impl<'b> Text<'b> {
    pub(super) fn new(body: &'b [u8]) -> Self {
        match simdutf8::basic::from_utf8(body) {
            Ok(valid) => Self { start: 0, valid, invalid: 0, rest: [].utf8_chunks() },
            Err(_) => Self { start: 0, valid: "", invalid: 0, rest: body.utf8_chunks() },
        }
    }

    /// Appends some bytes of the body. Each run of invalid bytes becomes a U+FFFD, and its offset is passed to `invalid`.
    ///
    /// The bytes must come after those of earlier calls, and must lie between ASCII characters, so that no run extends
    /// beyond them.
    #[inline]
    pub(super) fn append<E>(
        &mut self,
        to: &mut String,
        bytes: Range<usize>,
        invalid: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let inside = bytes.start.wrapping_sub(self.start)..bytes.end.wrapping_sub(self.start);
        match self.valid.get(inside) {
            Some(text) if to.is_empty() => {
                // Most strings are a single piece: allocate exactly what it needs.
                *to = String::from(text);
                Ok(())
            }
            Some(text) => {
                to.push_str(text);
                Ok(())
            }
            None => self.append_stretches(to, bytes, invalid),
        }
    }

    #[cold]
    fn append_stretches<E>(
        &mut self,
        to: &mut String,
        bytes: Range<usize>,
        mut invalid: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut at = bytes.start;
        while at < bytes.end {
            let valid_end = self.start + self.valid.len();
            if at < valid_end {
                let end = valid_end.min(bytes.end);
                to.push_str(&self.valid[at - self.start..end - self.start]);
                at = end;
            } else if at < valid_end + self.invalid {
                invalid(at)?;
                to.push(char::REPLACEMENT_CHARACTER);
                at = valid_end + self.invalid;
            } else if let Some(chunk) = self.rest.next() {
                self.start = valid_end + self.invalid;
                self.valid = chunk.valid();
                self.invalid = chunk.invalid().len();
            } else {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The offset, from `at` on, of the first byte of a string that is special: a quote, a backslash or a control character. If
/// there is none, the length of the body.
///
/// Checks two words of eight bytes at a time. In each result, the lowest set bit belongs to the first special byte.
#[inline]
pub(super) fn end_of_plain(body: &[u8], mut at: usize) -> usize {
    while let Some((first, second)) =
        body.get(at..at + 16).and_then(|block| Some((block.first_chunk()?, block.last_chunk()?)))
    {
        let (first, second) = (special(u64::from_le_bytes(*first)), special(u64::from_le_bytes(*second)));
        if first != 0 {
            return at + (first.trailing_zeros() / 8) as usize;
        }
        if second != 0 {
            return at + 8 + (second.trailing_zeros() / 8) as usize;
        }
        at += 16;
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1F);
    at + body[at..].iter().position(is_special).unwrap_or(body.len() - at)
}

/// Sets the highest bit of each special byte in a word, and perhaps of some bytes after the first special one.
#[inline]
fn special(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Marks each byte that is less than `bound`, which is at most 128: the subtraction borrows.
    let less = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word & (ONES << 7);
    // With the second bit flipped, a quote comes right after the control characters, which only change places.
    less(word ^ (ONES * 0b10), 0x21) | less(word ^ (ONES * u64::from(b'\\')), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_ends_at_the_first_special_byte_at_any_offset() {
        for special in (0..=0x1F).chain([b'"', b'\\']) {
            for plain in [b' ', b'!', b'#', b'[', b']', 0x7F, 0x80, 0xDC, 0xFF] {
                for at in 0..40 {
                    let mut body = vec![plain; 40];
                    assert_eq!(end_of_plain(&body, at), 40);
                    body[at] = special;
                    assert_eq!(end_of_plain(&body, 0), at, "{special} after {plain}");
                    body[39] = special;
                    assert_eq!(end_of_plain(&body, 0), at, "{special} after {plain}");
                }
            }
        }
    }

    #[test]
    fn stretches_and_runs_are_found_from_any_offset() {
        let body = b"a\xFFb, \xE4\xBD\xFF\xE4\xBD\xA0 c\xFF";
        let mut text = Text::new(body);
        let mut append = |bytes| {
            let (mut to, mut invalid) = (String::new(), Vec::new());
            let appended = text.append(&mut to, bytes, |at| {
                invalid.push(at);
                Ok::<(), ()>(())
            });
            assert_eq!(appended, Ok(()));
            (to, invalid)
        };
        assert_eq!(append(0..1), ("a".to_owned(), vec![]));
        assert_eq!(append(0..3), ("a\u{FFFD}b".to_owned(), vec![1]));
        assert_eq!(append(11..12), (" ".to_owned(), vec![]));
        assert_eq!(append(12..14), ("c\u{FFFD}".to_owned(), vec![13]));
    }
}
