//! What a document weighs in memory, so that a small body cannot fill it.

use super::repair;

/// Bytes that a value takes up in the list or object around it, which grows by doubling.
const VALUE: u64 = 64;

/// Bytes that an object takes up from its first field on.
const OBJECT: u64 = 704;

/// Bytes that a document may take up beside its strings: so many for each of its own …
const PER_BYTE: u64 = 16;
/// … and this many more, which is enough for all that WeChat sends.
const AT_LEAST: u64 = 4 << 20;

/// The bytes that a body may take up in memory, if it would take up more.
///
/// Brackets and commas are counted first, wherever they stand, as that costs next to nothing. Only a body that
/// has very many of them is read to see which of them are text.
pub(super) fn exceeds_its_room(body: &[u8]) -> Option<u64> {
    let room = PER_BYTE * body.len() as u64 + AT_LEAST;
    (at_most(body) > room && weight(body) > room).then_some(room)
}

/// What a body weighs beside its strings, as far as it can be read.
fn weight(body: &[u8]) -> u64 {
    let (values, objects) = repair::count(body);
    VALUE * values as u64 + OBJECT * objects as u64
}

/// The most that it can weigh.
fn at_most(body: &[u8]) -> u64 {
    // Counted in bytes, block by block, as that is what compilers turn into vector instructions.
    let count = |block: &[u8], byte: u8| u64::from(block.iter().map(|b| u8::from(*b == byte)).sum::<u8>());
    let blocks = body.chunks(usize::from(u8::MAX)).map(|block| {
        let objects = count(block, b'{');
        OBJECT * objects + VALUE * (objects + count(block, b'[') + count(block, b','))
    });
    VALUE + blocks.sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_never_weighs_more_than_its_brackets_and_commas() {
        for body in
            ["", "1", "[]", "[1,2,[3]]", r#"{"a":1,"b":{"c":[{},{}]}}"#, r#"{"a"::[1,],}"#, r#"["{[,"]"#]
        {
            assert!(weight(body.as_bytes()) <= at_most(body.as_bytes()), "{body}");
        }
        assert_eq!(weight(br#"[{"a":1},{},"{{{{"]"#), 5 * VALUE + OBJECT);
    }

    #[test]
    fn only_a_body_of_many_values_exceeds_its_room() {
        let exceeds = |item: &str, times: usize| {
            exceeds_its_room(format!("[{}0]", item.repeat(times)).as_bytes()).is_some()
        };
        for item in ["0,", "[],", "{},", "{\"\":0},"] {
            assert!(exceeds(item, 400_000), "{item}");
            assert!(!exceeds(item, 5_000), "{item}");
        }
        // The same as text, and an ordinary list.
        for item in ["\"{},{},{},{},{},{},{}\",", "\"sixteen bytes\","] {
            assert!(!exceeds(item, 400_000), "{item}");
        }
    }
}
