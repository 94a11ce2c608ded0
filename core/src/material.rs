//! What `get_material` answers with: articles, a video's link, or a file.

use serde::Serialize;
use serde_json::{Map, Value};

mod file;
mod file_name;
mod file_type;

pub use file::{File, FileInfo};
pub use file_type::FileType;
pub(crate) use file_type::is_text;

use crate::json::Fields;

/// A permanent asset. `F` is what stands for a file: the file itself, or what is known of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Material<F = File> {
    /// One or several articles.
    News(News),
    /// A video: a link and a few words, but not its bytes.
    Video(Video),
    /// A picture, voice or thumb.
    File(F),
}

/// One or several articles that were published together.
///
/// Fields as under [getMaterial](https://developers.weixin.qq.com/doc/service/api/material/permanent/api_getmaterial).
/// A field that is missing, or comes with another type, takes its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct News {
    /// The articles (`news_item`), in their order; there may be none.
    pub articles: Vec<Article>,
    /// When it was created, in seconds since 1970 (UTC).
    pub create_time: Option<i64>,
    /// When it was last changed, in seconds since 1970 (UTC).
    pub update_time: Option<i64>,
    /// Fields that nobody documented, and known ones of another type, by their names.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// An article.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Article {
    /// Its title.
    pub title: String,
    /// The media id of its cover picture.
    pub thumb_media_id: String,
    /// The URL of its cover picture.
    pub thumb_url: String,
    /// Whether the cover picture is shown in the article.
    pub show_cover_pic: bool,
    /// Who wrote it.
    pub author: String,
    /// Its summary.
    pub digest: String,
    /// The article itself: HTML of up to 1 MB, without scripts.
    pub content: String,
    /// Where it is read: a URL of mp.weixin.qq.com.
    pub url: String,
    /// Where "read the original" leads.
    pub content_source_url: String,
    /// Whether comments are open.
    pub need_open_comment: bool,
    /// Whether only followers may comment.
    pub only_fans_can_comment: bool,
    /// Fields that nobody documented, and known ones of another type, by their names.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// A video: not its bytes, but a link.
///
/// ```
/// # use wechat_material::{Endpoint, GetMaterial, Material, VideoLink, http::Response};
/// let body = br#"{"title":"t","description":"","down_url":"http:\/\/203.0.113.7\/1007.f10.mp4?vkey=22A7"}"#;
/// let Material::Video(video) = GetMaterial::new("id").parse(Response::new(body.to_vec()))? else { panic!() };
/// assert_eq!(video.link(), VideoLink::File("http://203.0.113.7/1007.f10.mp4?vkey=22A7"));
/// # Ok::<(), wechat_material::ApiError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Video {
    /// Its title.
    pub title: String,
    /// What it is about; may be empty.
    pub description: String,
    /// Where to get it, signed and for a limited time: see [`link`](Self::link). Often plain `http`, often
    /// with an address for a host: use it as it is, and never send the access token there.
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
    /// Fields that nobody documented, and known ones of another type, by their names.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// Where a video's link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoLink<'v> {
    /// To the file.
    File(&'v str),
    /// To an HTML page that plays it, as for videos made in the web console.
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

/// The host in a URL that need not be a proper one: WeChat leaves characters in it that `http` refuses.
fn host(url: &str) -> &str {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default()
}

impl From<Fields> for News {
    fn from(mut fields: Fields) -> Self {
        let items = fields.list("news_item").unwrap_or_default();
        let (articles, others): (Vec<_>, Vec<_>) = items.into_iter().partition(Value::is_object);
        let articles = articles.into_iter().filter_map(|item| match item {
            Value::Object(object) => Some(Article::from(Fields(object))),
            _ => None,
        });
        let mut news = Self {
            articles: articles.collect(),
            create_time: fields.integer("create_time"),
            update_time: fields.integer("update_time"),
            extra: fields.0,
        };
        if !others.is_empty() {
            news.extra.insert("news_item".to_owned(), Value::Array(others));
        }
        news
    }
}

impl From<Fields> for Article {
    fn from(mut fields: Fields) -> Self {
        Self {
            title: fields.text("title"),
            thumb_media_id: fields.text("thumb_media_id"),
            thumb_url: fields.text("thumb_url"),
            show_cover_pic: fields.flag("show_cover_pic"),
            author: fields.text("author"),
            digest: fields.text("digest"),
            content: fields.text("content"),
            url: fields.text("url"),
            content_source_url: fields.text("content_source_url"),
            need_open_comment: fields.flag("need_open_comment"),
            only_fans_can_comment: fields.flag("only_fans_can_comment"),
            extra: fields.0,
        }
    }
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
    fn only_the_console_s_own_host_serves_pages() {
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
