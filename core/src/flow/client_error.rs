//! The error of a client's call.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::ListError;
use crate::call::CallError;
use crate::error::{ApiError, Category, Fault};
use crate::transport::FailureKind;

/// Why a client's call failed, after all retries.
///
/// It prints in one line what failed, why, and what to do. That line includes the error in the field `cause`. So
/// [`source`](Error::source) returns the source of the cause, and a printed chain of errors repeats nothing.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// The call was made, and the last attempt failed.
    #[non_exhaustive]
    Call {
        /// The [name](crate::Endpoint::name) of the endpoint, such as `get_material`.
        call: &'static str,
        /// How many attempts were made.
        attempts: u32,
        /// Whether a token was refused, and the call was retried with another one.
        renewed: bool,
        /// How many bytes of a download were written and not taken back.
        written: u64,
        /// Why the last attempt failed.
        cause: Box<CallError>,
    },
    /// There is no access token for the call. All callers that waited for it get the same error: a [`ClientError::Call`],
    /// or the error of your own token source.
    Token(Arc<dyn Error + Send + Sync>),
    /// No access token was obtained within the time of the call.
    #[non_exhaustive]
    TokenTimeout {
        /// How long the call waited.
        waited: Duration,
    },
    /// The sink of a download failed.
    #[non_exhaustive]
    Sink {
        /// How many bytes were written before.
        written: u64,
        /// The error of the sink.
        cause: io::Error,
    },
    /// A download could not be saved as a file. No part of it is left on disk.
    #[non_exhaustive]
    Save {
        /// The path of the file, or of its folder if the file did not have a name yet.
        path: PathBuf,
        /// The error of the file system. Its [kind](io::Error::kind) is [`AlreadyExists`](ErrorKind::AlreadyExists) if a
        /// file would have been replaced, and [`Other`](ErrorKind::Other) if the file system is not the reason.
        cause: io::Error,
    },
    /// A list cannot be continued.
    List(ListError),
    /// The driver reported an event that cannot happen at this point.
    #[non_exhaustive]
    WrongEvent {
        /// The reported event.
        event: &'static str,
        /// The expected events.
        due: &'static str,
    },
}

impl ClientError {
    /// An error for a sink that failed after this many bytes.
    pub fn sink(written: u64, cause: io::Error) -> Self {
        Self::Sink { written, cause }
    }

    /// An error for a file that could not be saved.
    pub fn save(path: PathBuf, cause: io::Error) -> Self {
        Self::Save { path, cause }
    }

    /// The [`Fault`], if WeChat refused the call, or the call that obtains a token.
    pub fn fault(&self) -> Option<&Fault> {
        self.call_error()?.fault()
    }

    /// The error of the call, or of the call that obtains a token.
    fn call_error(&self) -> Option<&CallError> {
        match self {
            Self::Call { cause, .. } => Some(cause),
            Self::Token(cause) => match cause.downcast_ref::<Self>() {
                Some(error) => error.call_error(),
                // The source of the token makes its call without a client.
                None => cause.downcast_ref(),
            },
            Self::TokenTimeout { .. }
            | Self::Sink { .. }
            | Self::Save { .. }
            | Self::List(_)
            | Self::WrongEvent { .. } => None,
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call { call, attempts, renewed, cause, .. } => {
                write!(f, "{call} failed")?;
                if *attempts > 1 {
                    write!(f, " after {attempts} attempts")?;
                }
                let is_refused = cause.fault().is_some_and(|fault| fault.category() == Category::Token);
                if is_refused && *renewed {
                    f.write_str(", the last one with a new token")?;
                }
                write!(f, ": {cause}")
            }
            Self::Token(cause) => write!(f, "no access token: {cause}"),
            Self::TokenTimeout { waited } => write!(
                f,
                "no access token was obtained within {} seconds: find out what delays the call that obtains it, or allow \
                 more time (RetryPolicy::max_elapsed)",
                waited.as_secs()
            ),
            Self::Sink { written, cause } => write!(
                f,
                "the download could not be written after {written} bytes: {cause}; free some space, or check the sink"
            ),
            Self::Save { path, cause } => {
                write!(f, "could not save to {}: {cause}", path.display())?;
                match cause.kind() {
                    // The error is not one of the file system.
                    ErrorKind::Other => Ok(()),
                    kind => write!(f, "; {}", advice(kind)),
                }
            }
            Self::List(error) => fmt::Display::fmt(error, f),
            Self::WrongEvent { event, due } => {
                write!(f, "the driver of the call reported `{event}` instead of `{due}`: fix the driver")
            }
        }
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Call { cause, .. } => cause.source(),
            Self::Token(cause) => cause.source(),
            Self::Sink { cause, .. } | Self::Save { cause, .. } => cause.source(),
            Self::List(error) => error.source(),
            Self::TokenTimeout { .. } | Self::WrongEvent { .. } => None,
        }
    }
}

impl From<ListError> for ClientError {
    fn from(error: ListError) -> Self {
        Self::List(error)
    }
}

/// For a body that is read with [`io::Read`]. The kind is the nearest one, and [`io::Error::get_ref`] returns the error.
impl From<ClientError> for io::Error {
    fn from(error: ClientError) -> Self {
        let kind = match &error {
            ClientError::TokenTimeout { .. } => ErrorKind::TimedOut,
            ClientError::Sink { cause, .. } | ClientError::Save { cause, .. } => cause.kind(),
            ClientError::List(_) => ErrorKind::InvalidData,
            ClientError::WrongEvent { .. } => ErrorKind::Other,
            ClientError::Call { .. } | ClientError::Token(_) => {
                error.call_error().map_or(ErrorKind::Other, kind)
            }
        };
        // Readers ignore `Interrupted` and read on.
        let kind = if kind == ErrorKind::Interrupted { ErrorKind::Other } else { kind };
        Self::new(kind, error)
    }
}

fn kind(error: &CallError) -> ErrorKind {
    match error {
        CallError::Build(_) => ErrorKind::InvalidInput,
        CallError::Transport(error) => match error.kind() {
            FailureKind::Connect => ErrorKind::NotConnected,
            FailureKind::Timeout => ErrorKind::TimedOut,
            FailureKind::Interrupted => ErrorKind::ConnectionAborted,
            FailureKind::Final => ErrorKind::Other,
        },
        CallError::Api(ApiError::Fault(_)) => ErrorKind::Other,
        CallError::Api(ApiError::Empty | ApiError::Length { .. }) => ErrorKind::UnexpectedEof,
        CallError::Api(_) => ErrorKind::InvalidData,
    }
}

/// What to do about a file that could not be saved.
fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::AlreadyExists => "allow overwriting, or choose another path",
        ErrorKind::NotFound => "create the folder first",
        ErrorKind::NotADirectory => "choose another path, inside an existing folder",
        ErrorKind::InvalidInput => "choose the path of a regular file",
        ErrorKind::CrossesDevices => "use the path on the other file system",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "free some space, or choose another path"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "change the permissions, or choose another path"
        }
        _ => "check the path and the disk",
    }
}
