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
#[doc(inline)]
pub use wechat_material_client::{
    AsyncObtainToken, AsyncRewind, Obtaining, SaveTo, SavedFile, SourceError, TokenSource,
    remove_unfinished_downloads,
};

/// The async client over [`ReqwestTransport`]: `Client::new(credentials)` with the default settings, or
/// `Client::builder(credentials, transport)` with settings of your own.
pub type Client = wechat_material_client::Client<ReqwestTransport>;

/// The settings of a [`Client`], which [`Client::builder`] returns.
pub type ClientBuilder = wechat_material_client::ClientBuilder<ReqwestTransport, dyn AsyncObtainToken>;

/// The assets of a type, which [`Client::list_materials`] returns.
pub type Materials = wechat_material_client::Materials<ReqwestTransport>;

/// A file whose bytes arrive while they are read, over [`ReqwestTransport`].
pub type Download = wechat_material_client::Download<ReqwestTransport>;
