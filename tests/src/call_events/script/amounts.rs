//! The times, lengths and limits that the digits of a script stand for.

use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const INSTANT: Duration = Duration::from_nanos(1);
const FIVE_MINUTES: Duration = Duration::from_secs(300);
const HALF: Duration = Duration::from_millis(500);

pub(super) const MARGINS: [Duration; 8] = [
    Duration::ZERO,
    SECOND,
    Duration::from_secs(180),
    Duration::from_secs(300),
    HOUR,
    DAY,
    INSTANT,
    Duration::MAX,
];
pub(super) const ATTEMPTS: [u32; 8] = [0, 1, 2, 3, 5, 8, 40, u32::MAX];
pub(super) const BUDGETS: [Duration; 8] = [
    Duration::ZERO,
    SECOND,
    Duration::from_secs(10),
    MINUTE,
    Duration::from_secs(120),
    HOUR,
    DAY,
    Duration::MAX,
];
/// The maximum first wait, the maximum that it doubles up to, and the maximum that a server can ask for.
pub(super) const WAITS: [(Duration, Duration, Duration); 8] = [
    (Duration::ZERO, Duration::ZERO, FIVE_MINUTES),
    (INSTANT, INSTANT, Duration::from_secs(65)),
    (HALF, Duration::from_secs(20), FIVE_MINUTES),
    (Duration::from_secs(20), HALF, Duration::ZERO),
    (SECOND, HOUR, HOUR),
    (Duration::ZERO, Duration::MAX, FIVE_MINUTES),
    (Duration::MAX, Duration::ZERO, Duration::MAX),
    (Duration::MAX, Duration::MAX, INSTANT),
];
const TIMES: [Duration; 16] = [
    Duration::ZERO,
    Duration::from_millis(1),
    SECOND,
    Duration::from_secs(5),
    Duration::from_secs(30),
    MINUTE,
    Duration::from_secs(120),
    HOUR,
    Duration::from_secs(2 * 60 * 60),
    DAY,
    // From `:` on …
    INSTANT,
    Duration::from_nanos(29_999_999_999),
    Duration::from_nanos(7_199_999_999_999),
    Duration::from_secs(1 << 63),
    Duration::MAX,
    // … to `?`.
    Duration::from_secs(10),
];
const LENGTHS: [usize; 16] = [0, 1, 2, 3, 7, 64, 511, 512, 513, 4095, 4096, 4097, 100, 200, 300, usize::MAX];

/// A time.
pub(crate) fn time(how: u8) -> Duration {
    TIMES[usize::from(how & 0x0F)]
}

/// The lifetime of a token.
pub(crate) fn life(how: u8) -> Option<Duration> {
    (how & 0x0F != 0x0F).then(|| time(how))
}

/// A number of bytes.
pub(crate) fn length(how: u8) -> usize {
    LENGTHS[usize::from(how & 0x0F)]
}
