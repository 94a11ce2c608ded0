#![doc = include_str!("../README.md")]

#[cfg(feature = "ureq")]
mod error;
#[cfg(feature = "ureq")]
mod transport;

#[cfg(feature = "ureq")]
pub use self::{error::UreqError, transport::UreqTransport};
#[cfg(feature = "ureq")]
pub use ureq;
