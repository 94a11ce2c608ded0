//! The bytes between two quotes as text.

use std::ops::Range;
use std::str::Utf8Chunks;

/// A body as UTF-8, as far as it is.
///
/// A body that is UTF-8 from end to end, as nearly all are, is looked at once. Any other is divided into stretches
/// of valid text, each with a run of invalid bytes behind it, as it is read.
pub(super) struct Text<'b> {
    /// Where the present stretch starts.
    start: usize,
    valid: &'b str,
    /// How many bytes behind it are not UTF-8.
    invalid: usize,
    rest: Utf8Chunks<'b>,
}

impl<'b> Text<'b> {
    pub(super) fn of(body: &'b [u8]) -> Self {
        match simdutf8::basic::from_utf8(body) {
            Ok(valid) => Self { start: 0, valid, invalid: 0, rest: [].utf8_chunks() },
            Err(_) => Self { start: 0, valid: "", invalid: 0, rest: body.utf8_chunks() },
        }
    }

    /// Appends some bytes of the body, each run of invalid ones as a U+FFFD. Says where those runs are.
    ///
    /// The bytes lie behind all that were asked for before, and between ASCII characters, so that no run reaches
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
                // Most strings are one such piece: it gets the room it needs, and no more.
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

/// The first byte from `at` on that is not text of a string as it stands: a quote, a backslash or a control
/// character. Without one, the end.
///
/// Looks at eight bytes at a time, twice over: in each word the lowest bit that is set belongs to the first such
/// byte.
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

/// In eight bytes, the highest bit of each that is special (and perhaps of some behind the first).
#[inline]
fn special(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Whether each byte is less than `bound`, which is 128 at most: the subtraction borrows.
    let less = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word & (ONES << 7);
    // With its second bit turned over, a quote follows the control characters, which stay among themselves.
    less(word ^ (ONES * 0b10), 0x21) | less(word ^ (ONES * u64::from(b'\\')), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_ends_at_the_first_special_byte_wherever_it_stands() {
        for special in (0..=0x1F).chain([b'"', b'\\']) {
            for plain in [b' ', b'!', b'#', b'[', b']', 0x7F, 0x80, 0xDC, 0xFF] {
                for at in 0..40 {
                    let mut body = vec![plain; 40];
                    assert_eq!(end_of_plain(&body, at), 40);
                    body[at] = special;
                    assert_eq!(end_of_plain(&body, 0), at, "{special} behind {plain}");
                    body[39] = special;
                    assert_eq!(end_of_plain(&body, 0), at, "{special} behind {plain}");
                }
            }
        }
    }

    #[test]
    fn stretches_and_runs_are_found_from_anywhere() {
        let body = b"a\xFFb, \xE4\xBD\xFF\xE4\xBD\xA0 c\xFF";
        let mut text = Text::of(body);
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
