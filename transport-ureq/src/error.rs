//! The errors of the transport, which contain no URL.

use std::io::{self, ErrorKind};

use thiserror::Error;
use ureq::Timeout;
use wechat_material::{AddressError, FailureKind, TransportError};

/// Why there is no response, or why a transport could not be built.
///
/// [`TransportError::get_ref`] returns it. Neither `Display` nor `Debug` nor the causes contain a URL: the URL of a request
/// contains the token, and that of a proxy can contain a password.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UreqError {
    /// There was no connection, so nothing was sent.
    #[error("no connection to the server: check the base URL, the network and DNS")]
    Connect(#[source] ureq::Error),
    /// The call took longer than a timeout allows.
    #[error("the call took too long: try again, or raise the timeouts")]
    Timeout(#[source] ureq::Error),
    /// The connection broke before the response was complete.
    #[error("the connection broke: try again")]
    Interrupted(#[source] ureq::Error),
    /// The response is not valid HTTP: its lengths contradict each other, its head is too long, or it is another protocol.
    #[error(
        "the server's response is not valid HTTP: check the base URL and any proxy or gateway in between"
    )]
    Malformed(#[source] ureq::Error),
    /// The body is longer than [`max_body`](crate::UreqTransportBuilder::max_body).
    #[error("the body exceeds {limit} bytes: raise the transport's max_body if such responses are expected")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The call can never succeed with these settings, for example because a certificate is not trusted or TLS is missing.
    #[error(
        "the call cannot succeed with these settings: check certificates, TLS features and the transport's settings"
    )]
    Setup(#[source] ureq::Error),
    /// As [`Setup`](Self::Setup), but the original error is left out, as its text can contain the URL.
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
    Certificate(#[source] ureq::Error),
}

impl UreqError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Connect(_) => FailureKind::Connect,
            Self::Timeout(_) => FailureKind::Timeout,
            // The request was sent, and may have arrived.
            Self::Interrupted(_) | Self::Malformed(_) => FailureKind::Interrupted,
            Self::TooLarge { .. }
            | Self::Setup(_)
            | Self::Redacted(_)
            | Self::Address(_)
            | Self::Proxy
            | Self::Certificate(_) => FailureKind::Final,
        }
    }
}

impl From<UreqError> for TransportError {
    fn from(error: UreqError) -> Self {
        Self::new(error.kind(), error)
    }
}

impl From<ureq::Error> for UreqError {
    fn from(error: ureq::Error) -> Self {
        use ureq::Error::{
            BadUri, BodyExceedsLimit, BodyStalled, ConnectProxyFailed, ConnectionFailed, HostNotFound, Io,
            LargeResponseHeader, Other, Protocol, RequireHttpsOnly, Timeout as Late,
        };
        match error {
            HostNotFound | ConnectionFailed | Late(Timeout::Resolve | Timeout::Connect) => {
                Self::Connect(error)
            }
            Late(_) => Self::Timeout(error),
            Io(ref cause) if is_lookup(cause) => Self::Connect(error),
            Io(ref cause) => match cause.kind() {
                ErrorKind::ConnectionRefused
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
                | ErrorKind::NetworkDown
                | ErrorKind::AddrNotAvailable => Self::Connect(error),
                ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::Timeout(error),
                // rustls uses these kinds for what it does not accept, such as certificates.
                ErrorKind::InvalidData | ErrorKind::InvalidInput => Self::Setup(error),
                _ => Self::Interrupted(error),
            },
            // A body stalls if a line of its framing fills the whole buffer.
            Protocol(_) | LargeResponseHeader(..) | BodyStalled => Self::Malformed(error),
            BodyExceedsLimit(limit) => Self::TooLarge { limit },
            BadUri(_) => Self::Redacted("the URL has no scheme or host"),
            RequireHttpsOnly(_) => Self::Redacted("the agent accepts https only"),
            ConnectProxyFailed(_) => Self::Redacted("the proxy refused the connection"),
            Other(error) => match error.downcast() {
                Ok(refused) => Self::Address(*refused),
                Err(_) => Self::Redacted("a part of the agent failed"),
            },
            _ => Self::Setup(error),
        }
    }
}

/// Whether a host name was not found. The standard library has no error kind for that: on Unix the text shows it, on
/// Windows the code of the system does.
fn is_lookup(error: &io::Error) -> bool {
    const WINDOWS: std::ops::RangeInclusive<i32> = 11001..=11004;
    match error.raw_os_error() {
        Some(code) => cfg!(windows) && WINDOWS.contains(&code),
        None => error.to_string().starts_with("failed to lookup address"),
    }
}
