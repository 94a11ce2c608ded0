//! Text from the network, made fit for a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What stands for this character where it could move the cursor, colour the screen or turn text around.
pub(crate) fn visible(char: char) -> char {
    match char {
        '\0'..='\x1F' => char::from_u32(0x2400 + u32::from(char)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7F' => '␡',
        '\u{80}'..='\u{9F}'
        | '\u{61C}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        _ => char,
    }
}

/// The text on one line.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// The text on one line, cut to this number of columns.
pub(crate) fn shortened(text: &str, columns: usize) -> String {
    let mut short = String::new();
    let mut width = 0;
    for char in text.chars().map(visible) {
        width += char.width().unwrap_or(0);
        if width > columns {
            short.push('…');
            break;
        }
        short.push(char);
    }
    short
}

/// The text and as many spaces as it is short of `columns`.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width())))
}

/// A number of bytes: `12,345 bytes`.
pub(crate) fn bytes(count: u64) -> String {
    counted(count, "byte")
}

/// A number of things: `1 article`, `3 articles`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A number with its thousands apart: `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_printable() {
        assert_eq!(printable("a\u{1B}[31m\r\n\t\x7F\u{9B}\u{202E}题"), "a␛[31m␍␊␉␡\u{FFFD}\u{FFFD}题");
    }

    #[test]
    fn text_is_cut_and_padded_by_columns() {
        assert_eq!(shortened("清晨的码头", 6), "清晨的…");
        assert_eq!(shortened("清晨的码头", 7), "清晨的…");
        assert_eq!(shortened("清晨的码头", 10), "清晨的码头");
        assert_eq!(padded("清晨", 6), "清晨  ");
        assert_eq!(padded("清晨", 3), "清晨");
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([bytes(1), bytes(1234)], ["1 byte", "1,234 bytes"]);
    }
}
