#![doc = include_str!("../README.md")]

mod client;
mod download;
#[cfg(feature = "ureq")]
mod error;
#[cfg(feature = "ureq")]
mod transport;

pub use self::client::{Client, ClientBuilder, Materials, Rewind, SourceError, TokenSource};
pub use self::download::download;
#[cfg(feature = "ureq")]
pub use self::{error::UreqError, transport::UreqTransport};
#[cfg(feature = "ureq")]
pub use ureq;

/// What a [`Client`] calls over unless it is told otherwise.
#[cfg(feature = "ureq")]
use self::transport::UreqTransport as UsualTransport;
/// Without the feature `ureq` there is none.
#[cfg(not(feature = "ureq"))]
#[doc(hidden)]
#[derive(Debug)]
pub enum UsualTransport {}
