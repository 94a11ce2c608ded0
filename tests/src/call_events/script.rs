//! Reads a script of events from bytes. The documentation of `check_call_events` describes the format.

use std::time::Duration;

use wechat_material::ClientConfig;

use super::budget::Limits;
use super::kind::Kind;

mod amounts;

use amounts::{ATTEMPTS, BUDGETS, MARGINS, WAITS};
pub(super) use amounts::{length, life, time};

/// The settings of a caller.
pub(super) struct Setup {
    pub(super) config: ClientConfig,
    pub(super) limits: Limits,
    pub(super) kind: Kind,
}

/// The source of the tokens.
#[derive(Clone, Copy)]
pub(super) enum Source {
    Stable,
    Classic,
    Own,
    /// One token that never changes.
    Fixed,
    /// The app id is missing, so no request can be built.
    Unbuildable,
}

/// An event.
#[derive(Clone, Copy)]
pub(super) enum Event {
    Call(CallEvent),
    Renewal(RenewalEvent),
    AnotherToken,
    PollAll,
    TimePasses,
    ClockGoesBack,
}

/// An event of a call.
#[derive(Clone, Copy)]
pub(super) enum CallEvent {
    Poll,
    Answer,
    Head,
    Chunk,
    Break,
    SinkFails,
    Rewind,
    NoRewind,
    Unexpected,
    WaitIsOver,
    Drop,
}

/// An event of a renewal.
#[derive(Clone, Copy)]
pub(super) enum RenewalEvent {
    Poll,
    NewToken,
    SameToken,
    Refusal,
    WaitIsOver,
    Leave,
    Join,
    Abandon,
    Lose,
}

/// One entry of a script.
pub(super) struct Line {
    pub(super) event: Event,
    /// The number of the call or renewal.
    pub(super) who: usize,
    pub(super) how: u8,
    /// Whether the driver does not poll right after the event.
    pub(super) is_late: bool,
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

    /// Reads a choice from eight. At the end of the script this is the first.
    fn choice(&mut self) -> usize {
        usize::from(self.byte().unwrap_or_default() & 7)
    }

    pub(super) fn margin(&mut self) -> Duration {
        MARGINS[self.choice()]
    }

    pub(super) fn source(&mut self) -> Source {
        match self.choice() {
            1 => Source::Classic,
            2 => Source::Own,
            3 => Source::Fixed,
            4 => Source::Unbuildable,
            _ => Source::Stable,
        }
    }

    /// Reads the settings of each call.
    pub(super) fn calls(&mut self) -> Vec<Setup> {
        let count = match self.choice() {
            0 => 8,
            count => count,
        };
        (0..count).map(|_| self.setup()).collect()
    }

    fn setup(&mut self) -> Setup {
        let (attempts, elapsed) = (ATTEMPTS[self.choice()], BUDGETS[self.choice()]);
        let (initial, max, server_wait) = WAITS[self.choice()];
        let limits = Limits { attempts, elapsed, backoff: (initial, max), server_wait };
        let mut config = ClientConfig::default();
        config.retry = limits.policy();
        Setup { config, limits, kind: Kind::ALL[self.choice()] }
    }
}

impl Iterator for Script<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let byte = self.byte()?;
        // Upper and lower case have the same letter. Other bytes map to a letter without a meaning.
        let event = match byte & 0x1F | 0x60 {
            b'a' => Event::Call(CallEvent::Answer),
            b'b' => Event::ClockGoesBack,
            b'c' => Event::Call(CallEvent::Head),
            b'd' => Event::Call(CallEvent::Drop),
            b'f' => Event::Renewal(RenewalEvent::Refusal),
            b'g' => Event::Call(CallEvent::Chunk),
            b'i' => Event::Call(CallEvent::SinkFails),
            b'j' => Event::Renewal(RenewalEvent::Join),
            b'k' => Event::Call(CallEvent::Break),
            b'l' => Event::Renewal(RenewalEvent::Leave),
            b'm' => Event::Renewal(RenewalEvent::Poll),
            b'n' => Event::Renewal(RenewalEvent::NewToken),
            b'o' => Event::Renewal(RenewalEvent::SameToken),
            b'q' => Event::AnotherToken,
            b'r' => Event::Call(CallEvent::Rewind),
            b's' => Event::Call(CallEvent::Poll),
            b't' => Event::TimePasses,
            b'u' => Event::Call(CallEvent::Unexpected),
            b'v' => Event::Renewal(RenewalEvent::WaitIsOver),
            b'w' => Event::Call(CallEvent::WaitIsOver),
            b'x' => Event::Renewal(RenewalEvent::Abandon),
            b'y' => Event::Renewal(RenewalEvent::Lose),
            b'z' => Event::Call(CallEvent::NoRewind),
            _ => Event::PollAll,
        };
        let (who, how) = (self.choice(), self.byte().unwrap_or_default());
        Some(Line { event, who, how, is_late: byte & 0x20 == 0 })
    }
}
