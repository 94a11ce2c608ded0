//! What the head of a response says about its body.

use http::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};

use crate::header::{ContentDisposition, ContentType};
use crate::material::FileInfo;

pub(crate) struct Head {
    pub(super) status: StatusCode,
    /// Whether a `Content-Encoding` other than identity, or a `Transfer-Encoding` other than chunked, was not
    /// decoded.
    pub(super) is_encoded: bool,
    pub(super) announced: Announced,
    /// Parsed only if it is needed: most responses are judged without it.
    content_type: Option<HeaderValue>,
    pub(super) disposition: ContentDisposition,
}

impl Head {
    pub(crate) fn new(mut parts: Parts) -> Self {
        let content_type = parts.headers.remove(CONTENT_TYPE);
        Self {
            content_type,
            status: parts.status,
            is_encoded: is_encoded(&parts),
            announced: Announced::from_headers(&parts.headers),
            disposition: parts
                .headers
                .get(CONTENT_DISPOSITION)
                .map(|value| ContentDisposition::parse(value.as_bytes()))
                .unwrap_or_default(),
        }
    }

    /// The metadata of a file that begins with this window. Takes the file name out of the head.
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

    /// Whether there is a content type, and the predicate holds for it.
    pub(super) fn says(&self, holds: impl Fn(&ContentType) -> bool) -> bool {
        self.content_type().as_ref().is_some_and(holds)
    }
}

/// The lengths that `Content-Length` announces: none, one, or several that do not agree.
pub(super) struct Announced(Option<(u64, u64)>);

impl Announced {
    fn from_headers(headers: &HeaderMap) -> Self {
        // Chunked overrides a Content-Length (RFC 9112, section 6.3). Other codings do not announce a length.
        let is_chunked =
            list_items(headers, TRANSFER_ENCODING).last().is_some_and(|last| is(last, "chunked"));
        if is_chunked {
            return Self(None);
        }
        let mut values = headers.get_all(CONTENT_LENGTH).iter().map(HeaderValue::as_bytes);
        if let (Some(value @ [_, ..]), None) = (values.next(), values.next()) {
            // Nearly every response has a single number.
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

/// Parses a length in decimal digits. A length that does not fit into a u64 becomes the largest one.
fn length(digits: &[u8]) -> Option<u64> {
    // A longer number may not fit into a u64.
    const MAX_DIGITS: usize = 19;
    if digits.len() > MAX_DIGITS {
        let digits = std::str::from_utf8(digits).ok()?;
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        return is_number.then(|| digits.parse().unwrap_or(u64::MAX));
    }
    digits
        .iter()
        .try_fold(0, |length, byte| byte.is_ascii_digit().then(|| 10 * length + u64::from(byte - b'0')))
}

/// Whether the body must be decoded before it can be read. HTTP/1.0 does not have chunks, so a client that receives them
/// in such a response leaves them in the body.
fn is_encoded(parts: &Parts) -> bool {
    let is_old = parts.version < Version::HTTP_11;
    let is_decoded = |coding| is(coding, "identity") || (is(coding, "chunked") && !is_old);
    list_items(&parts.headers, CONTENT_ENCODING).any(|coding| !is(coding, "identity"))
        || list_items(&parts.headers, TRANSFER_ENCODING).any(|coding| !is_decoded(coding))
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
        Head::new(response.body(()).unwrap().into_parts().0)
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
        // These values do not announce a length.
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
    fn a_transfer_coding_that_was_not_decoded_is_left_over() {
        for (coding, is_encoded) in
            [("gzip, chunked", true), ("x-unknown", true), ("identity", false), ("chunked", false)]
        {
            assert_eq!(head(&[("transfer-encoding", coding)]).is_encoded, is_encoded, "{coding}");
        }
        let old = Response::builder().version(Version::HTTP_10).header("transfer-encoding", "chunked");
        assert!(Head::new(old.body(()).unwrap().into_parts().0).is_encoded);
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
