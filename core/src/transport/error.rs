//! The error of a transport.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::iter;

use crate::secret::repeats;

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
    /// A timeout expired. The request may have reached the server.
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

    /// Replaces the transport's error if it repeats one of these secrets, as an HTTP client's error that quotes the URL
    /// does.
    pub(crate) fn redacted(self, secrets: &[&str]) -> Self {
        let error: &dyn Error = &*self.error;
        let chain = iter::successors(Some(error), |error| (*error).source());
        let texts: String = chain.map(|error| format!("{error}\n{error:?}\n")).collect();
        if secrets.iter().any(|secret| repeats(texts.as_bytes(), secret)) {
            return Self { kind: self.kind, error: Box::new(Withheld) };
        }
        self
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

#[derive(Debug, thiserror::Error)]
#[error("the transport failed; its error is withheld because it repeats the access token or the app secret")]
struct Withheld;

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
