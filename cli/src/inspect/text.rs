//! The verdict for people: a label and a value on each line.

use wechat_material::{
    ApiError, ContentType, Fault, FileInfo, FileType, Material, News, Parsed, Repair, Video, VideoLink,
};

use super::place::{Places, pointed_at};
use crate::printable::{bytes, counted, padded, printable, shortened};

/// Columns of a text from the response that are shown.
const MAX_QUOTE: usize = 100;
/// Repairs that are listed.
const MAX_REPAIRS: usize = 20;
/// Columns for the labels.
const LABEL: usize = 16;

pub(super) fn report(verdict: &Result<Parsed<Material>, ApiError>, body: &[u8]) -> String {
    let mut report = Report(String::new());
    match verdict {
        Ok(parsed) => report.asset(parsed, body),
        Err(error) => report.error(error, body),
    }
    report.0
}

struct Report(String);

impl Report {
    fn line(&mut self, label: &str, value: &str) {
        self.0.push_str(&padded(label, LABEL));
        self.0.push_str(value);
        self.0.push('\n');
    }

    /// A text from the response.
    fn quote(&mut self, label: &str, text: &str) {
        self.line(label, &shortened(text, MAX_QUOTE));
    }

    fn asset(&mut self, parsed: &Parsed<Material>, body: &[u8]) {
        let verdict = match &parsed.output {
            Material::News(news) => format!("news, {}", counted(news.articles.len() as u64, "article")),
            Material::Video(_) => "video".to_owned(),
            Material::File(file) => format!("file, {}", bytes(file.bytes.len() as u64)),
            _ => "an asset of an unknown kind".to_owned(),
        };
        self.line("verdict", &verdict);
        self.line("evidence", &parsed.evidence.to_string());
        match &parsed.output {
            Material::News(news) => {
                self.repairs(&parsed.repairs, body);
                self.news(news);
            }
            Material::Video(video) => {
                self.repairs(&parsed.repairs, body);
                self.video(video);
            }
            Material::File(file) => self.file(&file.info),
            _ => {}
        }
    }

    fn repairs(&mut self, repairs: &[Repair], body: &[u8]) {
        if repairs.is_empty() {
            return self.line("repairs", "none: the JSON is well-formed");
        }
        let more = if repairs.len() == Repair::MAX_LISTED { ", and maybe more" } else { "" };
        self.line("repairs", &format!("{}{more}", counted(repairs.len() as u64, "repair")));
        let mut places = Places::in_body(body);
        for Repair { kind, offset, .. } in repairs.iter().take(MAX_REPAIRS) {
            let (line, column) = places.at(*offset);
            self.line("", &format!("{} at line {line}, column {column} (byte {offset})", kind.name()));
        }
        if repairs.len() > MAX_REPAIRS {
            self.line("", "… (--format json lists them all)");
        }
    }

    fn news(&mut self, news: &News) {
        for (index, article) in news.articles.iter().enumerate() {
            let title = if article.title.is_empty() { "(without a title)" } else { &article.title };
            self.quote(&format!("article {}", index + 1), title);
            self.extra(&article.extra);
        }
        self.extra(&news.extra);
    }

    fn video(&mut self, video: &Video) {
        self.quote("title", &video.title);
        let (kind, url) = match video.link() {
            VideoLink::File(url) => ("file", url),
            VideoLink::Page(url) => ("page", url),
        };
        self.line("link", &format!("to a {kind}: {}", printable(url)));
        self.extra(&video.extra);
    }

    fn extra(&mut self, extra: &serde_json::Map<String, serde_json::Value>) {
        if !extra.is_empty() {
            let names: Vec<_> = extra.keys().map(String::as_str).collect();
            self.quote("unknown fields", &names.join(", "));
        }
    }

    fn file(&mut self, info: &FileInfo) {
        let file_type = info.file_type().map(FileType::media_type);
        self.line("type", file_type.unwrap_or("unknown"));
        let content_type = info.content_type.as_ref().map(ContentType::as_str);
        self.quote("content type", content_type.unwrap_or("none"));
        self.quote("file name", info.file_name.as_deref().unwrap_or("none"));
        self.line("safe name", &info.safe_name());
    }

    fn error(&mut self, error: &ApiError, body: &[u8]) {
        self.line("verdict", &format!("error, {}", error.kind()));
        self.line("why", &printable(&error.to_string()));
        match error {
            ApiError::Fault(fault) => self.fault(fault),
            ApiError::Json { offset, line, .. } => {
                self.0.push('\n');
                self.0.push_str(&pointed_at(body, *offset, *line));
            }
            _ if body.is_empty() => {}
            _ => {
                // Enough to see what answered.
                let beginning = &body[..body.len().min(4 * MAX_QUOTE)];
                self.quote("it begins with", String::from_utf8_lossy(beginning).trim());
            }
        }
    }

    fn fault(&mut self, fault: &Fault) {
        self.line("code", &fault.code.to_string());
        self.line("category", fault.category().name());
        self.quote("WeChat says", if fault.message.is_empty() { "nothing" } else { &fault.message });
        self.quote("hint", fault.hint.as_deref().unwrap_or("none"));
        self.quote("rid", fault.rid.as_deref().unwrap_or("none"));
    }
}
