#![doc = include_str!("../README.md")]

mod download;
#[cfg(feature = "ureq")]
mod error;
#[cfg(feature = "ureq")]
mod transport;

pub use self::download::download;
#[cfg(feature = "ureq")]
pub use self::{error::UreqError, transport::UreqTransport};
#[cfg(feature = "ureq")]
pub use ureq;
