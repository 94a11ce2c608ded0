//! Well-formed documents, documents that are repaired, and documents that cannot be repaired.

use serde_json::{Value, from_str, json};

use super::RepairKind::*;
use super::*;

/// The value of a body, and its repairs.
fn repaired(body: impl AsRef<[u8]>) -> (Value, Vec<(RepairKind, usize)>) {
    let Document { value, repairs } = read(body.as_ref(), Strictness::Tolerant).unwrap();
    (value, repairs.iter().map(|repair| (repair.kind, repair.offset)).collect())
}

fn broken_in(body: impl AsRef<[u8]>, strictness: Strictness) -> (usize, &'static str) {
    match read(body.as_ref(), strictness) {
        Err(Unreadable::Broken(Broken { offset, expected })) => (offset, expected),
        Err(Unreadable::TooDense { .. }) | Ok(_) => panic!("not broken"),
    }
}

fn broken(body: impl AsRef<[u8]>) -> (usize, &'static str) {
    broken_in(body, Strictness::Tolerant)
}

#[test]
fn each_kind_is_repaired_at_its_place() {
    for (body, value, repairs) in [
        (&b"\xEF\xBB\xBF{}"[..], json!({}), vec![(ByteOrderMark, 0)]),
        (br#"{"a"::1}"#, json!({"a": 1}), vec![(DoubledColon, 5)]),
        (br#"{"a" : : : 1}"#, json!({"a": 1}), vec![(DoubledColon, 7)]),
        (b"[1,]", json!([1]), vec![(TrailingComma, 2)]),
        (b"{\"a\":[], }", json!({"a": []}), vec![(TrailingComma, 7)]),
        (b"[1// x\n]", json!([1]), vec![(Comment, 2)]),
        (b"/*a*//**/1//", json!(1), vec![(Comment, 0), (Comment, 5), (Comment, 10)]),
        (b"/*\xFF*/\"\xE4\xBD\xA0\"", json!("你"), vec![(Comment, 0)]),
        (b"\"\x08\n\"", json!("\u{8}\n"), vec![(ControlCharacter, 1), (ControlCharacter, 2)]),
        (br#""\d""#, json!("\\d"), vec![(InvalidEscape, 1)]),
        (br#""\u12G4""#, json!("\\u12G4"), vec![(InvalidEscape, 1)]),
        (br#""\u1""#, json!("\\u1"), vec![(InvalidEscape, 1)]),
        (br#""\uD83D!""#, json!("\u{FFFD}!"), vec![(LoneSurrogate, 1)]),
        (br#""\uD83D\u0041""#, json!("\u{FFFD}A"), vec![(LoneSurrogate, 1)]),
        (
            br#""\uDE00\uD83D\uD83D\uDE00""#,
            json!("\u{FFFD}\u{FFFD}😀"),
            vec![(LoneSurrogate, 1), (LoneSurrogate, 7)],
        ),
        (b"\"\xE4\xBD\xFFa\"", json!("\u{FFFD}\u{FFFD}a"), vec![(InvalidUtf8, 1), (InvalidUtf8, 3)]),
    ] {
        assert_eq!(repaired(body), (value, repairs), "{}", body.escape_ascii());
    }
}

#[test]
fn well_formed_json_needs_no_repair() {
    for body in [
        "null",
        " [ ] ",
        "\r\n{\t}\n",
        r#"{"a":{"b":[1,-0.5e+3,1E9,18446744073709551616],"":true},"c":[false,null,{},[]]}"#,
        r#"["\"\\\/\b\f\n\r\t\u12aF\uD83D\uDE00","题 😀","//","/*","{,}:"]"#,
    ] {
        assert_eq!(repaired(body), (from_str(body).unwrap(), vec![]), "{body}");
    }
}

#[test]
fn repairs_are_sorted_and_can_be_adjacent() {
    let body = b"{\"k\x01\" /*:*/ :/**/:: \"\\\x02\\\xFF\" , //,\n }";
    let (value, repairs) = repaired(body);
    assert_eq!(value, json!({"k\u{1}": "\\\u{2}\\\u{FFFD}"}));
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
fn json_that_cannot_be_repaired_is_reported_with_its_position() {
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
fn containers_can_be_nested_as_deep_as_in_serde_json() {
    const MAX_DEPTH: usize = 127;
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for depth in [1, MAX_DEPTH] {
        assert_eq!(repaired(nested(depth)).0, from_str::<Value>(&nested(depth)).unwrap());
    }
    assert!(from_str::<Value>(&nested(MAX_DEPTH + 1)).is_err());
    assert_eq!(broken(nested(MAX_DEPTH + 1)).0, MAX_DEPTH);
    assert_eq!(broken("{\"a\":".repeat(200_000)).0, MAX_DEPTH * 5);
    // Siblings do not add to the depth.
    assert_eq!(repaired(format!("[{}[]]", "[[]],".repeat(200))).1, []);
}

#[test]
fn strict_reading_ends_at_the_first_repair() {
    let first = |body: &str| broken_in(body, Strictness::Strict);
    assert_eq!(first("[1, /**/ 2,]"), (4, "no comment"));
    assert_eq!(first("[1, /**/ x]").0, 4);
    assert_eq!(first("[x, /**/ 2]"), (1, "a value"));
    assert_eq!(first("[1,]").0, 2);
    assert_eq!(first("{\"a\"::1}").0, 5);
    assert_eq!(first("\"\\\""), (3, "a closing quote"));
    assert_eq!(broken_in(b"[\"a\xFF\", x", Strictness::Strict), (3, "UTF-8"));
}

#[test]
fn the_list_of_repairs_is_limited() {
    let body = [b"\"".to_vec(), vec![1; 5000], b"\"".to_vec()].concat();
    let (value, repairs) = repaired(body);
    assert_eq!((value.as_str().unwrap().len(), repairs.len()), (5000, Repair::MAX_LISTED));
}

#[test]
fn a_place_counts_lines_and_bytes_from_one() {
    let body = "{\n  \"题\": x".as_bytes();
    assert_eq!(place(body, 0), (1, 1));
    assert_eq!(place(body, 2), (2, 1));
    assert_eq!(place(body, body.len() - 1), (2, 10));
    assert_eq!(place(b"", 0), (1, 1));
}
