//! The name of this program in what it prints for copying.

use std::env;

/// How it was started, as it need not be on the PATH.
pub(crate) fn program() -> String {
    let started_as = env::args_os().next().and_then(|name| name.into_string().ok()).unwrap_or_default();
    let is_plain = |char: char| char.is_alphanumeric() || "/._-+:\\".contains(char);
    if !started_as.is_empty() && started_as.chars().all(is_plain) {
        started_as
    } else {
        "wechat-material".to_owned()
    }
}
