//! A token or secret that must not occur in printed text.

use std::error::Error;
use std::fmt::Debug;

pub(crate) const CANARY: &str = "81_CANARY#&%+ 中";

/// Parts of the canary that are visible in any encoding, only without encoding, or only with percent-encoding.
const TRACES: [&str; 3] = ["CANARY", "#&%+ 中", "%E4%B8%AD"];

/// Asserts that a printed text does not contain the canary.
#[track_caller]
pub(crate) fn assert_silent(what: &str, printed: &str) {
    for trace in TRACES {
        assert!(!printed.contains(trace), "{what}: {printed}");
    }
}

/// Asserts that an error and its causes do not print the canary.
#[track_caller]
pub(crate) fn assert_error_is_silent(what: &str, error: &(dyn Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        assert_silent(what, &format!("{error} {error:?}"));
        next = error.source();
    }
}

/// Asserts that a result does not print the canary.
#[track_caller]
pub(crate) fn assert_result_is_silent<T: Debug, E: Error + 'static>(what: &str, result: &Result<T, E>) {
    match result {
        Ok(answer) => assert_silent(what, &format!("{answer:?}")),
        Err(error) => assert_error_is_silent(what, error),
    }
}
