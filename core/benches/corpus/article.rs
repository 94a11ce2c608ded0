//! Articles of any length, with the same mixture of bytes as real ones.

use super::Chance;
use super::words::{PLAIN, STOPS, STYLES, WORDS};

pub(crate) const NON_ASCII_IN_1000: usize = 600;
pub(crate) const BACKSLASHES_IN_1000: usize = 25;

/// Counts the kinds of bytes in a text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    bytes: usize,
    non_ascii: usize,
    backslashes: usize,
}

impl Tally {
    pub(crate) fn new(text: &str) -> Self {
        let mut tally = Self::default();
        tally.add(text);
        tally
    }

    fn add(&mut self, text: &str) {
        self.bytes += text.len();
        self.non_ascii += text.bytes().filter(|byte| !byte.is_ascii()).count();
        self.backslashes += text.bytes().filter(|byte| *byte == b'\\').count();
    }

    pub(crate) fn non_ascii_in_1000(self) -> usize {
        self.non_ascii * 1000 / self.bytes
    }

    pub(crate) fn backslashes_in_1000(self) -> usize {
        self.backslashes * 1000 / self.bytes
    }
}

/// A JSON object of about this length.
pub(crate) fn article(chance: &mut Chance, length: usize) -> String {
    let head = format!(
        r#"{{"title":"{}","author":"{}","digest":"{}","content":""#,
        prose(chance, 5),
        prose(chance, 1),
        prose(chance, 12)
    );
    let tail = format!(
        concat!(
            r#"","content_source_url":"https:\/\/www.example.com\/read\/{}.html","thumb_media_id":"{}","#,
            r#""show_cover_pic":1,"url":"http:\/\/mp.weixin.qq.com\/s?__biz=MzIwMzI3NzA0Mw==&mid=1000{}&idx=1"#,
            r#"&sn={}#rd","thumb_url":"http:\/\/mmbiz.qpic.cn\/mmbiz_jpg\/{}\/0?wx_fmt=jpeg","#,
            r#""need_open_comment":1,"only_fans_can_comment":0,"copyright_stat":11,"fakeid":"{}"}}"#
        ),
        chance.id(12),
        chance.id(43),
        chance.below(100_000),
        chance.id(32),
        chance.id(80),
        chance.id(16)
    );
    let mut tally = Tally::new(&head);
    tally.add(&tail);
    let mut page = Page { html: head, tally, length, chance };
    while page.has_room() {
        page.paragraph();
    }
    page.balance();
    page.html + &tail
}

/// HTML that grows and keeps its mixture of bytes.
struct Page<'c> {
    html: String,
    tally: Tally,
    /// The intended length of the whole article, in bytes.
    length: usize,
    chance: &'c mut Chance,
}

impl Page<'_> {
    fn push(&mut self, text: &str) {
        self.html.push_str(text);
        self.tally.add(text);
    }

    fn has_room(&self) -> bool {
        self.tally.bytes < self.length
    }

    fn lacks_chinese(&self) -> bool {
        self.tally.non_ascii * 1000 < NON_ASCII_IN_1000 * self.tally.bytes
    }

    fn lacks_backslashes(&self) -> bool {
        self.tally.backslashes * 1000 < BACKSLASHES_IN_1000 * self.tally.bytes
    }

    fn paragraph(&mut self) {
        if self.lacks_backslashes() {
            let style = self.chance.one_of(&STYLES);
            self.push(&format!(r#"<p style=\"{style}\">"#));
        } else {
            self.push("<p>");
        }
        for _ in 0..=self.chance.below(6) {
            if !self.has_room() {
                break;
            }
            while self.lacks_chinese() {
                let words = 1 + self.chance.below(12);
                let prose = prose(self.chance, words);
                self.push(&prose);
            }
            self.inline();
        }
        self.push(r"<\/p>");
        if self.lacks_backslashes() {
            self.push(r"\n");
        }
        if self.has_room() && self.chance.below(12) == 0 {
            self.picture();
        }
    }

    /// A few ASCII characters, perhaps with a word or more in between.
    fn inline(&mut self) {
        if !self.lacks_backslashes() {
            for _ in 0..=self.chance.below(3) {
                let plain = self.chance.one_of(&PLAIN);
                self.push(plain);
            }
            return;
        }
        let words = 1 + self.chance.below(4);
        let prose = prose(self.chance, words);
        let element = match self.chance.below(6) {
            0 => r"\n".to_owned(),
            1 => format!(r#"\"{prose}\""#),
            2 => format!(r"<em>{prose}<\/em>"),
            3 => format!(r#"<span style=\"{}\">{prose}<\/span>"#, self.chance.one_of(&STYLES)),
            _ => format!(r"<strong>{prose}<\/strong>"),
        };
        self.push(&element);
    }

    fn picture(&mut self) {
        let (id, width) = (self.chance.id(60), 400 + self.chance.below(880));
        self.push(&format!(
            concat!(
                r#"<p><img class=\"rich_pages\" data-ratio=\"0.6258992805755396\" data-w=\"{}\" "#,
                r#"data-src=\"https:\/\/mmbiz.qpic.cn\/mmbiz_png\/{}\/640?wx_fmt=png\"  \/><br  \/><\/p>"#
            ),
            width, id
        ));
    }

    /// Corrects the mixture after the last paragraph.
    fn balance(&mut self) {
        while !self.lacks_chinese() {
            self.push("&nbsp;");
        }
        while self.lacks_backslashes() {
            self.push(r"\n");
        }
        while self.lacks_chinese() {
            let word = self.chance.one_of(&WORDS);
            self.push(word);
        }
    }
}

/// Words, with punctuation after some of them and after the last.
pub(super) fn prose(chance: &mut Chance, words: usize) -> String {
    let mut prose = String::new();
    for word in 1..=words {
        prose.push_str(chance.one_of(&WORDS));
        if chance.below(7) == 0 || word == words && words > 2 {
            prose.push_str(chance.one_of(&STOPS));
        }
    }
    prose
}
