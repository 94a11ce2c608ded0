#![doc = include_str!("../README.md")]

#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "emulator")]
mod emulator;
mod one_change;
pub mod properties;
pub mod recorded;

#[cfg(feature = "emulator")]
pub use emulator::{Asset, Emulator, Exchange, Quirk, Sent, UnknownQuirk, account};
pub use one_change::one_change;
