#![doc = include_str!("../README.md")]

mod download;
#[cfg(feature = "reqwest")]
mod error;
#[cfg(feature = "reqwest")]
mod transport;

#[cfg(feature = "tokio")]
pub use self::download::download;
pub use self::download::download_into;
#[cfg(feature = "reqwest")]
pub use self::{error::ReqwestError, transport::ReqwestTransport};
#[cfg(feature = "reqwest")]
pub use reqwest;
