//! A token or secret that is searched in all that is printed.

use std::error::Error;
use std::fmt::Debug;

pub(crate) const CANARY: &str = "81_CANARY#&%+ 中";

/// The parts of it that show in any encoding, and those that show only when it is encoded.
const TRACES: [&str; 3] = ["CANARY", "#&%+ 中", "%E4%B8%AD"];

/// Searches what was printed.
#[track_caller]
pub(crate) fn assert_silent(what: &str, printed: &str) {
    for trace in TRACES {
        assert!(!printed.contains(trace), "{what}: {printed}");
    }
}

/// Searches what an error and its causes print.
#[track_caller]
pub(crate) fn assert_error_is_silent(what: &str, error: &(dyn Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        assert_silent(what, &format!("{error} {error:?}"));
        next = error.source();
    }
}

/// Searches what a result prints.
#[track_caller]
pub(crate) fn assert_result_is_silent<T: Debug, E: Error + 'static>(what: &str, result: &Result<T, E>) {
    match result {
        Ok(answer) => assert_silent(what, &format!("{answer:?}")),
        Err(error) => assert_error_is_silent(what, error),
    }
}
