//! Repairs of broken JSON that has exactly one possible reading.

use std::fmt;

use serde::{Serialize, Serializer};

/// A repair of broken JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Repair {
    /// What was repaired, and how.
    pub kind: RepairKind,
    /// The position in the original body, in bytes from 0.
    pub offset: usize,
}

impl Repair {
    /// How many repairs are listed at most. Further repairs are made but not listed, so the list takes little memory for
    /// any body.
    pub const MAX_LISTED: usize = 1000;
}

/// `doubled-colon at byte 12`
impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind.name(), self.offset)
    }
}

/// What is repaired, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RepairKind {
    /// A byte order mark at the start: skipped.
    ByteOrderMark,
    /// More than one colon after a key: the others are dropped.
    DoubledColon,
    /// A comma before `}` or `]`: dropped.
    TrailingComma,
    /// `// …` or `/* … */` outside of strings: dropped.
    Comment,
    /// A raw U+0000 to U+001F inside a string: read as that character.
    ControlCharacter,
    /// A backslash that does not start an escape: read as a backslash.
    InvalidEscape,
    /// Half of a surrogate pair: replaced by U+FFFD.
    LoneSurrogate,
    /// Bytes inside a string that are not UTF-8: each maximal run replaced by U+FFFD.
    InvalidUtf8,
}

impl RepairKind {
    /// A short, stable name, such as `doubled-colon`. The kind serializes as this name.
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

    /// What a strict reader expects at this position.
    pub(super) fn expected(self) -> &'static str {
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
