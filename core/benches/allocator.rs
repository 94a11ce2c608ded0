//! The state of the allocator in which time is measured.

use std::hint::black_box;

/// Has glibc keep the memory that is freed from now on, as in a process that has run for a while.
///
/// Until it has freed a large block once, it returns each that is larger than 128 KB to the system, and asks for it
/// anew the next time, which can take as long as all the parsing.
pub(crate) fn settle() {
    drop(black_box(vec![0_u8; 31 << 20]));
}
