//! The state of the allocator while time is measured.

use std::hint::black_box;

/// Makes glibc reuse freed memory, as in a process that has run for a while.
///
/// Before it has freed a large block for the first time, it returns each block larger than 128 KB to the system and
/// requests it again the next time. That can take as long as the parsing.
pub(crate) fn settle() {
    drop(black_box(vec![0_u8; 31 << 20]));
}
