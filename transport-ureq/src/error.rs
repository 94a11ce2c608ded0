//! What can go wrong in the transport, without the URL.

use std::io::{self, ErrorKind};

use thiserror::Error;
use ureq::Timeout;
use wechat_material::{AddressError, FailureKind, TransportError};

/// Why there is no response, or why a transport could not be built. Neither `Display` nor `Debug` nor the causes
/// contain a URL: that of a request holds the token, that of a proxy may hold a password.
///
/// [`TransportError::get_ref`] hands it out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UreqError {
    /// There was no connection: nothing was sent.
    #[error("no connection to the server: check the base URL, the network and the name service")]
    Connect(#[source] ureq::Error),
    /// Time ran out.
    #[error("the call took too long: try again, or set longer timeouts")]
    Timeout(#[source] ureq::Error),
    /// The connection broke before the response was whole.
    #[error("the connection broke: try again")]
    Interrupted(#[source] ureq::Error),
    /// The response is not HTTP as this client accepts it: lengths that contradict each other, a head that is too
    /// long, or another protocol.
    #[error("the server's answer is not proper HTTP: check the base URL and any proxy or gateway in between")]
    Malformed(#[source] ureq::Error),
    /// The body is longer than [`max_body`](crate::UreqTransportBuilder::max_body).
    #[error("the body has more than {limit} bytes: raise max_body of the transport if that can be right")]
    TooLarge {
        /// The most bytes allowed.
        limit: u64,
    },
    /// Another attempt leads to the same, as with a certificate that is not trusted, or without TLS.
    #[error(
        "the call cannot succeed as it is set up: check certificates, TLS features and the transport's settings"
    )]
    Setup(#[source] ureq::Error),
    /// As [`Setup`](Self::Setup), for errors that ureq describes with the URL or that come from a part of the agent: the
    /// description is left out.
    #[error("{0}: check the base URL and the transport's settings")]
    Redacted(&'static str),
    /// The address is not one that the request may reach.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The URL of a proxy cannot be used; nothing of it is printed.
    #[error("the proxy's URL cannot be used: write http, https, socks4 or socks5, `://`, a host and a port")]
    Proxy,
    /// What should be root certificates cannot be used.
    #[error("the root certificate cannot be used: give one or more X.509 certificates in PEM")]
    Certificate(#[source] ureq::Error),
}

impl UreqError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Connect(_) => FailureKind::Connect,
            Self::Timeout(_) => FailureKind::Timeout,
            // The request was sent, whatever it was that answered.
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
                // rustls reports so what it does not accept, certificates first.
                ErrorKind::InvalidData | ErrorKind::InvalidInput => Self::Setup(error),
                _ => Self::Interrupted(error),
            },
            // A body stalls where a line of its framing fills the whole buffer.
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

/// Whether a host name was not found. The standard library has no kind for it: on Unix it says so in words, on
/// Windows it has the code of the system.
fn is_lookup(error: &io::Error) -> bool {
    const WINDOWS: std::ops::RangeInclusive<i32> = 11001..=11004;
    match error.raw_os_error() {
        Some(code) => cfg!(windows) && WINDOWS.contains(&code),
        None => error.to_string().starts_with("failed to lookup address"),
    }
}
