//! The two headers that describe a file. An invalid header never makes a response fail.

use std::borrow::Cow;

use mime::Mime;
use percent_encoding::percent_decode;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A `Content-Type`. WeChat often sends invalid ones, and few decisions depend on it. In JSON it is the unchanged value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType {
    text: String,
    mime: Option<Mime>,
}

impl ContentType {
    /// Parses a header value. Any bytes are accepted.
    pub fn parse(value: &[u8]) -> Self {
        let text = String::from_utf8_lossy(value).trim().to_owned();
        // `mime` mostly refuses parameters, as in `text/plain ; charset=utf-8`.
        let essence = text.split(';').next().unwrap_or_default().trim();
        let mime = text.parse().or_else(|_| essence.parse()).ok();
        Self { text, mime }
    }

    /// The unchanged value.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The media type in lower case and without parameters, such as `image/jpeg`; `None` if the value is invalid.
    pub fn media_type(&self) -> Option<&str> {
        self.mime.as_ref().map(Mime::essence_str)
    }

    pub(crate) fn is_json(&self) -> bool {
        self.mime
            .as_ref()
            .is_some_and(|mime| mime.subtype() == mime::JSON || mime.suffix() == Some(mime::JSON))
    }

    pub(crate) fn is_media(&self) -> bool {
        self.mime.as_ref().is_some_and(|mime| {
            matches!(mime.type_(), mime::IMAGE | mime::AUDIO | mime::VIDEO)
                || mime.essence_str() == mime::APPLICATION_OCTET_STREAM
        })
    }

    pub(crate) fn is_html(&self) -> bool {
        matches!(self.media_type(), Some("text/html" | "application/xhtml+xml"))
    }
}

impl Serialize for ContentType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ContentType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(Cow::<str>::deserialize(deserializer)?.as_bytes()))
    }
}

/// A `Content-Disposition`
/// ([RFC 6266](https://www.rfc-editor.org/rfc/rfc6266), [RFC 8187](https://www.rfc-editor.org/rfc/rfc8187)).
///
/// ```
/// # use wechat_material::ContentDisposition;
/// let value = ContentDisposition::parse(b"attachment; filename*=UTF-8''%E6%B5%8B%E8%AF%95.jpg; filename=x");
/// assert!(value.is_attachment());
/// assert_eq!(value.file_name(), Some("测试.jpg"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentDisposition {
    attachment: bool,
    file_name: Option<String>,
}

impl ContentDisposition {
    /// Parses a header value. Any bytes are accepted.
    pub fn parse(value: &[u8]) -> Self {
        let (kind, parameters) = split_at_byte(value, b';');
        let mut plain = None;
        let mut extended = None;
        for (name, value) in Parameters(parameters) {
            if name.eq_ignore_ascii_case(b"filename*") {
                extended = extended.or_else(|| decode_extended(&value).filter(|name| !name.is_empty()));
            } else if name.eq_ignore_ascii_case(b"filename") {
                plain = plain.or_else(|| Some(decode_plain(&value)).filter(|name| !name.is_empty()));
            }
        }
        Self {
            attachment: kind.trim_ascii().eq_ignore_ascii_case(b"attachment"),
            file_name: extended.or(plain),
        }
    }

    /// Whether the disposition is `attachment`: a file to save.
    pub fn is_attachment(&self) -> bool {
        self.attachment
    }

    /// The decoded name: `filename*` if it can be decoded, otherwise `filename`. An uploader chose it, so never use it as a
    /// path; see [`FileInfo::safe_name`](crate::FileInfo::safe_name).
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    pub(crate) fn take_file_name(&mut self) -> Option<String> {
        self.file_name.take()
    }
}

/// Parameters separated by semicolons: `name=token` or `name="quoted \"text\""`.
struct Parameters<'v>(&'v [u8]);

impl<'v> Iterator for Parameters<'v> {
    type Item = (&'v [u8], Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.0.trim_ascii_start();
            if start.is_empty() {
                return None;
            }
            let end = start.iter().position(|byte| matches!(byte, b';' | b'='));
            let end = end.unwrap_or(start.len());
            let name = start[..end].trim_ascii_end();
            if start.get(end) != Some(&b'=') {
                self.0 = start.get(end + 1..).unwrap_or_default();
                continue;
            }
            let value = start[end + 1..].trim_ascii_start();
            if let Some(quoted) = value.strip_prefix(b"\"") {
                let (text, rest) = unquote(quoted);
                self.0 = split_at_byte(rest, b';').1;
                return Some((name, text));
            }
            let (token, rest) = split_at_byte(value, b';');
            self.0 = rest;
            return Some((name, token.trim_ascii_end().to_vec()));
        }
    }
}

/// Splits a value at the first `byte`, which is left out.
fn split_at_byte(value: &[u8], byte: u8) -> (&[u8], &[u8]) {
    match value.iter().position(|b| *b == byte) {
        Some(at) => (&value[..at], &value[at + 1..]),
        None => (value, &[]),
    }
}

/// Unescapes the text up to the closing quote, or to the end if there is none. Also returns the rest after the quote.
fn unquote(quoted: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut text = Vec::with_capacity(quoted.len());
    let mut bytes = quoted.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => text.extend(bytes.next()),
            _ => text.push(*byte),
        }
    }
    (text, bytes.as_slice())
}

/// Decodes `utf-8'zh'%E6%B5%8B`: charset, language, percent-encoded text.
fn decode_extended(value: &[u8]) -> Option<String> {
    let (charset, rest) = split_at_byte(value, b'\'');
    let (_language, text) = split_at_byte(rest, b'\'');
    let bytes: Vec<u8> = percent_decode(text).collect();
    if charset.eq_ignore_ascii_case(b"utf-8") {
        String::from_utf8(bytes).ok()
    } else if charset.eq_ignore_ascii_case(b"iso-8859-1") {
        Some(latin1(&bytes))
    } else {
        None
    }
}

/// Decodes raw UTF-8, UTF-8 that was taken for Latin-1 and encoded as UTF-8 again, or plain Latin-1.
fn decode_plain(value: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(value) else {
        return latin1(value);
    };
    if text.is_ascii() {
        return text.to_owned();
    }
    let narrow: Option<Vec<u8>> = text.chars().map(|char| u8::try_from(char).ok()).collect();
    narrow.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| text.to_owned())
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(value: &[u8]) -> Option<String> {
        ContentDisposition::parse(value).take_file_name()
    }

    #[test]
    fn file_names_are_read_from_tokens_and_quoted_strings() {
        assert_eq!(ContentDisposition::parse(b"attachment; filename=a").file_name(), Some("a"));
        assert_eq!(ContentDisposition::parse(b"attachment").file_name(), None);
        let attachment = |rest: &str| name(format!("attachment{rest}").as_bytes());
        assert_eq!(attachment("; filename=a.jpg").as_deref(), Some("a.jpg"));
        assert_eq!(attachment(" ;FILENAME = my photo.jpg ; x=y").as_deref(), Some("my photo.jpg"));
        assert_eq!(attachment(r#"; filename="a;b=\"c\".jpg"; x"#).as_deref(), Some(r#"a;b="c".jpg"#));
        assert_eq!(attachment(r#"; filename="never closed"#).as_deref(), Some("never closed"));
        assert_eq!(attachment(r#"; filename="tail\"#).as_deref(), Some("tail"));
        assert_eq!(attachment(r#"; x; filename="first"; filename="second""#).as_deref(), Some("first"));
        assert_eq!(attachment(r#"; filename=""; filename="second""#).as_deref(), Some("second"));
        assert_eq!(attachment(r#"; filename="""#), None);
        assert_eq!(attachment(""), None);
        assert_eq!(name(b""), None);
    }

    #[test]
    fn filename_star_comes_first_if_it_can_be_decoded() {
        let both = |star: &str| name(format!("attachment; filename=plain; filename*={star}").as_bytes());
        assert_eq!(both("UTF-8'zh'%E6%B5%8B%E8%AF%95.xlsx").as_deref(), Some("测试.xlsx"));
        assert_eq!(both("iso-8859-1'en'%A3%20rates").as_deref(), Some("£ rates"));
        assert_eq!(both("\"utf-8''quoted%21\"").as_deref(), Some("quoted!"));
        assert_eq!(both("gbk''%B2%E2").as_deref(), Some("plain"));
        assert_eq!(both("utf-8''%FF%FE").as_deref(), Some("plain"));
        assert_eq!(both("").as_deref(), Some("plain"));
        assert_eq!(both("utf-8''").as_deref(), Some("plain"));
    }

    #[test]
    fn mangled_names_are_recovered() {
        assert_eq!(name("attachment; filename=\"测试.jpg\"".as_bytes()).as_deref(), Some("测试.jpg"));
        let mangled: String = latin1("测试.jpg".as_bytes());
        assert_eq!(
            name(format!("attachment; filename=\"{mangled}\"").as_bytes()).as_deref(),
            Some("测试.jpg")
        );
        assert_eq!(name(b"attachment; filename=\"caf\xe9.jpg\"").as_deref(), Some("café.jpg"));
        assert_eq!(name("attachment; filename=\"café.jpg\"".as_bytes()).as_deref(), Some("café.jpg"));
    }

    #[test]
    fn only_the_type_says_attachment() {
        assert!(ContentDisposition::parse(b" Attachment ").is_attachment());
        for value in [&b"inline; filename=attachment"[..], b"filename=\"x\"", b"attachments", b"", b"\xff"] {
            assert!(!ContentDisposition::parse(value).is_attachment());
        }
    }

    #[test]
    fn every_content_type_is_classified() {
        let parse = |value: &str| ContentType::parse(value.as_bytes());
        for json in [
            "application/json; encoding=utf-8",
            "APPLICATION/JSON ;charset",
            " application/problem+json ",
            "text/json;",
        ] {
            assert!(parse(json).is_json(), "{json}");
        }
        for media in ["image/jpeg", "audio/amr", "video/mp4 ; x", "application/octet-stream;"] {
            assert!(parse(media).is_media(), "{media}");
        }
        for neither in ["text/plain", "", ";", "json", "application/xml", "imagejpeg"] {
            assert!(!parse(neither).is_json() && !parse(neither).is_media(), "{neither}");
        }
        assert!(parse("Text/HTML; charset=gbk").is_html());
        assert_eq!(parse("Image/JPEG; charset=GBK").media_type(), Some("image/jpeg"));
        assert_eq!(parse("TEXT/Plain ; charset=utf-8").media_type(), Some("text/plain"));
        assert_eq!(ContentType::parse(b"\xff/x").media_type(), None);
        assert_eq!(parse("text/plain ; x=1").as_str(), "text/plain ; x=1");
    }
}
