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

/// The async client of the API over [`ReqwestTransport`].
pub type Client = wechat_material_client::Client<ReqwestTransport>;

/// A file of the API that arrives while it is read, over [`ReqwestTransport`].
pub type Download = wechat_material_client::Download<ReqwestTransport>;
