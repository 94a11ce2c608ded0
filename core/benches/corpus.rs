//! Generated responses that resemble real ones and are the same in every run.
//!
//! News is Chinese HTML with all documented fields and a few others. At any length, 60 % of its bytes are not ASCII and
//! 2.5 % are backslashes, within 0.2 percentage points.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use wechat_material::ParseOptions;
use wechat_material::http::Response;
use wechat_material::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, DATE,
};

mod article;
pub(crate) mod broken;
mod words;

use self::article::{BACKSLASHES_IN_1000, NON_ASCII_IN_1000, Tally, article};

pub(crate) const MEDIA_ID: &str = "mErowUdivp53pbwYC5N7cTIGQ6rdRS35adixH6s2tss";

/// A token as long as WeChat's, with the two characters of URL-safe base64 that are neither letters nor digits.
pub(crate) const TOKEN: &str = "81_Zx3-QkF0h7WmVtB2nLs9YcRe5uJdGaXoPi4_wTlKyN6vEbC8rMqHf1SzUgOjD-kApI7xQ2tV0s\
                                R5yWn9uBm3oKe6cJzLh4aFdGqTiXvPbN8rMlE1wYjUfCkSgHtDxOpAZVeQ2IRsLbNKADAYB";

/// A refusal: 100 bytes.
pub(crate) const FAULT: &[u8] =
    br#"{"errcode":40007,"errmsg":"invalid media_id hint: [Y2XIpa0119p502] rid: 6413208f-1ae7191d-6edfb203"}"#;

/// The size of an answer with news: the number of articles, and the bytes of each.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) name: &'static str,
    articles: usize,
    bytes_each: usize,
}

pub(crate) const KB_60: Size = Size { name: "60 KB", articles: 1, bytes_each: 60 << 10 };
pub(crate) const MB_1: Size = Size { name: "1 MB", articles: 1, bytes_each: 1 << 20 };
pub(crate) const KB_8X125: Size = Size { name: "8 x 125 KB", articles: 8, bytes_each: 125 << 10 };

impl Size {
    /// The approximate length of the body.
    pub(crate) const fn bytes(self) -> usize {
        self.articles * self.bytes_each
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Answers with news, in turn: a megabyte of different ones.
///
/// With the same short article again and again, a processor predicts every branch, and the reader seems twice as fast as
/// it is with a new article.
pub(crate) struct News {
    bodies: Vec<Vec<u8>>,
    next: AtomicUsize,
}

impl News {
    pub(crate) fn new(size: Size) -> Self {
        let different = MB_1.bytes().div_ceil(size.bytes());
        Self { bodies: (0..different).map(|seed| news(size, seed)).collect(), next: AtomicUsize::new(0) }
    }

    pub(crate) fn response(&self) -> Response<Vec<u8>> {
        let next = self.next.fetch_add(1, Ordering::Relaxed) % self.bodies.len();
        text_response(self.bodies[next].clone())
    }
}

/// The body of an answer with news. Each seed makes a different one.
pub(crate) fn news(size: Size, seed: usize) -> Vec<u8> {
    let mut chance = Chance(seed as u64);
    let articles: Vec<_> = (0..size.articles).map(|_| article(&mut chance, size.bytes_each)).collect();
    let body = format!(
        r#"{{"news_item":[{}],"create_time":1684392107,"update_time":1684478560}}"#,
        articles.join(",")
    );
    let tally = Tally::new(&body);
    assert!(tally.non_ascii_in_1000().abs_diff(NON_ASCII_IN_1000) <= 2, "{tally:?}");
    assert!(tally.backslashes_in_1000().abs_diff(BACKSLASHES_IN_1000) <= 2, "{tally:?}");
    assert!(body.len().abs_diff(size.bytes()) <= size.bytes() / 50, "{tally:?}");
    body.into_bytes()
}

/// JSON as WeChat sends it: with the content type of plain text.
pub(crate) fn text_response(body: Vec<u8>) -> Response<Vec<u8>> {
    Response::builder()
        .header(CONNECTION, "keep-alive")
        .header(CONTENT_TYPE, "text/plain")
        .header(DATE, "Thu, 18 May 2023 06:41:47 GMT")
        .header(CONTENT_LENGTH, body.len())
        .body(body)
        .expect("these headers are valid")
}

/// A picture of this many bytes, nearly all of them zero. A reader that looks at more than the first bytes takes longer for
/// a longer one.
pub(crate) fn file_response(bytes: usize) -> Response<Vec<u8>> {
    let mut body = vec![0; bytes];
    body[..12].copy_from_slice(b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01");
    Response::builder()
        .header(CONNECTION, "close")
        .header(CONTENT_TYPE, "image/jpeg")
        .header(DATE, "Thu, 18 May 2023 06:41:47 GMT")
        .header(CONTENT_DISPOSITION, "attachment; filename=\"8a125212e0a52c0c59d6cabcd2de18e8.jpg\"")
        .header(CACHE_CONTROL, "no-cache, must-revalidate")
        .header(CONTENT_LENGTH, bytes)
        .body(body)
        .expect("these headers are valid")
}

/// Options with limits that fit all these responses.
pub(crate) fn options() -> ParseOptions {
    ParseOptions::default().max_json(64 << 20).max_file(256 << 20)
}

/// Numbers that look random: a linear congruential generator, with Knuth's constants.
pub(crate) struct Chance(u64);

impl Chance {
    /// A number below this bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The upper bits are more random.
        usize::try_from(self.0 >> 33).expect("31 bits fit") % bound
    }

    pub(crate) fn one_of<'t, T: ?Sized>(&mut self, these: &[&'t T]) -> &'t T {
        these[self.below(these.len())]
    }

    /// A text of this many letters and digits.
    pub(crate) fn id(&mut self, length: usize) -> String {
        const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        (0..length).map(|_| char::from(DIGITS[self.below(DIGITS.len())])).collect()
    }
}
