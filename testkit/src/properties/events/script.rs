//! A script of events, read from bytes: `calls_share_a_token_whatever_happens` says how.

use std::time::Duration;

use wechat_material::RetryPolicy;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const INSTANT: Duration = Duration::from_nanos(1);
const HALF: Duration = Duration::from_millis(500);

const MARGINS: [Duration; 8] = [
    Duration::ZERO,
    SECOND,
    Duration::from_secs(180),
    Duration::from_secs(300),
    HOUR,
    DAY,
    INSTANT,
    Duration::MAX,
];
const ATTEMPTS: [u32; 8] = [0, 1, 2, 3, 5, 8, 40, u32::MAX];
const BUDGETS: [Duration; 8] = [
    Duration::ZERO,
    SECOND,
    Duration::from_secs(10),
    MINUTE,
    Duration::from_secs(120),
    HOUR,
    DAY,
    Duration::MAX,
];
const WAITS: [(Duration, Duration); 8] = [
    (Duration::ZERO, Duration::ZERO),
    (INSTANT, INSTANT),
    (HALF, Duration::from_secs(20)),
    (Duration::from_secs(20), HALF),
    (SECOND, HOUR),
    (Duration::ZERO, Duration::MAX),
    (Duration::MAX, Duration::ZERO),
    (Duration::MAX, Duration::MAX),
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

/// What happens.
#[derive(Clone, Copy)]
pub(super) enum What {
    GoesOn,
    AllGoOn,
    Outcome,
    WaitIsOver,
    TimePasses,
    ClockIsPutBack,
    NewToken,
    SameToken,
    RenewalFails,
    RenewerGoes,
    IsGivenUp,
    LateRefusal,
}

pub(super) struct Script<'s> {
    rest: &'s [u8],
}

impl<'s> Script<'s> {
    pub(super) fn new(script: &'s [u8]) -> Self {
        Self { rest: script }
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.trim_ascii_start().split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    /// A choice of eight; the first at the end of the script.
    fn choice(&mut self) -> usize {
        usize::from(self.byte().unwrap_or_default() & 7)
    }

    pub(super) fn margin(&mut self) -> Duration {
        MARGINS[self.choice()]
    }

    pub(super) fn calls(&mut self) -> usize {
        match self.choice() {
            0 => 8,
            calls => calls,
        }
    }

    pub(super) fn policy(&mut self) -> RetryPolicy {
        let (attempts, budget) = (ATTEMPTS[self.choice()], BUDGETS[self.choice()]);
        let (first, longest) = WAITS[self.choice()];
        RetryPolicy::default().attempts(attempts).budget(budget).waits(first, longest)
    }

    pub(super) fn flag(&mut self) -> bool {
        self.choice() % 2 == 1
    }
}

/// What happens, to whom, and how.
impl Iterator for Script<'_> {
    type Item = (What, usize, u8);

    fn next(&mut self) -> Option<Self::Item> {
        // The letters, great and small; and what is none.
        let what = match self.byte()? & 0x1F | 0x60 {
            b'a' => What::Outcome,
            b'b' => What::ClockIsPutBack,
            b'd' => What::IsGivenUp,
            b'f' => What::RenewalFails,
            b'l' => What::LateRefusal,
            b'n' => What::NewToken,
            b'o' => What::SameToken,
            b's' => What::GoesOn,
            b't' => What::TimePasses,
            b'w' => What::WaitIsOver,
            b'x' => What::RenewerGoes,
            _ => What::AllGoOn,
        };
        Some((what, self.choice(), self.byte().unwrap_or_default()))
    }
}

/// How much time.
pub(super) fn time(how: u8) -> Duration {
    TIMES[usize::from(how & 0x0F)]
}

/// How long a token is good for.
pub(super) fn life(how: u8) -> Option<Duration> {
    (how & 0x0F != 0x0F).then(|| time(how))
}
