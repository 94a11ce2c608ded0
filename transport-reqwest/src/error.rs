//! The errors of the transport, which contain no URL.

use std::time::Duration;

use thiserror::Error;
use wechat_material::{AddressError, FailureKind, TransportError};

mod classify;

/// Why there is no response, or why a transport could not be built.
///
/// [`TransportError::get_ref`] returns it. Neither `Display` nor `Debug` nor the causes contain a URL: the URL of a request
/// contains the token, and that of a proxy can contain a password.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReqwestError {
    /// There was no connection, so nothing was sent.
    #[error("no connection to the server: check the base URL, the network and DNS")]
    Connect(#[source] reqwest::Error),
    /// The call took longer than `call_timeout`.
    #[error("the call took longer than {0:?}: try again, or raise call_timeout")]
    CallTimeout(Duration),
    /// The server was silent for longer than `read_timeout`.
    #[error("nothing arrived for {0:?}: try again, or raise read_timeout")]
    ReadTimeout(Duration),
    /// The call took longer than a timeout of a client that was built elsewhere.
    #[error("the call took too long: try again, or raise the timeouts of the client")]
    Timeout(#[source] reqwest::Error),
    /// The connection broke before the response was complete.
    #[error("the connection broke: try again")]
    Interrupted(#[source] reqwest::Error),
    /// The body has no length, and the connection ended. Only rustls shows whether the server ended it.
    #[error(
        "the body may be incomplete, as the server sent no length: use the feature rustls, which detects that"
    )]
    UncertainEnd,
    /// The response is not valid HTTP: its head or a chunk is too long, or it is another protocol.
    #[error(
        "the server's response is not valid HTTP: check the base URL and any proxy or gateway in between"
    )]
    Malformed(#[source] reqwest::Error),
    /// The body is longer than
    /// [`ReqwestTransportBuilder::max_body`](crate::ReqwestTransportBuilder::max_body).
    #[error("the body exceeds {limit} bytes: raise the transport's max_body if such responses are expected")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The call can never succeed with these settings, for example because a certificate is not trusted or TLS is missing.
    #[error(
        "the call cannot succeed with these settings: check certificates, TLS features and the transport's settings"
    )]
    Setup(#[source] reqwest::Error),
    /// As [`Setup`](Self::Setup), but the original error is left out, as its text can contain a secret.
    #[error("{0}: check the base URL and the transport's settings")]
    Redacted(&'static str),
    /// The request may not reach this address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The URL of a proxy cannot be used. It is not printed.
    #[error(
        "the proxy's URL cannot be used: write it as scheme://host:port with http, https, socks4 or socks5"
    )]
    Proxy,
    /// The root certificates cannot be used.
    #[error("the root certificate cannot be used: pass one or more X.509 certificates in PEM")]
    Certificate,
    /// Rustls has no crypto provider, or the provider supports neither TLS 1.2 nor TLS 1.3.
    #[error(
        "rustls has no usable crypto provider: pass one to the builder, or enable the feature rustls or ring"
    )]
    Provider,
}

impl ReqwestError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Connect(_) => FailureKind::Connect,
            Self::CallTimeout(_) | Self::ReadTimeout(_) | Self::Timeout(_) => FailureKind::Timeout,
            // The request was sent, and may have arrived.
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
