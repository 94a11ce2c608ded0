//! What `get_material` answers with: articles, a video's link, or a file.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod file;
mod file_name;
mod file_type;
mod video;

pub use file::{File, FileInfo};
pub use file_type::FileType;
pub(crate) use file_type::is_text;
pub use video::{Video, VideoLink};

use crate::json::Fields;

/// A safe form of a name without an extension, if there is anything in it to use.
pub(crate) fn safe_name(name: &str) -> Option<String> {
    file_name::safe(name, &[], None)
}

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

impl<F> Material<F> {
    /// Replaces what stands for a file. Articles and videos stay as they are.
    ///
    /// ```
    /// # use wechat_material::{File, Material};
    /// fn lengths(material: Material) -> Material<usize> {
    ///     material.map_file(|file: File| file.bytes.len())
    /// }
    /// ```
    pub fn map_file<G>(self, map: impl FnOnce(F) -> G) -> Material<G> {
        match self {
            Self::News(news) => Material::News(news),
            Self::Video(video) => Material::Video(video),
            Self::File(file) => Material::File(map(file)),
        }
    }
}

/// One or several articles that were published together.
///
/// Fields as under [getMaterial](https://developers.weixin.qq.com/doc/service/api/material/permanent/api_getmaterial).
/// A field that is missing, or comes with another type, takes its default.
///
/// The JSON that this serialises to, and the other types of this crate, has the names of these fields, and is read back
/// to an equal value. It is not the JSON that WeChat sends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
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

impl From<Fields> for News {
    fn from(mut fields: Fields) -> Self {
        let articles = fields.objects("news_item").unwrap_or_default();
        Self {
            articles: articles.into_iter().map(Article::from).collect(),
            create_time: fields.integer("create_time"),
            update_time: fields.integer("update_time"),
            extra: fields.0,
        }
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
