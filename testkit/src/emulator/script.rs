//! The exact bytes that each quirk sends, which an HTTP library would not produce.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::json;

use super::quirk::Quirk;

/// The steps that send an answer.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) steps: VecDeque<Step>,
}

#[derive(Debug)]
pub(super) enum Step {
    Send(Vec<u8>),
    /// Sends the bytes again and again until the client stops reading.
    Repeat(Vec<u8>),
    Pause(Duration),
    /// Ends the connection in an orderly way.
    Close,
    /// Resets the connection.
    Reset,
}

const PICTURE: &[u8] = include_bytes!("../../assets/picture.jpg");
const ATTACHMENT: &str = "Content-Disposition: attachment; filename=\"picture.jpg\"\r\n";
const TEXT: &str = "Content-Type: text/plain\r\n";
const NEWS: &str = r#"{"news_item":[{"title":"t"}]}"#;

/// `{"news_item":[{"title":"gzip"}]}`, compressed.
const GZIP: &[u8] =
    b"\x1F\x8B\x08\0\0\0\0\0\x02\xFF\xABV\xCAK-/\x8E\xCF,I\xCDU\xB2\x8A\xAEV*\xC9,\xC9IU\xB2RJ\xAF\xCA,P\xAA\
                      \x8D\xAD\x05\0\xB9\x0E,\xA1\x20\0\0\0";

impl Script {
    /// Returns the script of a quirk for a request to `target` at `host`.
    pub(super) fn new(quirk: Quirk, host: &str, target: &str) -> Self {
        let half = PICTURE.len() / 2;
        let news = |body: &[u8]| Self::answer(200, TEXT, body);
        let spoiled = |from: &str, to: &[u8]| {
            let (before, after) = NEWS.split_once(from).unwrap_or((NEWS, ""));
            news(&[before.as_bytes(), to, after.as_bytes()].concat())
        };
        match quirk {
            Quirk::Errcode(code) => {
                news(json!({ "errcode": code, "errmsg": "quirk" }).to_string().as_bytes())
            }
            Quirk::HtmlPage => {
                Self::answer(200, "Content-Type: text/html\r\n", b"<!DOCTYPE html><html>Log in</html>")
            }
            Quirk::QuotingPage => {
                let page = format!("<html>Cannot fetch http://{host}{target}</html>");
                Self::answer(200, "Content-Type: text/html\r\n", page.as_bytes())
            }
            Quirk::GatewayText => Self::answer(200, TEXT, b"upstream connect error"),
            Quirk::BadGateway => Self::answer(502, TEXT, b"upstream connect error"),
            Quirk::RedirectElsewhere => {
                // A host name that cannot exist.
                Self::answer(302, &format!("Location: http://elsewhere.invalid{target}\r\n"), b"")
            }
            Quirk::RedirectToItself => {
                Self::answer(302, &format!("Location: http://{host}{target}\r\n"), b"")
            }
            Quirk::PartialContent => {
                let range = format!("{ATTACHMENT}Content-Range: bytes 0-{}/{}\r\n", half - 1, PICTURE.len());
                Self::answer(206, &range, &PICTURE[..half])
            }
            Quirk::EmptyBody => Self::answer(200, "", b""),
            Quirk::EmptyAttachment => Self::answer(200, ATTACHMENT, b""),
            Quirk::ByteOrderMark => spoiled("{\"news", b"\xEF\xBB\xBF{\"news"),
            Quirk::DoubledColon => spoiled("\"title\":", b"\"title\"::"),
            Quirk::TrailingComma => spoiled("}]}", b"},]}"),
            Quirk::Comment => spoiled("[{", b"[/* one */{"),
            Quirk::ControlCharacter => spoiled("\"t\"", b"\"\x08t\""),
            Quirk::InvalidEscape => spoiled("\"t\"", b"\"\\t\\d\""),
            Quirk::LoneSurrogate => spoiled("\"t\"", b"\"t\\uD83D\""),
            Quirk::InvalidUtf8 => spoiled("\"t\"", b"\"t\xE4\xBD\""),
            Quirk::UnclosedString => spoiled("\"}]}", b""),
            Quirk::UnclosedObject => spoiled("}]}", b""),
            Quirk::UnclosedComment => spoiled("}]}", b"}/* "),
            Quirk::MissingValue => spoiled("\"t\"", b""),
            Quirk::BareWord => spoiled("\"t\"", b"TITLE"),
            Quirk::DoubledComma => spoiled("}]}", b"},,{}]}"),
            Quirk::SecondDocument => spoiled("}]}", b"}]}{}"),
            Quirk::TruncatedBody => Self::picture(PICTURE.len(), half).then(Step::Close),
            Quirk::LengthTooShort => Self::picture(half, PICTURE.len()).then(Step::Close),
            Quirk::LengthTooLong => Self::picture(PICTURE.len() + 1, PICTURE.len()).then(Step::Close),
            Quirk::LengthTwice => {
                let second = format!("{ATTACHMENT}Content-Length: {}\r\n", PICTURE.len() + 1);
                Self::answer(200, &second, PICTURE).then(Step::Close)
            }
            Quirk::ResetBeforeBody => Self::picture(PICTURE.len(), 0).then(Step::Reset),
            Quirk::ResetInBody => Self::picture(PICTURE.len(), half).then(Step::Reset),
            Quirk::Drip => PICTURE.iter().fold(Self::picture(PICTURE.len(), 0), |script, byte| {
                script.then(Step::Pause(Duration::from_millis(100))).then(Step::Send(vec![*byte]))
            }),
            Quirk::Endless => {
                let head = format!("HTTP/1.1 200 OK\r\n{ATTACHMENT}Connection: close\r\n\r\n");
                Self::start(head.into_bytes()).then(Step::Repeat(vec![0; 16 << 10]))
            }
            Quirk::Gzip => Self::answer(200, &format!("{TEXT}Content-Encoding: gzip\r\n"), GZIP),
            Quirk::GzipHeaderOnly => {
                Self::answer(200, &format!("{TEXT}Content-Encoding: gzip\r\n"), NEWS.as_bytes())
            }
            Quirk::LargeHead => {
                let headers: String =
                    (0..64).map(|n| format!("X-Large-{n}: {}\r\n", "x".repeat(1010))).collect();
                Self::answer(200, &(headers + TEXT), NEWS.as_bytes())
            }
            Quirk::RepeatedHeaders => {
                Self::answer(200, &("X-Equal: 1\r\n".repeat(100) + TEXT), NEWS.as_bytes())
            }
            Quirk::NonAsciiHeaders => {
                let length = format!("Content-Length: {}\r\n\r\n", PICTURE.len());
                let name = "Content-Disposition: attachment; filename=\"绿.jpg\"\r\n".as_bytes();
                let head = [b"HTTP/1.1 200 OK\r\nX-Latin: caf\xE9\r\n", name, length.as_bytes()].concat();
                Self::start([&head, PICTURE].concat())
            }
            Quirk::TooManyRequests => Self::answer(429, "Retry-After: 1\r\n", b"slow down"),
            Quirk::Unavailable => Self::answer(503, "Retry-After: 1\r\n", b"come back later"),
        }
    }

    fn start(bytes: Vec<u8>) -> Self {
        Self { steps: VecDeque::from([Step::Send(bytes)]) }
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push_back(step);
        self
    }

    /// A whole answer. The connection stays open.
    fn answer(status: u16, headers: &str, body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 {status} Quirk\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
        Self::start([head.as_bytes(), body].concat())
    }

    /// The first `sent` bytes of the picture, announced with another length.
    fn picture(announced: usize, sent: usize) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\n{ATTACHMENT}Content-Length: {announced}\r\n\r\n");
        Self::start([head.as_bytes(), &PICTURE[..sent]].concat())
    }
}
