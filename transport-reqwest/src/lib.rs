#![doc = include_str!("../README.md")]

mod client;
mod download;
#[cfg(feature = "reqwest")]
mod error;
#[cfg(feature = "reqwest")]
mod transport;

#[cfg(feature = "tokio")]
pub use self::client::AsyncRewind;
pub use self::client::{AsyncTokenSource, Client, ClientBuilder, Obtaining, SourceError, Timer, Untimed};
#[cfg(feature = "tokio")]
pub use self::download::download;
pub use self::download::download_into;
#[cfg(feature = "reqwest")]
pub use self::{error::ReqwestError, transport::ReqwestTransport};
#[cfg(feature = "reqwest")]
pub use reqwest;

/// What a [`Client`] calls over unless it is told otherwise.
#[cfg(feature = "reqwest")]
use self::transport::ReqwestTransport as UsualTransport;
/// Without the feature `reqwest` there is none.
#[cfg(not(feature = "reqwest"))]
#[doc(hidden)]
#[derive(Debug)]
pub enum UsualTransport {}
