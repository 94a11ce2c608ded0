#![doc = include_str!("../README.md")]

#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "emulator")]
mod emulator;
pub mod recorded;
mod test_clock;

#[cfg(feature = "emulator")]
pub use emulator::{Account, Asset, Emulator, EmulatorBuilder, ServedAccount, built_in_assets};
#[cfg(feature = "emulator")]
pub use emulator::{Exchange, Quirk, Sent, UnknownQuirk};
pub use test_clock::TestClock;
