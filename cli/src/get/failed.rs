//! What is reported of a download that failed.

use std::io::{self, ErrorKind};

use wechat_material::ClientError;

use crate::account::Caller;
use crate::failure::Failure;
use crate::printable::bytes;

/// What happened, why, what has become of the bytes, and what to do.
pub(super) fn failure(error: &ClientError, to_path: bool, caller: &Caller) -> Failure {
    let (failure, written) = match error {
        ClientError::Save { cause, .. } => (not_saved(error, cause), 0),
        ClientError::Sink { written, cause, .. } => {
            (Failure::refused("the output could not be written").because(cause), *written)
        }
        ClientError::Call { written, .. } => (caller.failure("the asset was not fetched", error), *written),
        _ => (caller.failure("the asset was not fetched", error), 0),
    };
    match written {
        _ if to_path => failure.with("nothing was saved"),
        0 => failure,
        _ => failure.with(format!("what went to stdout is incomplete: {}", bytes(written))),
    }
}

fn not_saved(error: &ClientError, cause: &io::Error) -> Failure {
    let failure = Failure::refused(error.to_string());
    match cause.kind() {
        ErrorKind::AlreadyExists => failure.into_usage().next("use --force to replace it"),
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidInput => failure.into_usage(),
        ErrorKind::CrossesDevices => failure.next("give the path there: -o PATH"),
        _ => failure.next("make room for it, or give another path: -o PATH"),
    }
}
