//! What no message may repeat: app secret and access tokens, in any encoding.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use super::transport::RecordingTransport;

#[derive(Clone)]
pub(crate) struct Secrets {
    /// What the account is opened with.
    given: String,
    /// Has the tokens that were obtained with it.
    transport: RecordingTransport,
}

impl Secrets {
    pub(super) fn new(given: &str, transport: &RecordingTransport) -> Self {
        Self { given: given.to_owned(), transport: transport.clone() }
    }

    pub(crate) fn are_in(&self, text: &str) -> bool {
        repeats(text, &self.given) || self.transport.sent_tokens().iter().any(|token| repeats(text, token))
    }
}

/// Whether a text contains a secret: as it is, percent-encoded, as a form would encode it, or encoded once more
/// because a gateway quotes a URL inside of another.
pub(super) fn repeats(text: &str, secret: &str) -> bool {
    const ROUNDS: usize = 3;
    // A form writes a space as a plus.
    let folded = |text: &[u8]| -> Vec<u8> {
        text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()
    };
    let secret = folded(secret.as_bytes());
    let mut text = Cow::Borrowed(text.as_bytes());
    for _ in 0..=ROUNDS {
        if folded(&text).windows(secret.len().max(1)).any(|window| window == secret) {
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
    fn a_secret_is_found_in_every_encoding() {
        let secret = "81_a#&%+ 中";
        for text in [
            "bad 81_a#&%+ 中!",
            "at ?access_token=81_a%23%26%25%2B%20%E4%B8%AD&x",
            "at ?access_token=81_a%23%26%25%2b+%e4%b8%ad",
            "at ?url=%3Faccess_token%3D81_a%2523%2526%2525%252B%2520%25E4%25B8%25AD",
            "%38%31_a%23&%25%2B 中",
        ] {
            assert!(repeats(text, secret), "{text}");
        }
        for text in ["", "81_a", "100% invalid media_id", "81_a%23%26%25%2B%20%E4%B8"] {
            assert!(!repeats(text, secret), "{text}");
        }
    }

    #[test]
    fn tokens_that_were_sent_are_secrets_too() {
        let transport = RecordingTransport::new(None);
        let secrets = Secrets::new("the app secret", &transport);
        assert!(secrets.are_in("not the%20app+secret!") && !secrets.are_in("a b&c"));
        for query in ["access_token=a%20b%26c", "x=1&access_token=d"] {
            transport.record(&format!("http://127.0.0.1/?{query}").parse().unwrap());
        }
        assert!(secrets.are_in("for a+b%26c") && secrets.are_in("d") && !secrets.are_in("a b"));
    }
}
