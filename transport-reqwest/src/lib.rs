#![doc = include_str!("../README.md")]

mod body;
mod builder;
mod error;
mod proxy;
mod resolver;
mod tls;
mod transport;

pub use self::{builder::ReqwestTransportBuilder, error::ReqwestError, transport::ReqwestTransport};
pub use reqwest;

/// The async client over [`ReqwestTransport`]: `Client::new(credentials)` with the default settings, or
/// `Client::builder(credentials, transport)` with settings of your own.
pub type Client = wechat_material_client::Client<ReqwestTransport>;

/// A file whose bytes arrive while they are read, over [`ReqwestTransport`].
pub type Download = wechat_material_client::Download<ReqwestTransport>;
