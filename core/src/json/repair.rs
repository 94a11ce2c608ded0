//! One pass over a document that `serde_json` refused: repairs what has one sure reading, names the place
//! of anything else.

use serde::{Serialize, Serializer};

mod pass;

pub(crate) use self::pass::BYTE_ORDER_MARK;
use self::pass::Pass;
use super::Broken;

/// A place in a body that was not JSON and was read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Repair {
    /// What was done.
    pub kind: RepairKind,
    /// Bytes before the place in the original body.
    pub offset: usize,
}

impl Repair {
    /// How many repairs are listed at most. Further ones are made but not listed, so that a body full of
    /// them costs no more memory than one with a few.
    pub const MOST_LISTED: usize = 1000;
}

/// What is repaired, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RepairKind {
    /// A byte order mark at the start: skipped.
    ByteOrderMark,
    /// One or more colons too many after a key: dropped.
    DoubledColon,
    /// A comma before `}` or `]`: dropped.
    TrailingComma,
    /// `// …` or `/* … */` outside of strings: dropped.
    Comment,
    /// A raw U+0000 to U+001F inside a string: kept as that character.
    ControlCharacter,
    /// A backslash that starts no escape: kept as it stands.
    InvalidEscape,
    /// Half of a surrogate pair: replaced by U+FFFD.
    LoneSurrogate,
    /// Bytes inside a string that are not UTF-8: each maximal run replaced by U+FFFD.
    InvalidUtf8,
}

impl RepairKind {
    /// A short name that stays the same, such as `doubled-colon`; it is serialized as this.
    pub fn name(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "byte-order-mark",
            Self::DoubledColon => "doubled-colon",
            Self::TrailingComma => "trailing-comma",
            Self::Comment => "comment",
            Self::ControlCharacter => "control-character",
            Self::InvalidEscape => "invalid-escape",
            Self::LoneSurrogate => "lone-surrogate",
            Self::InvalidUtf8 => "invalid-utf8",
        }
    }

    /// What a strict reader would have expected at the place.
    fn expected(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "no byte order mark",
            Self::DoubledColon => "a value after one colon",
            Self::TrailingComma => "no comma before the closing bracket",
            Self::Comment => "no comment",
            Self::ControlCharacter => "an escape in place of a control character",
            Self::InvalidEscape => "an escape after the backslash",
            Self::LoneSurrogate => "both halves of a surrogate pair",
            Self::InvalidUtf8 => "UTF-8",
        }
    }
}

impl Serialize for RepairKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A document made well-formed.
pub(super) struct Repaired {
    pub(super) text: Vec<u8>,
    /// In the order of their offsets.
    pub(super) repairs: Vec<Repair>,
}

/// Repairs a document, or says where that is not possible.
pub(super) fn repair(body: &[u8]) -> Result<Repaired, Broken> {
    let mut pass = Pass::over(body);
    pass.document()?;
    pass.copy();
    Ok(Repaired { text: pass.text, repairs: pass.repairs })
}

/// The first place at which a document that is not well-formed departs from JSON.
pub(super) fn first_fault(body: &[u8]) -> Broken {
    let mut pass = Pass::over(body);
    let broken = pass.document().err();
    let repaired =
        pass.repairs.first().map(|repair| Broken { offset: repair.offset, expected: repair.kind.expected() });
    let first = repaired.into_iter().chain(broken).min_by_key(|broken| broken.offset);
    first.unwrap_or(super::NOT_JSON)
}

/// How many values a document has, and how many objects with a field among them; of one that breaks off, those
/// in front of the break.
pub(super) fn count(body: &[u8]) -> (usize, usize) {
    let mut pass = Pass::over(body);
    let _ = pass.document();
    (pass.values, pass.objects)
}

#[cfg(test)]
mod tests {
    use super::RepairKind::*;
    use super::pass::DEEPEST;
    use super::*;

    /// The repaired text and the repairs of a body.
    fn repaired(body: impl AsRef<[u8]>) -> (String, Vec<(RepairKind, usize)>) {
        let repaired = repair(body.as_ref()).unwrap();
        serde_json::from_slice::<serde_json::Value>(&repaired.text).unwrap();
        let repairs = repaired.repairs.iter().map(|repair| (repair.kind, repair.offset)).collect();
        (String::from_utf8(repaired.text).unwrap(), repairs)
    }

    fn broken(body: impl AsRef<[u8]>) -> (usize, &'static str) {
        let broken = repair(body.as_ref()).err().unwrap();
        (broken.offset, broken.expected)
    }

    #[test]
    fn each_kind_is_repaired_at_its_place() {
        let text = |body: &[u8]| repaired(body);
        assert_eq!(text(b"\xEF\xBB\xBF{}"), ("{}".into(), vec![(ByteOrderMark, 0)]));
        assert_eq!(text(br#"{"a"::1}"#), (r#"{"a":1}"#.into(), vec![(DoubledColon, 5)]));
        assert_eq!(text(br#"{"a" : : : 1}"#), (r#"{"a" :   1}"#.into(), vec![(DoubledColon, 7)]));
        assert_eq!(text(b"[1,]"), ("[1]".into(), vec![(TrailingComma, 2)]));
        assert_eq!(text(b"{\"a\":[], }"), ("{\"a\":[] }".into(), vec![(TrailingComma, 7)]));
        assert_eq!(text(b"[1// x\n]"), ("[1\n]".into(), vec![(Comment, 2)]));
        assert_eq!(text(b"/*a*//**/1//"), ("1".into(), vec![(Comment, 0), (Comment, 5), (Comment, 10)]));
        assert_eq!(
            text(b"\"\x08\n\""),
            (r#""\u0008\u000a""#.into(), vec![(ControlCharacter, 1), (ControlCharacter, 2)])
        );
        assert_eq!(text(br#""\d""#), (r#""\\d""#.into(), vec![(InvalidEscape, 1)]));
        assert_eq!(text(br#""\u12G4""#), (r#""\\u12G4""#.into(), vec![(InvalidEscape, 1)]));
        assert_eq!(text(br#""\u1""#), (r#""\\u1""#.into(), vec![(InvalidEscape, 1)]));
        assert_eq!(text(br#""\uD83D!""#), ("\"\u{FFFD}!\"".into(), vec![(LoneSurrogate, 1)]));
        assert_eq!(text(br#""\uDE00\uD83D\uD83D\uDE00""#).1, [(LoneSurrogate, 1), (LoneSurrogate, 7)]);
        assert_eq!(
            text(b"\"\xE4\xBD\xFFa\""),
            ("\"\u{FFFD}\u{FFFD}a\"".into(), vec![(InvalidUtf8, 1), (InvalidUtf8, 3)])
        );
    }

    #[test]
    fn what_is_well_formed_stays_as_it_is() {
        for body in [
            "null",
            " [ ] ",
            "\r\n{\t}\n",
            r#"{"a":{"b":[1,-0.5e+3,1E9,18446744073709551616],"":true},"c":[false,null,{},[]]}"#,
            r#"["\"\\\/\b\f\n\r\t\u12aF\uD83D\uDE00","题 😀","//","/*","{,}:"]"#,
        ] {
            assert!(serde_json::from_str::<serde_json::Value>(body).is_ok(), "{body}");
            assert_eq!(repaired(body), (body.to_owned(), vec![]), "{body}");
        }
    }

    #[test]
    fn repairs_come_in_order_and_meet_in_one_place() {
        let body = b"{\"k\x01\" /*:*/ :/**/:: \"\\\x02\\\xFF\" , //,\n }";
        let (text, repairs) = repaired(body);
        assert_eq!(text, "{\"k\\u0001\"  : \"\\\\\\u0002\\\\\u{FFFD}\"  \n }");
        assert!(repairs.is_sorted_by_key(|(_, offset)| *offset), "{repairs:?}");
        let kinds: Vec<_> = repairs.into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(
            kinds,
            [
                ControlCharacter,
                Comment,
                Comment,
                DoubledColon,
                InvalidEscape,
                ControlCharacter,
                InvalidEscape,
                InvalidUtf8,
                TrailingComma,
                Comment
            ]
        );
    }

    #[test]
    fn what_cannot_be_repaired_is_named_with_its_place() {
        assert_eq!(broken(""), (0, "a value"));
        assert_eq!(broken("{\n  \"title\":TITLE,\n"), (12, "a value"));
        assert_eq!(broken("nullx"), (0, "a value"));
        assert_eq!(broken("[1,,2]"), (3, "a value"));
        assert_eq!(broken("[,]"), (1, "a value"));
        assert_eq!(broken("{,}"), (1, "a key in quotes"));
        assert_eq!(broken("{\"a\":}"), (5, "a value"));
        assert_eq!(broken("{\"a\",1}"), (4, "`:` after the key"));
        assert_eq!(broken("{\"a\":1 \"b\":2}"), (7, "`,` or `}`"));
        assert_eq!(broken("[1}"), (2, "`,` or `]`"));
        assert_eq!(broken("{\"a\":1"), (6, "`,` or `}`"));
        assert_eq!(broken("{\"a"), (3, "a closing quote"));
        assert_eq!(broken("\"\\"), (2, "a closing quote"));
        assert_eq!(broken("[1/*"), (4, "`*/` at the end of the comment"));
        assert_eq!(broken("/*/"), (3, "`*/` at the end of the comment"));
        assert_eq!(broken("{}{}"), (2, "nothing after the document"));
        assert_eq!(broken("[01]").0, 1);
        assert_eq!(broken("[1e999]").0, 1);
        assert_eq!(broken(b"[\xFF]"), (1, "a value"));
        assert_eq!(broken("[\u{FEFF}1]"), (1, "a value"));
    }

    #[test]
    fn containers_go_as_deep_as_serde_json_takes_them() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        for depth in [1, DEEPEST] {
            assert!(serde_json::from_str::<serde_json::Value>(&nested(depth)).is_ok());
            assert!(repair(nested(depth).as_bytes()).is_ok());
        }
        assert!(serde_json::from_str::<serde_json::Value>(&nested(DEEPEST + 1)).is_err());
        assert_eq!(broken(nested(DEEPEST + 1)).0, DEEPEST);
        assert_eq!(broken("{\"a\":".repeat(200_000)).0, DEEPEST * 5);
    }

    #[test]
    fn the_first_fault_is_the_first_departure_from_json() {
        let first = |body: &str| first_fault(body.as_bytes()).offset;
        assert_eq!(first("[1, /**/ 2,]"), 4);
        assert_eq!(first("[1, /**/ x]"), 4);
        assert_eq!(first("[x, /**/ 2]"), 1);
    }

    #[test]
    fn only_so_many_repairs_are_listed() {
        let body = [b"\"".to_vec(), vec![1; 5000], b"\"".to_vec()].concat();
        let (text, repairs) = repaired(body);
        assert_eq!((text.len(), repairs.len()), (2 + 5000 * 6, Repair::MOST_LISTED));
    }
}
