//! The verdict as one JSON object.

use std::borrow::Cow;

use serde::Serialize;
use wechat_material::{
    ApiError, Category, ContentType, ErrorCode, Evidence, FileInfo, FileType, Material, News, Parsed, Repair,
    Video, VideoLink,
};

use crate::json::compact;

#[derive(Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
enum Report<'a> {
    News { material: &'a News, repairs: &'a [Repair], evidence: Evidence },
    Video { link: &'static str, material: &'a Video, repairs: &'a [Repair], evidence: Evidence },
    File { file: FileReport<'a>, evidence: Evidence },
    Unknown { evidence: Evidence },
    Error { error: ErrorReport<'a> },
}

#[derive(Serialize)]
struct FileReport<'a> {
    length: Option<u64>,
    file_type: Option<&'static str>,
    extension: Option<&'a str>,
    file_name: Option<&'a str>,
    safe_name: String,
    content_type: Option<&'a str>,
}

#[derive(Serialize)]
struct ErrorReport<'a> {
    kind: &'static str,
    message: Cow<'a, str>,
    #[serde(flatten)]
    details: Details<'a>,
}

/// What only errors of one kind have.
#[derive(Serialize)]
#[serde(untagged)]
enum Details<'a> {
    Fault { code: ErrorCode, hint: Option<&'a str>, rid: Option<&'a str>, category: Category },
    Text { html: bool },
    Json { offset: usize, line: usize, column: usize },
    None {},
}

pub(super) fn report(verdict: &Result<Parsed<Material>, ApiError>) -> String {
    compact(&match verdict {
        Ok(parsed) => asset(parsed),
        Err(error) => Report::Error { error: ErrorReport::from(error) },
    })
}

fn asset(parsed: &Parsed<Material>) -> Report<'_> {
    let (repairs, evidence) = (&parsed.repairs[..], parsed.evidence);
    match &parsed.output {
        Material::News(material) => Report::News { material, repairs, evidence },
        Material::Video(material) => {
            let link = match material.link() {
                VideoLink::File(_) => "file",
                VideoLink::Page(_) => "page",
            };
            Report::Video { link, material, repairs, evidence }
        }
        Material::File(file) => Report::File { file: FileReport::from(&file.info), evidence },
        _ => Report::Unknown { evidence },
    }
}

impl<'a> From<&'a FileInfo> for FileReport<'a> {
    fn from(info: &'a FileInfo) -> Self {
        Self {
            length: info.length,
            file_type: info.file_type().map(FileType::media_type),
            extension: info.extension(),
            file_name: info.file_name.as_deref(),
            safe_name: info.safe_name(),
            content_type: info.content_type.as_ref().map(ContentType::as_str),
        }
    }
}

impl<'a> From<&'a ApiError> for ErrorReport<'a> {
    fn from(error: &'a ApiError) -> Self {
        let message = match error {
            // WeChat's own words: what they mean is in `code` and `category`.
            ApiError::Fault(fault) => Cow::Borrowed(fault.message.as_str()),
            _ => Cow::Owned(error.to_string()),
        };
        let details = match error {
            ApiError::Fault(fault) => Details::Fault {
                code: fault.code,
                hint: fault.hint.as_deref(),
                rid: fault.rid.as_deref(),
                category: fault.category(),
            },
            ApiError::Text { html, .. } => Details::Text { html: *html },
            ApiError::Json { offset, line, column, .. } => {
                Details::Json { offset: *offset, line: *line, column: *column }
            }
            _ => Details::None {},
        };
        Self { kind: error.kind(), message, details }
    }
}
