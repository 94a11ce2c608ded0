#![doc = include_str!("../README.md")]

#[cfg(feature = "reqwest")]
mod error;
#[cfg(feature = "reqwest")]
mod transport;

#[cfg(feature = "reqwest")]
pub use self::{error::ReqwestError, transport::ReqwestTransport};
#[cfg(feature = "reqwest")]
pub use reqwest;
