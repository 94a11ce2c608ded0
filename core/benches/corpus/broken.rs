//! Documents that need repair and are as hard to repair as possible.

use super::Chance;
use super::article::prose;

/// The bytes that a document is full of.
#[derive(Clone, Copy)]
pub(crate) struct Pattern {
    pub(crate) name: &'static str,
    /// Bytes that are everywhere in its text.
    marks: &'static [&'static [u8]],
    /// Whether its text is in many strings of a list.
    is_list: bool,
    /// Whether each of these marks needs repair. If not, the only repair is at the end.
    pub(crate) is_broken: bool,
}

const fn whole(name: &'static str, marks: &'static [&'static [u8]]) -> Pattern {
    Pattern { name, marks, is_list: false, is_broken: false }
}

pub(crate) const QUOTES: Pattern = whole("quotes", &[br#"\""#]);
pub(crate) const COMMENT_OPENERS: Pattern = whole("comment openers", &[b"/*", b"//", b"/**/"]);
pub(crate) const INVALID_UTF8: Pattern = Pattern {
    is_broken: true,
    ..whole("invalid UTF-8", &[b"\xFF", b"\xE4\xBD", b"\xF0\x9F\x98", b"\xC0\x80", b"\x80"])
};

pub(crate) const PATTERNS: [Pattern; 9] = [
    QUOTES,
    whole("backslashes", &[br"\\"]),
    whole("colons", &[b":", b"::"]),
    whole("commas", &[b",", b",}", b",]"]),
    Pattern { is_list: true, ..whole("commas of a list", &[b","]) },
    whole("slashes", &[br"\/"]),
    COMMENT_OPENERS,
    Pattern { is_broken: true, ..whole("control characters", &[b"\x01", b"\n", b"\t", b"\x1F"]) },
    INVALID_UTF8,
];

/// A body with this pattern, of this many mebibytes.
pub(crate) fn document(pattern: Pattern, mebibytes: usize) -> Vec<u8> {
    let end =
        if pattern.is_broken { r#"],"create_time":1684392107}"# } else { r#"],"create_time":1684392107,}"# };
    let mut chance = Chance(0xB40CE);
    let mut body = br#"{"news_item":[{"title":"t","content":""#.to_vec();
    if pattern.is_list {
        body.extend_from_slice(br#"","keywords":[""#);
    }
    while body.len() < mebibytes << 20 {
        for _ in 0..=chance.below(6) {
            body.extend_from_slice(chance.one_of(pattern.marks));
        }
        let words = chance.below(3);
        body.extend_from_slice(prose(&mut chance, words).as_bytes());
        if pattern.is_list && chance.below(8) == 0 {
            body.extend_from_slice(br#"",""#);
        }
    }
    body.extend_from_slice(if pattern.is_list { br#""]}"# } else { br#""}"# });
    body.extend_from_slice(end.as_bytes());
    body
}
