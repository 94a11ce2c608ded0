//! What WeChat said of a refusal: shown, unless it repeats the token.

use std::borrow::Cow;

use percent_encoding::percent_decode;
use wechat_material::{AccessToken, Fault};

use crate::failure::Failure;
use crate::printable::shortened;

/// Columns of WeChat's words that are shown at most.
const LONGEST: usize = 300;

impl Failure {
    /// With WeChat's own words on a fault, which the error itself leaves out.
    pub(super) fn with_words(self, fault: &Fault, token: &AccessToken) -> Self {
        match words(fault) {
            None => self,
            Some(words) if repeat(fault.raw(), token) || repeat(&words, token) => {
                self.with("WeChat's words are left out: they repeat the access token")
            }
            Some(words) => self.with(format!("WeChat's words: {}", shortened(&words, LONGEST))),
        }
    }
}

fn words(fault: &Fault) -> Option<String> {
    match (fault.message.as_str(), fault.hint.as_deref().unwrap_or_default()) {
        ("", "") => None,
        (message, "") => Some(message.to_owned()),
        ("", hint) => Some(format!("hint {hint}")),
        (message, hint) => Some(format!("{message} (hint {hint})")),
    }
}

/// Whether words contain the token: as it is, percent-encoded, as a form would encode it, or encoded once
/// more because a gateway quotes a URL inside of another.
pub(super) fn repeat(text: &str, token: &AccessToken) -> bool {
    const ROUNDS: usize = 3;
    // A form writes a space as a plus.
    let folded = |text: &[u8]| -> Vec<u8> {
        text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()
    };
    let token = folded(token.expose().as_bytes());
    let mut text = Cow::Borrowed(text.as_bytes());
    for _ in 0..=ROUNDS {
        if folded(&text).windows(token.len().max(1)).any(|window| window == token) {
            return true;
        }
        text = Cow::Owned(percent_decode(&text).collect());
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_every_encoding() {
        let token = AccessToken::new("81_a#&%+ 中");
        for text in [
            "bad 81_a#&%+ 中!",
            "at ?access_token=81_a%23%26%25%2B%20%E4%B8%AD&x",
            "at ?access_token=81_a%23%26%25%2b+%e4%b8%ad",
            "at ?url=%3Faccess_token%3D81_a%2523%2526%2525%252B%2520%25E4%25B8%25AD",
            "%38%31_a%23&%25%2B 中",
        ] {
            assert!(repeat(text, &token), "{text}");
        }
        for text in ["", "81_a", "100% invalid media_id", "81_a%23%26%25%2B%20%E4%B8"] {
            assert!(!repeat(text, &token), "{text}");
        }
    }
}
