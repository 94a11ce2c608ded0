//! What can go wrong on the way, without the URL.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter;

use thiserror::Error;
use wechat_material::Failure;

/// Why there is no response. Neither `Display` nor `Debug` nor the causes contain the URL, as it holds the
/// token.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReqwestError {
    /// There was no connection: nothing was sent.
    #[error("no connection to the server: check the base URL, the network and the name service")]
    Connect(#[source] reqwest::Error),
    /// Time ran out.
    #[error("the call took too long: try again, or allow more time in the client's configuration")]
    Timeout(#[source] reqwest::Error),
    /// The connection broke before the response was whole.
    #[error("the connection broke: try again")]
    Interrupted(#[source] reqwest::Error),
    /// What came is not the HTTP that this client takes: lengths that disagree, a head that is too long, or
    /// something else altogether.
    #[error("the server's answer is not proper HTTP: check the base URL and what stands on the way")]
    Malformed(#[source] reqwest::Error),
    /// The body is longer than [`ReqwestTransport::max_body`](crate::ReqwestTransport::max_body).
    #[error("the body has more than {limit} bytes: raise ReqwestTransport::max_body if that can be right")]
    TooLarge {
        /// The most bytes allowed.
        limit: u64,
    },
    /// Nothing that trying again would change, such as a certificate that is not trusted, or TLS that was
    /// built without.
    #[error("the call cannot succeed as it is set up: check certificates, TLS features and the client")]
    Setup(#[source] reqwest::Error),
    /// As [`Setup`](Self::Setup), for what is said here in words of our own.
    #[error("{0}: check the base URL and the client's configuration")]
    Unspoken(&'static str),
}

impl ReqwestError {
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

impl From<reqwest::Error> for ReqwestError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_builder() {
            return Self::Unspoken("the URL has no scheme or host");
        }
        // So rustls reports what it does not accept, certificates first.
        if causes(&error).any(|cause| is_io(cause, ErrorKind::InvalidData)) {
            return Self::Setup(error);
        }
        if error.is_connect() || error.is_dns() {
            return if is_about_setup(&error) { Self::Setup(error) } else { Self::Connect(error) };
        }
        if error.is_timeout() {
            return Self::Timeout(error);
        }
        if causes(&error).filter_map(|cause| cause.downcast_ref::<hyper::Error>()).any(hyper::Error::is_parse)
        {
            return Self::Malformed(error);
        }
        if error.is_redirect() { Self::Setup(error) } else { Self::Interrupted(error) }
    }
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    iter::successors(error.source(), |cause| (*cause).source())
}

/// Whether it is an I/O error of this kind, or holds one: `source` passes over those inside of each other.
fn is_io(cause: &(dyn Error + 'static), kind: ErrorKind) -> bool {
    let first = cause.downcast_ref::<io::Error>();
    iter::successors(first, |error| (*error).get_ref()?.downcast_ref()).any(|error| error.kind() == kind)
}

/// Whether a connection could not be made for a reason that is neither the network's nor the server's: the client
/// was built without TLS, or does not trust the server (which native TLS libraries report in kinds of their own).
fn is_about_setup(error: &reqwest::Error) -> bool {
    !error.is_timeout() && !error.is_dns() && !causes(error).any(<dyn Error>::is::<io::Error>)
}
