//! What a download that failed is told as.

use wechat_material::ClientError;

use super::destination::Destination;
use crate::account::Caller;
use crate::failure::Failure;
use crate::printable::bytes;
use crate::save::NOTHING_SAVED;

/// What happened, why, what has become of the bytes, and what to do.
pub(super) fn failure(error: &ClientError, destination: &Destination, caller: &Caller) -> Failure {
    match error {
        ClientError::Sink { written, cause, .. } => {
            let failure = Failure::refused(not_written(destination)).because(cause);
            left(failure, destination, *written).next("make room for it, or give another path: -o PATH")
        }
        ClientError::Call { written, .. } => left(not_fetched(error, caller), destination, *written),
        _ => left(not_fetched(error, caller), destination, 0),
    }
}

fn not_fetched(error: &ClientError, caller: &Caller) -> Failure {
    caller.failure("the asset was not fetched", error)
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
