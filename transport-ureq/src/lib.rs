#![doc = include_str!("../README.md")]

mod body;
mod builder;
mod connection;
mod error;
mod proxy;
mod resolver;
#[cfg(feature = "_tls")]
mod tls;
mod transport;

pub use self::builder::UreqTransportBuilder;
pub use self::error::UreqError;
pub use self::transport::UreqTransport;
pub use ureq;
#[doc(inline)]
pub use wechat_material_client::blocking::{ObtainToken, Rewind, TokenSource};
#[doc(inline)]
pub use wechat_material_client::{SaveTo, SavedFile, SourceError, remove_unfinished_downloads};

/// The blocking client over [`UreqTransport`]: `Client::new(credentials)` with the default settings, or
/// `Client::builder(credentials, transport)` with settings of your own.
pub type Client = wechat_material_client::blocking::Client<UreqTransport>;

/// The settings of a [`Client`], which [`Client::builder`] returns.
pub type ClientBuilder = wechat_material_client::blocking::ClientBuilder<UreqTransport>;

/// The assets of a type, which [`Client::list_materials`] returns.
pub type Materials = wechat_material_client::blocking::Materials<UreqTransport>;

/// A file whose bytes arrive while they are read, over [`UreqTransport`].
pub type Download = wechat_material_client::blocking::Download<UreqTransport>;
