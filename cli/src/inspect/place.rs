//! Places in a body: their line and column, and a line with a caret under one of them.

use unicode_width::UnicodeWidthChar;

use crate::printable::visible;

/// The most columns of a line that are shown, without the marks where it is cut.
const WINDOW: usize = 74;
/// Bytes that are sure to fill the window: no character has more than four, and none is shown without a
/// column. One character more, as the first may be cut.
const ENOUGH: usize = 4 * (WINDOW + 1);

/// Lines and columns of offsets that come in rising order, in one pass over the body.
pub(super) struct Places<'b> {
    body: &'b [u8],
    offset: usize,
    line: usize,
    line_start: usize,
}

impl<'b> Places<'b> {
    pub(super) fn in_body(body: &'b [u8]) -> Self {
        Self { body, offset: 0, line: 1, line_start: 0 }
    }

    /// Line and column, both from 1, the column in bytes.
    pub(super) fn at(&mut self, offset: usize) -> (usize, usize) {
        for (index, byte) in self.body.iter().enumerate().take(offset).skip(self.offset) {
            if *byte == b'\n' {
                self.line += 1;
                self.line_start = index + 1;
            }
        }
        self.offset = offset;
        (self.line, offset - self.line_start + 1)
    }
}

/// The line of the body that `offset` is in, cut to a window around it, and under it a caret.
pub(super) fn pointed_at(body: &[u8], offset: usize, line: usize) -> String {
    let (before, after) = body.split_at(offset.min(body.len()));
    let before = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut lines = after.split(|byte| *byte == b'\n');
    let after = lines.next().unwrap_or_default();
    let ends_with_line_feed = lines.next().is_some();
    let after = if ends_with_line_feed { after.strip_suffix(b"\r").unwrap_or(after) } else { after };

    let left = glyphs(&before[before.len().saturating_sub(ENOUGH)..]);
    let right = glyphs(&after[..after.len().min(ENOUGH)]);
    // Half of the window for what precedes the place, and more if little follows it.
    let following = width(&right).min(WINDOW / 2);
    let shown_left = fitting(left.iter().rev(), WINDOW - following);
    let shown = &left[left.len() - shown_left..];
    let shown_right = fitting(right.iter(), WINDOW - width(shown));

    let cut_left = if shown_left < left.len() { "…" } else { "" };
    let cut_right = if shown_right < right.len() { "…" } else { "" };
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let caret = " ".repeat(cut_left.chars().count() + width(shown));
    let text: String = shown.iter().chain(&right[..shown_right]).map(|glyph| glyph.char).collect();
    format!("  {number} | {cut_left}{text}{cut_right}\n  {margin} | {caret}^\n")
}

/// A character as it is shown, and its columns.
struct Glyph {
    char: char,
    columns: usize,
}

/// One for each character and for each piece that is not UTF-8. Every one of them has a column at least: a
/// mark that joins its neighbour could not be pointed at.
fn glyphs(bytes: &[u8]) -> Vec<Glyph> {
    let placeholder = Glyph { char: char::REPLACEMENT_CHARACTER, columns: 1 };
    let glyph = |char: char| match visible(char).width() {
        Some(columns @ 1..) => Glyph { char: visible(char), columns },
        Some(0) | None => Glyph { ..placeholder },
    };
    let mut glyphs = Vec::new();
    for chunk in bytes.utf8_chunks() {
        glyphs.extend(chunk.valid().chars().map(glyph));
        if !chunk.invalid().is_empty() {
            glyphs.push(Glyph { ..placeholder });
        }
    }
    glyphs
}

fn width(glyphs: &[Glyph]) -> usize {
    glyphs.iter().map(|glyph| glyph.columns).sum()
}

/// The number of glyphs that fit into this number of columns.
fn fitting<'g>(glyphs: impl Iterator<Item = &'g Glyph>, columns: usize) -> usize {
    let widths = glyphs.scan(0, |width, glyph| {
        *width += glyph.columns;
        Some(*width)
    });
    widths.take_while(|width| *width <= columns).count()
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn offsets_become_lines_and_columns() {
        let mut places = Places::in_body(b"ab\ncd\r\n\ne");
        assert_eq!(
            [0, 2, 3, 5, 7, 8, 9].map(|offset| places.at(offset)),
            [(1, 1), (1, 3), (2, 1), (2, 3), (3, 1), (4, 1), (4, 2),]
        );
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        assert_eq!(pointed_at(b"{\r\n  \"a\": b\r\n}", 10, 2), "  2 |   \"a\": b\n    |        ^\n");
        assert_eq!(pointed_at(b"{", 1, 1), "  1 | {\n    |  ^\n");
        assert_eq!(pointed_at(b"{\n", 2, 2), "  2 | \n    | ^\n");
        assert_eq!(pointed_at(b"", 0, 1), "  1 | \n    | ^\n");
    }

    #[test]
    fn wide_and_unprintable_characters_are_counted_as_they_are_shown() {
        let body = "{\"标题\":\tx}".as_bytes();
        assert_eq!(pointed_at(body, 11, 1), "  1 | {\"标题\":␉x}\n    |          ^\n");
        assert_eq!(pointed_at(b"\xFF\x1B\xE6\xA0x", 4, 1), "  1 | \u{FFFD}␛\u{FFFD}x\n    |    ^\n");
        assert_eq!(
            pointed_at("e\u{301}\u{202E}x".as_bytes(), 6, 1),
            "  1 | e\u{FFFD}\u{FFFD}x\n    |    ^\n"
        );
    }

    #[test]
    fn a_long_line_is_cut_to_a_window_around_the_place() {
        let line = "题".repeat(400_000) + "x" + &"题".repeat(400_000);
        let shown = pointed_at(line.as_bytes(), 1_200_000, 1);
        let (text, caret) = shown.split_once('\n').unwrap();
        assert!(text.starts_with("  1 | …题") && text.ends_with("题…"), "{shown}");
        assert!((70..=82).contains(&text.width()), "{shown}");
        let before_caret = caret.find('^').unwrap();
        assert_eq!(text[..text.find('x').unwrap()].width(), before_caret, "{shown}");

        for (offset, begins, ends) in [(0, false, true), (line.len(), true, false)] {
            let shown = pointed_at(line.as_bytes(), offset, 1);
            assert_eq!((shown.contains("| …"), shown.contains("…\n")), (begins, ends), "{shown}");
            assert!(shown.lines().all(|line| (7..=82).contains(&line.width())), "{shown}");
        }
    }
}
