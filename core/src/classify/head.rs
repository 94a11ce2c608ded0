//! What the head of a response says about its body.

use http::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};

use crate::header::{ContentDisposition, ContentType};
use crate::material::FileInfo;

pub(crate) struct Head {
    pub(super) status: StatusCode,
    /// Whether a `Content-Encoding` other than identity is left over, or a `Transfer-Encoding` other than chunked.
    pub(super) is_encoded: bool,
    pub(super) announced: Announced,
    /// Read only when it is asked for: most responses are told without it.
    content_type: Option<HeaderValue>,
    pub(super) disposition: ContentDisposition,
}

impl Head {
    pub(crate) fn of(mut parts: Parts) -> Self {
        let content_type = parts.headers.remove(CONTENT_TYPE);
        Self {
            content_type,
            status: parts.status,
            is_encoded: is_encoded(&parts),
            announced: Announced::by(&parts.headers),
            disposition: parts
                .headers
                .get(CONTENT_DISPOSITION)
                .map(|value| ContentDisposition::parse(value.as_bytes()))
                .unwrap_or_default(),
        }
    }

    /// What is known of a file that begins with this window. The name is taken out.
    pub(crate) fn take_file_info(&mut self, window: &[u8], length: Option<u64>) -> FileInfo {
        FileInfo::new(window, length, self.content_type(), self.disposition.take_file_name())
    }

    /// The length that `Content-Length` announces, if it is one number.
    pub(crate) fn announced_length(&self) -> Option<u64> {
        self.announced.length()
    }

    fn content_type(&self) -> Option<ContentType> {
        let value = self.content_type.as_ref()?.as_bytes();
        (!value.is_empty()).then(|| ContentType::parse(value))
    }

    /// Whether there is a content type of which this holds.
    pub(super) fn says(&self, holds: impl Fn(&ContentType) -> bool) -> bool {
        self.content_type().as_ref().is_some_and(holds)
    }
}

/// The lengths that `Content-Length` announces: none, one, or several that do not agree.
pub(super) struct Announced(Option<(u64, u64)>);

impl Announced {
    fn by(headers: &HeaderMap) -> Self {
        // Beside it a Content-Length does not count (RFC 9112, section 6.3). Of other codings nobody knows the length.
        let is_chunked =
            list_items(headers, TRANSFER_ENCODING).last().is_some_and(|last| is(last, "chunked"));
        if is_chunked {
            return Self(None);
        }
        let mut values = headers.get_all(CONTENT_LENGTH).iter().map(HeaderValue::as_bytes);
        if let (Some(value @ [_, ..]), None) = (values.next(), values.next()) {
            // One number, as in nearly every response.
            if let Some(length) = length(value) {
                return Self(Some((length, length)));
            }
        }
        let mut lengths = list_items(headers, CONTENT_LENGTH).filter_map(length);
        Self(lengths.next().map(|first| {
            lengths.fold((first, first), |(least, most), length| (least.min(length), most.max(length)))
        }))
    }

    fn length(&self) -> Option<u64> {
        self.0.and_then(|(least, most)| (least == most).then_some(least))
    }

    /// An announced length that is not the one received.
    pub(super) fn contradiction(&self, received: u64) -> Option<u64> {
        let (least, most) = self.0?;
        [least, most].into_iter().find(|announced| *announced != received)
    }
}

/// A length in decimal digits; one that no body can have counts as the longest.
fn length(digits: &[u8]) -> Option<u64> {
    // So many may be more than a u64 holds.
    const TOO_MANY: usize = 20;
    if digits.len() >= TOO_MANY {
        let digits = std::str::from_utf8(digits).ok()?;
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        return is_number.then(|| digits.parse().unwrap_or(u64::MAX));
    }
    digits
        .iter()
        .try_fold(0, |length, byte| byte.is_ascii_digit().then(|| 10 * length + u64::from(byte - b'0')))
}

/// Whether the body is not what its sender meant until somebody decodes it. HTTP/1.0 knows no chunks, so a client that
/// was sent some has left them as they are.
fn is_encoded(parts: &Parts) -> bool {
    let is_old = parts.version < Version::HTTP_11;
    let undone = |coding| is(coding, "identity") || (is(coding, "chunked") && !is_old);
    list_items(&parts.headers, CONTENT_ENCODING).any(|coding| !is(coding, "identity"))
        || list_items(&parts.headers, TRANSFER_ENCODING).any(|coding| !undone(coding))
}

fn is(coding: &[u8], name: &str) -> bool {
    coding.eq_ignore_ascii_case(name.as_bytes())
}

/// The items of a comma-separated header, over all its lines.
fn list_items(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &[u8]> {
    headers
        .get_all(name)
        .into_iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;

    fn head(headers: &[(&str, &str)]) -> Head {
        let response = headers
            .iter()
            .fold(Response::builder(), |response, (name, value)| response.header(*name, *value));
        Head::of(response.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn announced_lengths_are_compared_with_what_arrived() {
        let contradiction = |values: &[&str]| {
            let headers: Vec<_> = values.iter().map(|value| ("content-length", *value)).collect();
            head(&headers).announced.contradiction(5)
        };
        assert_eq!(contradiction(&[]), None);
        assert_eq!(contradiction(&["5"]), None);
        assert_eq!(contradiction(&["5", "5"]), None);
        assert_eq!(contradiction(&["5, 5"]), None);
        assert_eq!(contradiction(&["5", "6"]), Some(6));
        assert_eq!(contradiction(&["4, 5"]), Some(4));
        assert_eq!(contradiction(&["18446744073709551616"]), Some(u64::MAX));
        // These announce nothing.
        for value in ["-1", "", "five", "+5", "0x5"] {
            assert_eq!(contradiction(&[value]), None, "{value}");
        }
    }

    #[test]
    fn only_a_last_coding_of_chunked_overrides_a_length() {
        for (coding, contradiction) in [
            ("chunked", None),
            ("Chunked ,", None),
            ("gzip, chunked", None),
            ("identity", Some(9)),
            ("chunked, identity", Some(9)),
            ("", Some(9)),
        ] {
            let head = head(&[("content-length", "9"), ("transfer-encoding", coding)]);
            assert_eq!(head.announced.contradiction(5), contradiction, "{coding}");
        }
    }

    #[test]
    fn a_transfer_coding_that_nobody_undid_is_left_over() {
        for (coding, is_encoded) in
            [("gzip, chunked", true), ("x-unknown", true), ("identity", false), ("chunked", false)]
        {
            assert_eq!(head(&[("transfer-encoding", coding)]).is_encoded, is_encoded, "{coding}");
        }
        let old = Response::builder().version(Version::HTTP_10).header("transfer-encoding", "chunked");
        assert!(Head::of(old.body(()).unwrap().into_parts().0).is_encoded);
    }

    #[test]
    fn any_content_encoding_but_identity_is_left_over() {
        for value in ["gzip", "identity, br", "GZIP"] {
            assert!(head(&[("content-encoding", value)]).is_encoded, "{value}");
        }
        for value in ["identity", "Identity ,", ""] {
            assert!(!head(&[("content-encoding", value)]).is_encoded, "{value}");
        }
    }
}
