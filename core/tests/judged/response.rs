//! Responses and their verdicts.

use wechat_material::http::Response;
use wechat_material::{ApiError, Endpoint, GetMaterial, Material, ParseOptions, Parsed};

pub const FAULT: &str = r#"{"errcode":40007,"errmsg":"invalid media_id"}"#;
pub const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0\x00\x10JFIF";
pub const NEWS: &str = r#"{"news_item":[{"title":"t"}]}"#;

pub fn response(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Response<Vec<u8>> {
    let response = headers.iter().fold(Response::builder().status(status), |response, (name, value)| {
        response.header(*name, value.as_bytes())
    });
    response.body(body.as_ref().to_vec()).unwrap()
}

pub fn judged(headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Result<Parsed<Material>, ApiError> {
    let get = GetMaterial::new("MEDIA_ID");
    get.parse_with(&ParseOptions::default(), response(200, headers, body))
}

/// `news`, `video`, `file`, or the kind of the error.
pub fn kind(verdict: &Result<Parsed<Material>, ApiError>) -> &'static str {
    match verdict {
        Ok(Parsed { output: Material::News(_), .. }) => "news",
        Ok(Parsed { output: Material::Video(_), .. }) => "video",
        Ok(Parsed { output: Material::File(_), .. }) => "file",
        Ok(_) => unreachable!("there is no fourth kind of material"),
        Err(error) => error.kind(),
    }
}

pub const ATTACHMENT: (&str, &str) = ("content-disposition", "attachment; filename=\"a.jpg\"");
