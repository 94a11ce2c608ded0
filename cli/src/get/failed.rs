//! What a download that failed is told as.

use std::io;

use wechat_material::{AccessToken, ApiError, CallError, DownloadError};
use wechat_material_ureq::UreqError;

use super::destination::Destination;
use crate::failure::Failure;
use crate::printable::bytes;
use crate::save::NOTHING_SAVED;

/// What happened, why, what has become of the bytes, and what to do.
pub(super) fn failure(
    error: DownloadError<UreqError, io::Error>,
    destination: &Destination,
    token: &AccessToken,
) -> Failure {
    match error {
        DownloadError::Call { written, source } => left(not_fetched(&source, token), destination, written),
        DownloadError::Sink { written, source } => {
            let failure = Failure::refused(not_written(destination)).because(&source);
            left(failure, destination, written).next("make room for it, or give another path: -o PATH")
        }
    }
}

fn not_fetched(error: &CallError<UreqError>, token: &AccessToken) -> Failure {
    let what = "the asset was not fetched";
    match error {
        CallError::Build(error) => Failure::usage(what).because(error),
        CallError::Transport(error) => Failure::refused(what).because(error),
        CallError::Api(error @ ApiError::Fault(fault)) => {
            Failure::refused(what).because(error).with_words(fault, token)
        }
        // The body may quote the token, so it is not shown here.
        CallError::Api(error) => Failure::refused(what).because(error),
    }
}

fn not_written(destination: &Destination) -> String {
    match destination {
        Destination::File(path) => format!("{} could not be written", path.display()),
        Destination::Folder(folder) => format!("the file could not be written into {}", folder.display()),
        Destination::Stdout | Destination::Nowhere => "the output could not be written".to_owned(),
    }
}

/// With what is left of a file that did not come whole.
fn left(failure: Failure, destination: &Destination, written: u64) -> Failure {
    match destination {
        Destination::File(_) | Destination::Folder(_) => failure.with(NOTHING_SAVED),
        Destination::Stdout if written > 0 => {
            failure.with(format!("what went to stdout is incomplete: {}", bytes(written)))
        }
        Destination::Stdout | Destination::Nowhere => failure,
    }
}
