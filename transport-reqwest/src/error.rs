//! Why there is no response, without the URL.

use std::time::Duration;

use thiserror::Error;
use wechat_material::{AddressError, FailureKind, TransportError};

mod classify;

/// Why there is no response, or no transport. Neither `Display` nor `Debug` nor the causes contain the URL, as it holds
/// the token.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReqwestError {
    /// There was no connection: nothing was sent.
    #[error("no connection to the server: check the base URL, the network and the name service")]
    Connect(#[source] reqwest::Error),
    /// The call was not over in time.
    #[error("the call was not over after {0:?}: try again, or raise call_timeout")]
    CallTimeout(Duration),
    /// The server was silent for too long.
    #[error("nothing arrived for {0:?}: try again, or raise read_timeout")]
    ReadTimeout(Duration),
    /// A timeout of a client that was built elsewhere.
    #[error("the call took too long: try again, or raise the timeouts of the client")]
    Timeout(#[source] reqwest::Error),
    /// The connection broke before the response was complete.
    #[error("the connection broke: try again")]
    Interrupted(#[source] reqwest::Error),
    /// The connection ended where a body without a length could end. Only rustls shows whether the server ended it.
    #[error(
        "nobody can tell whether the body is complete: use the feature rustls, or a server that sends a length"
    )]
    UncertainEnd,
    /// The response is not the HTTP that this client accepts: a head or a chunk that is too long, or something else
    /// altogether.
    #[error(
        "the server's answer is not proper HTTP: check the base URL and any proxies or gateways in between"
    )]
    Malformed(#[source] reqwest::Error),
    /// The body is longer than
    /// [`ReqwestTransportBuilder::max_body`](crate::ReqwestTransportBuilder::max_body).
    #[error("the body has more than {limit} bytes: raise max_body if that can be right")]
    TooLarge {
        /// The most bytes allowed.
        limit: u64,
    },
    /// Another attempt leads to the same, as with a certificate that is not trusted, or without a feature for TLS.
    #[error("the call cannot succeed with these settings: check certificates, TLS features and the client")]
    Setup(#[source] reqwest::Error),
    /// As [`Setup`](Self::Setup), in words of this crate, since the original error can contain a secret.
    #[error("{0}: check the base URL and the settings of the transport")]
    Redacted(&'static str),
    /// The address is not one that the request may reach.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The URL of a proxy cannot be used; nothing of it is printed.
    #[error("the proxy's URL cannot be used: write http, https, socks4 or socks5, `://`, a host and a port")]
    Proxy,
    /// What should be root certificates cannot be used.
    #[error("the root certificate cannot be used: give one or more X.509 certificates in PEM")]
    Certificate,
    /// Rustls has no crypto provider, or one without TLS 1.2 and 1.3.
    #[error(
        "rustls has no usable crypto provider: give one to the builder, or enable the feature rustls or ring"
    )]
    Provider,
}

impl ReqwestError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Connect(_) => FailureKind::Connect,
            Self::CallTimeout(_) | Self::ReadTimeout(_) | Self::Timeout(_) => FailureKind::Timeout,
            // The request was sent, whatever it was that answered.
            Self::Interrupted(_) | Self::UncertainEnd | Self::Malformed(_) => FailureKind::Interrupted,
            Self::TooLarge { .. }
            | Self::Setup(_)
            | Self::Redacted(_)
            | Self::Address(_)
            | Self::Proxy
            | Self::Certificate
            | Self::Provider => FailureKind::Final,
        }
    }
}

impl From<ReqwestError> for TransportError {
    fn from(error: ReqwestError) -> Self {
        Self::new(error.kind(), error)
    }
}
