//! JSON as WeChat sends it: one reader for what is well-formed and for what needs repair.

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

/// What to do with JSON that is not well-formed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strictness {
    /// Repair what has one sure reading (every [`RepairKind`](crate::RepairKind)) and report it.
    #[default]
    Tolerant,
    /// Refuse it.
    Strict,
}

/// A document, and what had to be repaired to read it.
pub(crate) struct Document {
    pub(crate) value: Value,
    /// In the order of their offsets.
    pub(crate) repairs: Vec<Repair>,
}

/// Where a document is broken, in its original bytes, and what should have stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) offset: usize,
    pub(crate) expected: &'static str,
}

/// Why a document cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Broken(Broken),
    /// Read into memory it would be many times its size: it is made of next to nothing but values.
    TooDense {
        /// The bytes of memory that it may take up.
        room: u64,
    },
}

/// Reads one document. Well-formed is what [`serde_json::Value`] accepts; it is read to the same value and
/// needs no repair.
pub(crate) fn read(body: &[u8], strictness: Strictness) -> Result<Document, Unreadable> {
    Reader::over(body, strictness).document()
}

/// Line and column of an offset: both from 1, the column in bytes.
pub(crate) fn place(body: &[u8], offset: usize) -> (usize, usize) {
    let before = &body[..offset];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.split(|byte| *byte == b'\n').count();
    (line, offset - line_start + 1)
}
