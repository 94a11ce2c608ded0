//! JSON as WeChat sends it: one reader for well-formed JSON and for JSON that needs repair.

use serde_json::Value;

mod fields;
mod reader;
mod repair;
#[cfg(test)]
mod tests;
mod text;
mod weight;

pub(crate) use fields::Fields;
pub(crate) use reader::BYTE_ORDER_MARK;
pub use repair::{Repair, RepairKind};

use self::reader::Reader;

/// What to do with broken JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strictness {
    /// Repair it if there is exactly one possible reading (see [`RepairKind`](crate::RepairKind)), and report
    /// each repair.
    #[default]
    Tolerant,
    /// Refuse it with [`ApiError::Json`](crate::ApiError::Json).
    Strict,
}

/// A document and its repairs.
pub(crate) struct Document {
    pub(crate) value: Value,
    /// Sorted by offset.
    pub(crate) repairs: Vec<Repair>,
}

/// Where a document is broken, in its original bytes, and what was expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) offset: usize,
    pub(crate) expected: &'static str,
}

/// Why a document cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Broken(Broken),
    /// It has so many tiny values that it would take many times its size in memory.
    TooDense {
        /// How many bytes of memory it may take.
        room: u64,
    },
}

/// Reads one document. A document that [`serde_json::Value`] accepts is well-formed: it is read to the same value, without
/// repairs.
pub(crate) fn read(body: &[u8], strictness: Strictness) -> Result<Document, Unreadable> {
    Reader::new(body, strictness).document()
}

/// The line and column of an offset, both from 1. The column counts bytes.
pub(crate) fn place(body: &[u8], offset: usize) -> (usize, usize) {
    let before = &body[..offset];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.split(|byte| *byte == b'\n').count();
    (line, offset - line_start + 1)
}
