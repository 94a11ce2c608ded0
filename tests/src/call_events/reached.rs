//! What came to pass in a script.

/// The names of what came to pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached(u64);

macro_rules! reach {
    ($($(#[$about:meta])* $name:ident => $text:literal,)*) => {
        /// Something that can come to pass.
        #[derive(Clone, Copy)]
        pub(super) enum Reach {
            $($(#[$about])* $name,)*
        }

        /// In the order of the enum.
        const NAMES: &[&str] = &[$($text),*];
    };
}

reach! {
    // What comes of a request …
    Answer => "answer",
    Busy => "busy",
    Final => "final",
    Minute => "rate limit",
    Refused => "refused token",
    Unknown => "may have arrived",
    // … and what follows for the call.
    AnotherToken => "another token",
    Waits => "waits",
    Dropped => "dropped",
    Finishes => "finishes",
    Failed => "failed for good",
    TokenTimeout => "no token in time",
    NoToken => "no token",
    WrongEvent => "wrong event",
    // Files.
    Kept => "file kept",
    Streamed => "file streamed",
    BrokenOff => "broken off",
    RefusedEarly => "refused before its end",
    Rewound => "rewound",
    NoRewind => "cannot rewind",
    SinkFailed => "sink failed",
    // Tokens.
    Unforced => "unforced",
    Forced => "forced",
    Early => "renewed early",
    OldToken => "goes on with the old one",
    Refusal => "refusal",
    SetAside => "set aside",
    UsedAgain => "used again",
    LateRefusal => "late refusal",
    Impatient => "waits no longer for an early renewal",
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
    /// The names of everything.
    pub const ALL: &[&str] = NAMES;

    pub(super) fn add(&mut self, reach: Reach) {
        self.0 |= 1 << reach as u64;
    }

    /// With what came to pass in another script.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The names of what came to pass.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().enumerate().filter(move |(at, _)| self.0 & (1 << at) != 0).map(|(_, name)| *name)
    }
}
