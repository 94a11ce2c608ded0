//! What can go wrong on the way, without the URL.

use std::io::{self, ErrorKind};

use thiserror::Error;
use ureq::Timeout;
use wechat_material::Failure;

/// Why there is no response. Neither `Display` nor `Debug` nor the causes contain the URL, as it holds the
/// token.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UreqError {
    /// There was no connection: nothing was sent.
    #[error("no connection to the server: check the base URL, the network and the name service")]
    Connect(#[source] ureq::Error),
    /// Time ran out.
    #[error("the call took too long: try again, or allow more time in the agent's configuration")]
    Timeout(#[source] ureq::Error),
    /// The connection broke before the response was whole.
    #[error("the connection broke: try again")]
    Interrupted(#[source] ureq::Error),
    /// What came is not the HTTP that this client takes: lengths that disagree, a head that is too long, or
    /// something else altogether.
    #[error("the server's answer is not proper HTTP: check the base URL and what stands on the way")]
    Malformed(#[source] ureq::Error),
    /// The body is longer than [`UreqTransport::max_body`](crate::UreqTransport::max_body).
    #[error("the body has more than {limit} bytes: raise UreqTransport::max_body if that can be right")]
    TooLarge {
        /// The most bytes allowed.
        limit: u64,
    },
    /// Nothing that trying again would change, such as a certificate that is not trusted, or TLS that was
    /// built without.
    #[error("the call cannot succeed as it is set up: check certificates, TLS features and the agent")]
    Setup(#[source] ureq::Error),
    /// As [`Setup`](Self::Setup), for what ureq describes with the URL, or a part of the agent in words of
    /// its own: the description is left out.
    #[error("{0}: check the base URL and the agent's configuration")]
    Unspoken(&'static str),
}

impl UreqError {
    /// What it means for the question whether to try again.
    pub(crate) fn failure(&self) -> Failure {
        match self {
            Self::Connect(_) => Failure::Connect,
            Self::Timeout(_) => Failure::Timeout,
            // The request was sent, whatever it was that answered.
            Self::Interrupted(_) | Self::Malformed(_) => Failure::Interrupted,
            Self::TooLarge { .. } | Self::Setup(_) | Self::Unspoken(_) => Failure::Final,
        }
    }
}

impl From<ureq::Error> for UreqError {
    fn from(error: ureq::Error) -> Self {
        use ureq::Error::{
            BadUri, BodyExceedsLimit, ConnectProxyFailed, ConnectionFailed, HostNotFound, Io,
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
                // So rustls reports what it does not accept, certificates first.
                ErrorKind::InvalidData | ErrorKind::InvalidInput => Self::Setup(error),
                _ => Self::Interrupted(error),
            },
            Protocol(_) | LargeResponseHeader(..) => Self::Malformed(error),
            BodyExceedsLimit(limit) => Self::TooLarge { limit },
            BadUri(_) => Self::Unspoken("the URL has no scheme or host"),
            RequireHttpsOnly(_) => Self::Unspoken("the agent takes https only"),
            ConnectProxyFailed(_) => Self::Unspoken("the proxy refused the connection"),
            Other(_) => Self::Unspoken("a part of the agent failed"),
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
