//! Finds secrets in texts, such as in a gateway's page that quotes the URL.

use std::borrow::Cow;

use memchr::memmem;
use percent_encoding::percent_decode;

/// Whether a text contains a secret: unchanged, form-encoded, or percent-encoded up to three times. A gateway encodes more
/// than once if it quotes a URL inside another one.
pub(crate) fn repeats(text: &[u8], secret: &str) -> bool {
    const ROUNDS: usize = 3;
    if secret.is_empty() {
        return false;
    }
    let secret = folded(secret.as_bytes());
    let mut text = Cow::Borrowed(text);
    for _ in 0..ROUNDS {
        if memmem::find(&folded(&text), &secret).is_some() {
            return true;
        }
        if !text.contains(&b'%') {
            return false;
        }
        text = Cow::Owned(percent_decode(&text).collect());
    }
    memmem::find(&folded(&text), &secret).is_some()
}

/// Forms encode a space as a plus sign, so both are treated as equal.
fn folded(text: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "81_a#&%+ 中";

    #[test]
    fn a_secret_is_found_in_every_encoding() {
        for text in [
            "81_a#&%+ 中",
            "bad 81_a#&%+ 中!",
            "at ?access_token=81_a%23%26%25%2B%20%E4%B8%AD&x",
            "at ?access_token=81_a%23%26%25%2b+%e4%b8%ad",
            "at ?url=%3Faccess_token%3D81_a%2523%2526%2525%252B%2520%25E4%25B8%25AD",
            "at ?url=81_a%252523%252526%252525%25252B%252520%2525E4%2525B8%2525AD",
            "%38%31_a%23&%25%2B 中",
        ] {
            assert!(repeats(text.as_bytes(), SECRET), "{text}");
        }
    }

    #[test]
    fn similar_text_does_not_repeat_a_secret() {
        for text in [
            "",
            "81_a",
            "100% invalid media_id",
            "81_a%23%26%25%2B%20%E4%B8",
            // Encoded four times, which is not looked for.
            "81_a%25252523%25252526%25252525%2525252B%25252520%252525E4%252525B8%252525AD",
        ] {
            assert!(!repeats(text.as_bytes(), SECRET), "{text}");
        }
        assert!(!repeats(b"anything", ""));
    }
}
