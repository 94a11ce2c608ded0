//! Limits the memory that a document takes, so that a small body cannot use up all of it.

use super::Unreadable;

/// How many bytes of memory a document may take besides its strings, for each byte of the body.
const MAX_PER_BYTE: u64 = 16;
/// How many bytes it may take in addition. This is enough for every answer of WeChat.
const MAX_ADDITIONAL: u64 = 4 << 20;

pub(super) struct Weight {
    bytes: u64,
    room: u64,
}

impl Weight {
    /// Bytes for a value in a list or object: three times its size, as the list or object doubles when it grows.
    pub(super) const VALUE: u64 = 96;
    /// Bytes for a list that is not empty.
    pub(super) const LIST: u64 = 128;
    /// Bytes for an object, or for the type that it is read into.
    pub(super) const OBJECT: u64 = 704;

    /// The weight of an empty document in this body.
    pub(super) fn new(body: &[u8]) -> Self {
        Self { bytes: 0, room: MAX_PER_BYTE * body.len() as u64 + MAX_ADDITIONAL }
    }

    /// Adds bytes, or fails if the limit is exceeded.
    pub(super) fn add(&mut self, bytes: u64) -> Result<(), Unreadable> {
        self.bytes += bytes;
        if self.bytes <= self.room { Ok(()) } else { Err(Unreadable::TooDense { room: self.room }) }
    }
}

#[cfg(test)]
mod tests {
    use crate::json::{Strictness, Unreadable, read};

    #[test]
    fn only_a_body_of_many_values_exceeds_its_limit() {
        let exceeds = |item: &str, times: usize| {
            let body = format!("[{}0]", item.repeat(times));
            matches!(read(body.as_bytes(), Strictness::Strict), Err(Unreadable::TooDense { .. }))
        };
        for item in ["0,", "[],", "{},", "{\"\":0},"] {
            assert!(exceeds(item, 400_000), "{item}");
            assert!(!exceeds(item, 5_000), "{item}");
        }
        // The same bytes as text, and an ordinary list.
        for item in ["\"{},{},{},{},{},{},{}\",", "\"sixteen bytes\","] {
            assert!(!exceeds(item, 400_000), "{item}");
        }
    }
}
