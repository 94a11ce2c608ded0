//! Why there is no response.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};

/// Why there is no response, or no whole one: how far the request got, and the transport's own error.
///
/// It prints what the transport's error prints, which must not contain the URL, as that holds the token.
pub struct TransportError {
    kind: FailureKind,
    error: Box<dyn Error + Send + Sync>,
}

/// How far a request got that has no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// There was no connection: nothing was sent.
    Connect,
    /// Time ran out: nobody knows whether it arrived.
    Timeout,
    /// The connection broke: nobody knows whether it arrived.
    Interrupted,
    /// Another attempt leads to the same, as with a bad certificate.
    Final,
}

impl TransportError {
    /// Takes the error of an HTTP client. One that is a `TransportError` already, or an [`io::Error`] that holds one,
    /// stays what it is.
    pub fn new(kind: FailureKind, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        match error.into().downcast::<Self>() {
            Ok(error) => *error,
            Err(error) => match error.downcast::<io::Error>() {
                Ok(error) => Self::from_io(*error, |_| kind),
                Err(error) => Self { kind, error },
            },
        }
    }

    /// What it means for the question whether to try again.
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

/// What breaks off a [`Body`](crate::driver::Body).
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
