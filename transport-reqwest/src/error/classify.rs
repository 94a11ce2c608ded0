//! Classifies errors of reqwest.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter;

use wechat_material::AddressError;

use super::ReqwestError;

impl From<reqwest::Error> for ReqwestError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_builder() {
            return Self::Redacted("the URL has no scheme or host");
        }
        if let Some(refused) = causes(&error).find_map(|cause| cause.downcast_ref::<AddressError>()) {
            return Self::Address(refused.clone());
        }
        if error.is_connect() || error.is_dns() {
            return if is_about_setup(&error) { Self::Setup(error) } else { Self::Connect(error) };
        }
        if error.is_timeout() {
            return Self::Timeout(error);
        }
        if error.is_redirect() || causes(&error).any(is_refused_by_tls) {
            return Self::Setup(error);
        }
        if causes(&error).any(is_malformed) { Self::Malformed(error) } else { Self::Interrupted(error) }
    }
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    iter::successors(error.source(), |cause| (*cause).source())
}

/// An I/O error, and the I/O errors inside it, which `source` skips.
fn io_errors<'e>(cause: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e io::Error> {
    iter::successors(cause.downcast_ref::<io::Error>(), |error| error.get_ref()?.downcast_ref())
}

/// Whether a connection failed because of the client's settings and not because of the network or the server: the client has
/// no TLS, or does not trust the server (which native TLS libraries report with error types of their own).
fn is_about_setup(error: &reqwest::Error) -> bool {
    let mut io_errors = causes(error).flat_map(io_errors).peekable();
    let is_io = io_errors.peek().is_some();
    // rustls reports what it does not accept, such as certificates, as invalid data.
    io_errors.any(|error| error.kind() == ErrorKind::InvalidData)
        || !(is_io || error.is_timeout() || error.is_dns())
}

/// Whether hyper rejected the head of a response or the framing of its chunks.
fn is_malformed(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)
        || io_errors(cause)
            .any(|error| matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput))
}

/// Whether, after connecting, rustls rejected the server or the server rejected the client.
#[cfg(feature = "rustls-no-provider")]
fn is_refused_by_tls(cause: &(dyn Error + 'static)) -> bool {
    io_errors(cause).filter_map(io::Error::get_ref).any(<dyn Error + Send + Sync>::is::<rustls::Error>)
}

/// Native TLS libraries do not show that.
#[cfg(not(feature = "rustls-no-provider"))]
fn is_refused_by_tls(_cause: &(dyn Error + 'static)) -> bool {
    false
}
