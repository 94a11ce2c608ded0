//! Faults of servers, gateways and networks.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Defines every quirk once: its variant, its name and its description.
macro_rules! quirks {
    ($($variant:ident $name:literal $about:literal)*) => {
        /// A fault that the emulator can produce.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Quirk {
            /// An error object with this `errcode`.
            Errcode(i64),
            $(#[doc = concat!("`", $name, "`: ", $about, ".")] $variant,)*
        }

        impl Quirk {
            /// All quirks. [`Errcode`](Self::Errcode) is included once, with -1 (busy).
            pub const ALL: &[Self] = &[Self::Errcode(-1), $(Self::$variant,)*];

            /// A short description of the answer.
            pub fn about(self) -> &'static str {
                match self {
                    Self::Errcode(_) => "an error object with this code",
                    $(Self::$variant => $about,)*
                }
            }

            fn name(self) -> Option<&'static str> {
                match self {
                    Self::Errcode(_) => None,
                    $(Self::$variant => Some($name),)*
                }
            }
        }
    };
}

quirks! {
    HtmlPage "html-page" "an HTML page with status 200"
    QuotingPage "quoting-page" "an HTML page that quotes the requested URL, including the token"
    GatewayText "gateway-text" "plain text from a gateway, with status 200"
    BadGateway "bad-gateway" "plain text from a gateway, with status 502"
    RedirectElsewhere "redirect-elsewhere" "302 to another host"
    RedirectToItself "redirect-to-itself" "302 to the requested URL"
    PartialContent "partial-content" "206 with half of a picture"
    EmptyBody "empty-body" "no body"
    EmptyAttachment "empty-attachment" "an empty attachment"
    ByteOrderMark "byte-order-mark" "news after a byte order mark"
    DoubledColon "doubled-colon" "news with an extra colon"
    TrailingComma "trailing-comma" "news with an extra comma"
    Comment "comment" "news with a comment"
    ControlCharacter "control-character" "news with a raw control character"
    InvalidEscape "invalid-escape" "news with an invalid backslash escape"
    LoneSurrogate "lone-surrogate" "news with half of a surrogate pair"
    InvalidUtf8 "invalid-utf8" "news with bytes that are not UTF-8"
    UnclosedString "unclosed-string" "JSON with a string that is never closed"
    UnclosedObject "unclosed-object" "JSON with an object that is never closed"
    UnclosedComment "unclosed-comment" "JSON with a comment that is never closed"
    MissingValue "missing-value" "JSON with a key and no value"
    BareWord "bare-word" "JSON with a word without quotes"
    DoubledComma "doubled-comma" "JSON with two commas in a row"
    SecondDocument "second-document" "JSON followed by another document"
    TruncatedBody "truncated-body" "half of a picture, then the end of the connection"
    LengthTooShort "length-too-short" "a picture whose Content-Length is half of its size"
    LengthTooLong "length-too-long" "a picture whose Content-Length is one byte too long, then the end of the connection"
    LengthTwice "length-twice" "a picture with two different lengths"
    ResetBeforeBody "reset-before-body" "a head, then a reset of the connection"
    ResetInBody "reset-in-body" "half of a picture, then a reset of the connection"
    Drip "drip" "a picture, one byte every tenth of a second"
    Endless "endless" "a file that does not end"
    Gzip "gzip" "news compressed with gzip, although the client did not accept it"
    GzipHeaderOnly "gzip-header-only" "uncompressed news with Content-Encoding: gzip"
    LargeHead "large-head" "news with 64 KiB of headers"
    RepeatedHeaders "repeated-headers" "news with the same header a hundred times"
    NonAsciiHeaders "non-ascii-headers" "a picture with headers of raw UTF-8 and Latin-1"
    TooManyRequests "too-many-requests" "429 with Retry-After"
    Unavailable "unavailable" "503 with Retry-After"
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.name()) {
            (_, Some(name)) => f.write_str(name),
            (Self::Errcode(code), None) => write!(f, "errcode:{code}"),
            (_, None) => Ok(()),
        }
    }
}

/// The error for an unknown name of a [`Quirk`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("unknown quirk: use a listed name, or errcode: and a number")]
pub struct UnknownQuirk;

impl FromStr for Quirk {
    type Err = UnknownQuirk;

    fn from_str(name: &str) -> Result<Self, UnknownQuirk> {
        if let Some(code) = name.strip_prefix("errcode:") {
            return code.parse().map(Self::Errcode).map_err(|_| UnknownQuirk);
        }
        Self::ALL.iter().copied().find(|quirk| quirk.name() == Some(name)).ok_or(UnknownQuirk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quirk_is_found_by_its_name() {
        for quirk in Quirk::ALL.iter().copied().chain([Quirk::Errcode(45009)]) {
            assert_eq!(quirk.to_string().parse(), Ok(quirk));
        }
        for name in ["", "errcode", "errcode:", "errcode:x", "html"] {
            assert_eq!(name.parse::<Quirk>(), Err(UnknownQuirk));
        }
    }
}
