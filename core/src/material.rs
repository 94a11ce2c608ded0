//! The answer of `get_material`: articles, a video's link, or a file.

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

/// A permanent asset. `F` is the type of a file: [`File`] with its bytes, or [`FileInfo`] without them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Material<F = File> {
    /// One or more articles.
    News(News),
    /// A video: its link and description, but not its bytes.
    Video(Video),
    /// A picture, voice message or thumbnail.
    File(F),
}

impl<F> Material<F> {
    /// Converts the file, and leaves articles and videos unchanged.
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

/// One or more articles that were published together.
///
/// The fields are those of
/// [getMaterial](https://developers.weixin.qq.com/doc/service/api/material/permanent/api_getmaterial). A field that is
/// missing or has an unexpected type takes its default.
///
/// This type, like the others in this crate, serializes to JSON with the names of these fields, and deserializes from it
/// to an equal value. It does not deserialize from the JSON that WeChat sends: use [`Endpoint::parse`](crate::Endpoint::parse)
/// for that.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct News {
    /// The articles (`news_item`), in the order of the answer. May be empty.
    pub articles: Vec<Article>,
    /// When it was created, in seconds since 1970 (UTC).
    pub create_time: Option<i64>,
    /// When it was last changed, in seconds since 1970 (UTC).
    pub update_time: Option<i64>,
    /// Undocumented fields, and known fields with an unexpected type, by name.
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
    /// Its author.
    pub author: String,
    /// Its summary.
    pub digest: String,
    /// Its content: HTML of up to 1 MB, without scripts.
    pub content: String,
    /// Its URL on mp.weixin.qq.com.
    pub url: String,
    /// The URL of the "read the original" link.
    pub content_source_url: String,
    /// Whether comments are open.
    pub need_open_comment: bool,
    /// Whether only followers may comment.
    pub only_fans_can_comment: bool,
    /// Undocumented fields, and known fields with an unexpected type, by name.
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
