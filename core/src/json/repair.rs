//! What is not well-formed and has one sure reading all the same.

use std::fmt;

use serde::{Serialize, Serializer};

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
