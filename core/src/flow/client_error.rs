//! Why a client's call has no answer.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::ListError;
use crate::call::CallError;
use crate::error::{Category, Fault};

/// Why a client's call has no answer, after everything that could be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The call was made, and failed for good.
    #[error("{}", after(*.attempts, *.renewed, .source))]
    #[non_exhaustive]
    Call {
        /// How many attempts were made.
        attempts: u32,
        /// Whether a token was refused, and the call made again with another one.
        renewed: bool,
        /// How many bytes of a download the sink holds.
        written: u64,
        /// What came of the last attempt.
        #[source]
        source: Box<CallError>,
    },
    /// There is no access token to make the call with. Callers that waited for the same token get the same cause: a
    /// [`CallError`], or the error of a token source of your own.
    #[error("no access token could be obtained: the cause says why")]
    Token(#[source] Arc<dyn Error + Send + Sync>),
    /// The time of the call was over before there was an access token.
    #[error(
        "no access token came within {} seconds: find out what holds up the call that obtains it, or allow more time \
         (RetryPolicy::max_elapsed)",
        .waited.as_secs()
    )]
    #[non_exhaustive]
    TokenTimeout {
        /// How long the call has waited.
        waited: Duration,
    },
    /// The sink of a download failed.
    #[error("the download could not be written after {written} bytes: free some space, or check the sink")]
    #[non_exhaustive]
    Sink {
        /// How many bytes were written before.
        written: u64,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A download could not be saved as a file. Nothing of it is left.
    #[error("could not save to {}: {}", .path.display(), advice(.source.kind()))]
    #[non_exhaustive]
    Save {
        /// The path of the file, or of its folder if the file had no name yet.
        path: PathBuf,
        /// Why. Its [kind](io::Error::kind) is [`AlreadyExists`](ErrorKind::AlreadyExists) if a file would have been
        /// replaced.
        #[source]
        source: io::Error,
    },
    /// A list cannot be continued.
    #[error(transparent)]
    List(#[from] ListError),
    /// The driver reported something that cannot happen at this point.
    #[error("the driver of the call reported `{event}` when `{due}` was due: correct the driver")]
    #[non_exhaustive]
    WrongEvent {
        /// What was reported.
        event: &'static str,
        /// What would have been right.
        due: &'static str,
    },
}

impl ClientError {
    /// A sink that failed after this many bytes.
    pub fn sink(written: u64, source: io::Error) -> Self {
        Self::Sink { written, source }
    }

    /// A file that could not be saved.
    pub fn save(path: PathBuf, source: io::Error) -> Self {
        Self::Save { path, source }
    }

    /// WeChat's refusal, if there is one: of the call, or of the call for a token.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Call { source, .. } => source.fault(),
            Self::Token(source) => source.downcast_ref::<CallError>()?.fault(),
            Self::TokenTimeout { .. }
            | Self::Sink { .. }
            | Self::Save { .. }
            | Self::List(_)
            | Self::WrongEvent { .. } => None,
        }
    }
}

fn after(attempts: u32, renewed: bool, source: &CallError) -> String {
    let is_refused = source.fault().is_some_and(|fault| fault.category() == Category::Token);
    match attempts {
        0 | 1 => "the call failed: the cause says why".to_owned(),
        _ if is_refused && renewed => "the call failed: WeChat refused the new token as well".to_owned(),
        _ => format!("the call failed after {attempts} attempts: the cause says why the last one did"),
    }
}

/// What to do about a file that could not be saved.
fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::AlreadyExists => "a file of this name exists; allow overwriting, or choose another path",
        ErrorKind::NotFound => "the folder does not exist; create it first",
        ErrorKind::NotADirectory => "a part of the path is not a folder; choose another path",
        ErrorKind::InvalidInput => "this is not the path of a regular file; choose another path",
        ErrorKind::CrossesDevices => "the file is on another file system; give its path there",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "there is not enough space; free some, or choose another path"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "writing is not allowed there; change the permissions, or choose another path"
        }
        _ => "check the path and the disk",
    }
}
