//! The error of a transport.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};

/// Why there is no whole response: how far the request got, and the transport's own error.
///
/// It prints the same text as the transport's error, which must not contain the URL, because the URL contains the token.
pub struct TransportError {
    kind: FailureKind,
    error: Box<dyn Error + Send + Sync>,
}

/// How far a request without a response got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// No connection was made, so nothing was sent.
    Connect,
    /// The time was over. The request may have reached the server.
    Timeout,
    /// The connection broke. The request may have reached the server.
    Interrupted,
    /// Another attempt would fail in the same way, as with a bad certificate.
    Final,
}

impl TransportError {
    /// Takes the error of an HTTP client. If it is a `TransportError`, or an [`io::Error`] that contains one, that is
    /// returned unchanged.
    pub fn new(kind: FailureKind, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        match error.into().downcast::<Self>() {
            Ok(error) => *error,
            Err(error) => match error.downcast::<io::Error>() {
                Ok(error) => Self::from_io(*error, |_| kind),
                Err(error) => Self { kind, error },
            },
        }
    }

    /// How far the request got, which decides whether it is retried.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// The transport's own error.
    pub fn get_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.error
    }

    fn from_io(error: io::Error, kind: impl FnOnce(ErrorKind) -> FailureKind) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(error) => Self { kind: kind(error.kind()), error: Box::new(error) },
        }
    }
}

/// For errors of a [`Body`](crate::driver::Body).
impl From<io::Error> for TransportError {
    fn from(error: io::Error) -> Self {
        Self::from_io(error, |kind| match kind {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => FailureKind::Timeout,
            _ => FailureKind::Interrupted,
        })
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError").field("kind", &self.kind).field("error", &self.error).finish()
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}
