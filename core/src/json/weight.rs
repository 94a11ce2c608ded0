//! What a document weighs in memory, so that a small body cannot fill it.

use super::Unreadable;

/// Bytes that a document may take up beside its strings: so many for each of its own …
const PER_BYTE: u64 = 16;
/// … and this many more, which is enough for all that WeChat sends.
const AT_LEAST: u64 = 4 << 20;

pub(super) struct Weight {
    bytes: u64,
    room: u64,
}

impl Weight {
    /// Bytes that a value takes up in the list or object around it: thrice its own while that grows by doubling.
    pub(super) const VALUE: u64 = 96;
    /// Bytes that a list takes up from its first value on.
    pub(super) const LIST: u64 = 128;
    /// Bytes that an object takes up, or what it is read into.
    pub(super) const OBJECT: u64 = 704;

    /// None so far, of a document in this body.
    pub(super) fn of(body: &[u8]) -> Self {
        Self { bytes: 0, room: PER_BYTE * body.len() as u64 + AT_LEAST }
    }

    /// Adds so many bytes, while there is room.
    pub(super) fn add(&mut self, bytes: u64) -> Result<(), Unreadable> {
        self.bytes += bytes;
        if self.bytes <= self.room { Ok(()) } else { Err(Unreadable::TooDense { room: self.room }) }
    }
}

#[cfg(test)]
mod tests {
    use crate::json::{Strictness, Unreadable, read};

    #[test]
    fn only_a_body_of_many_values_exceeds_its_room() {
        let exceeds = |item: &str, times: usize| {
            let body = format!("[{}0]", item.repeat(times));
            matches!(read(body.as_bytes(), Strictness::Strict), Err(Unreadable::TooDense { .. }))
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
