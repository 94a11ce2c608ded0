//! The situations that a script reaches.

/// A set of situations that scripts have reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached(u64);

macro_rules! reach {
    ($($(#[$about:meta])* $name:ident => $text:literal,)*) => {
        /// A situation that a script can reach.
        #[derive(Clone, Copy)]
        pub(super) enum Reach {
            $($(#[$about])* $name,)*
        }

        /// In the order of the enum.
        const NAMES: &[&str] = &[$($text),*];
    };
}

reach! {
    // Results of a request
    Answer => "answer",
    Busy => "busy",
    Final => "final",
    Minute => "rate limit",
    Refused => "refused token",
    Unknown => "may have arrived",
    // and of a call.
    AnotherToken => "another token",
    Waits => "waits",
    Dropped => "dropped",
    Finishes => "finishes",
    Failed => "failed for good",
    TokenTimeout => "no token in time",
    NoToken => "no token",
    WrongEvent => "wrong event",
    // Files.
    InMemory => "file in memory",
    Streamed => "file streamed",
    BrokenOff => "interrupted",
    RefusedEarly => "refused before its end",
    Rewound => "rewound",
    NoRewind => "cannot rewind",
    SinkFailed => "sink failed",
    // Tokens.
    Unforced => "unforced",
    Forced => "forced",
    Early => "renewed early",
    OldToken => "continues with the old token",
    Refusal => "refusal",
    SetAside => "set aside",
    UsedAgain => "used again",
    LateRefusal => "late refusal",
    Impatient => "stops waiting for an early renewal",
    WaitsForToken => "waits for the token",
    RenewalWaits => "renewal waits",
    RenewalFailed => "renewal failed",
    LostAnswer => "lost answer",
    Abandoned => "abandoned",
    Left => "left",
    Joined => "joined",
    TakenOver => "taken over",
    LateResult => "late result",
    // Lists.
    ListEnds => "list ends",
    ListRepeats => "list repeats itself",
    ItemOnTwoPages => "item on two pages",
}

impl Reached {
    /// The names of all situations.
    pub const ALL: &[&str] = NAMES;

    pub(super) fn add(&mut self, reach: Reach) {
        self.0 |= 1 << reach as u64;
    }

    /// Adds the situations that another script has reached.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The names of the situations that were reached.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().enumerate().filter(move |(at, _)| self.0 & (1 << at) != 0).map(|(_, name)| *name)
    }
}
