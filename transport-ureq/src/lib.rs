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

/// The blocking client over [`UreqTransport`]: `Client::new(credentials)` with the default settings, or
/// `Client::builder(credentials, transport)` with settings of your own.
pub type Client = wechat_material_client::blocking::Client<UreqTransport>;

/// A file whose bytes arrive while they are read, over [`UreqTransport`].
pub type Download = wechat_material_client::blocking::Download<UreqTransport>;
