//! A video, which WeChat returns as a link.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::json::Fields;

/// A video: its link and description, but not its bytes. To fetch the file, use [`GetVideo`](crate::GetVideo).
///
/// It deserializes from the JSON that it serializes to, not from the JSON that WeChat sends.
///
/// ```
/// # use wechat_material::{Endpoint, GetMaterial, Material, VideoLink, http::Response};
/// let body = br#"{"title":"t","description":"","down_url":"http:\/\/203.0.113.7\/1007.f10.mp4?vkey=22A7"}"#;
/// let Material::Video(video) = GetMaterial::new("id").parse(Response::new(body.to_vec()))? else { panic!() };
/// assert_eq!(video.link(), VideoLink::File("http://203.0.113.7/1007.f10.mp4?vkey=22A7"));
/// # Ok::<(), wechat_material::ApiError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Video {
    /// Its title.
    pub title: String,
    /// Its description. May be empty.
    pub description: String,
    /// Its URL, which is signed and valid for a limited time: see [`link`](Self::link). It is often plain `http`, and its
    /// host is often an IP address. Use it unchanged, and never send the access token there.
    pub down_url: String,
    /// Its category.
    pub newcat: String,
    /// Its subcategory.
    pub newsubcat: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The URL of its cover picture.
    pub cover_url: String,
    /// Its id in Tencent's video service.
    pub vid: String,
    /// Undocumented fields, and known fields with an unexpected type, by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// What a video's link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoLink<'v> {
    /// The URL of the file.
    File(&'v str),
    /// The URL of an HTML page that plays the video, as for videos made in the web console.
    Page(&'v str),
}

impl Video {
    /// What [`down_url`](Self::down_url) leads to.
    pub fn link(&self) -> VideoLink<'_> {
        let url = &self.down_url;
        if host(url).eq_ignore_ascii_case("mp.weixin.qq.com") {
            VideoLink::Page(url)
        } else {
            VideoLink::File(url)
        }
    }
}

/// The host of a URL. The URL may be invalid, as WeChat's URLs contain characters that `http` refuses.
fn host(url: &str) -> &str {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default()
}

impl From<Fields> for Video {
    fn from(mut fields: Fields) -> Self {
        Self {
            title: fields.text("title"),
            description: fields.text("description"),
            down_url: fields.text("down_url"),
            newcat: fields.text("newcat"),
            newsubcat: fields.text("newsubcat"),
            tags: fields.texts("tags"),
            cover_url: fields.text("cover_url"),
            vid: fields.text("vid"),
            extra: fields.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_to_the_console_s_host_are_pages() {
        let is_page = |url: &str| {
            let video = Video { down_url: url.to_owned(), ..Video::default() };
            matches!(video.link(), VideoLink::Page(_))
        };
        assert!(is_page("http://mp.weixin.qq.com/mp/mp/video?__biz=M==&mid=1#rd"));
        assert!(is_page("https://MP.weixin.qq.com:443"));
        assert!(!is_page("http://203.205.158.71/vweixinp.tc.qq.com/1007.f10.mp4?vkey=2"));
        assert!(!is_page("http://mp.weixin.qq.com@203.205.158.71/x"));
        assert!(!is_page("http://203.205.158.71/?from=http://mp.weixin.qq.com/"));
        assert!(!is_page("http://mp.weixin.qq.com.example/x"));
        assert!(!is_page(""));
    }
}
