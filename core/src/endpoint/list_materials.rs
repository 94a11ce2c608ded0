//! `POST /cgi-bin/material/batchget_material`: the assets of one type, a page at a time.

use std::fmt;
use std::str::FromStr;

use http::Request;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{Access, Answer, Endpoint};
use crate::error::{ApiError, BuildError};
use crate::json::Fields;
use crate::material::{News, safe_name};

/// How many items WeChat puts on a page at most.
const MAX_COUNT: u64 = 20;

/// How many pictures an account can have. The limits for other types are lower.
const MAX_ASSETS: u64 = 100_000;

/// Lists the permanent assets of one type, a page at a time, including those made in the web console.
///
/// WeChat's page:
/// [batchGetMaterial](https://developers.weixin.qq.com/doc/service/api/material/permanent/api_batchgetmaterial).
///
/// ```
/// use wechat_material::{Endpoint, ListMaterials, MaterialType};
/// # use wechat_material::{Access, AccessToken};
/// # let access = Access::new(&AccessToken::new("81_Zx3"));
///
/// let list = ListMaterials::new(MaterialType::Voice).offset(20);
/// assert_eq!(list.to_request(&access)?.body(), br#"{"type":"voice","offset":20,"count":20}"#);
///
/// // … and once your HTTP client has the response:
/// let body = br#"{"item":[{"media_id":"61224425","name":"greeting"}],"total_count":25,"item_count":1}"#;
/// let page = list.parse(http::Response::new(body.to_vec()))?;
/// assert_eq!(page.items[0].name, "greeting");
/// assert_eq!(list.next_page(&page), Some(list.offset(21))); // a page may be shorter than asked for
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListMaterials {
    material_type: MaterialType,
    offset: u64,
    count: u64,
}

#[derive(Serialize)]
struct Body {
    r#type: MaterialType,
    offset: u64,
    count: u64,
}

impl ListMaterials {
    /// Asks for the first page of assets of this type: up to 20 items.
    pub fn new(material_type: MaterialType) -> Self {
        Self { material_type, offset: 0, count: MAX_COUNT }
    }

    /// Sets how many assets to skip. For the page after another one, use [`next_page`](Self::next_page).
    #[must_use]
    pub fn offset(self, offset: u64) -> Self {
        Self { offset, ..self }
    }

    /// Sets how many items to ask for, from 1 to 20. Other numbers are refused when the request is built.
    #[must_use]
    pub fn count(self, count: u64) -> Self {
        Self { count, ..self }
    }
}

impl ListMaterials {
    /// The request for the page after this one; `None` if the total is reached or the page has no items.
    ///
    /// Its offset is always greater, whatever the counts say. If the total is missing, the list ends with the first page
    /// that has no items, or at 100,000 assets, which is as many as an account can have.
    pub fn next_page(&self, page: &MaterialPage) -> Option<Self> {
        page.next_offset(self.offset).map(|offset| self.clone().offset(offset))
    }
}

impl Endpoint for ListMaterials {
    type Target = Access;
    type Output<F> = MaterialPage;

    fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
        let Self { material_type, offset, count } = *self;
        if !(1..=MAX_COUNT).contains(&count) {
            return Err(BuildError::Count { count, limit: MAX_COUNT });
        }
        let body = Body { r#type: material_type, offset, count };
        access.post_json("/cgi-bin/material/batchget_material", &body)
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<MaterialPage, ApiError> {
        let expected = "a page of a list";
        MaterialPage::read(answer.fields(expected)?).ok_or_else(|| ApiError::shape(expected))
    }

    fn name(&self) -> &'static str {
        "batchget_material"
    }

    fn is_idempotent(&self) -> bool {
        true
    }
}

/// The type of an asset in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum MaterialType {
    /// Pictures.
    Image,
    /// Voice messages.
    Voice,
    /// Videos.
    Video,
    /// Articles.
    News,
}

impl MaterialType {
    /// All types.
    pub const ALL: &[Self] = &[Self::Image, Self::Voice, Self::Video, Self::News];

    /// Its name on the wire: `image`, `voice`, `video` or `news`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Voice => "voice",
            Self::Video => "video",
            Self::News => "news",
        }
    }
}

impl fmt::Display for MaterialType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The error for an unknown name of a [`MaterialType`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("unknown type of asset: use image, voice, video or news")]
pub struct UnknownMaterialType;

impl FromStr for MaterialType {
    type Err = UnknownMaterialType;

    fn from_str(name: &str) -> Result<Self, UnknownMaterialType> {
        Self::ALL.iter().copied().find(|one| one.name() == name).ok_or(UnknownMaterialType)
    }
}

/// A page of a list of assets.
///
/// It deserializes from the JSON that it serializes to, not from the JSON that WeChat sends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MaterialPage {
    /// How many assets of the type there are; 0 if the answer does not say.
    pub total_count: u64,
    /// How many items the answer says this page has; the length of `items` if it does not say.
    pub item_count: u64,
    /// The items (`item`), in the order of the answer: at most 20, and often fewer than the request asked for.
    pub items: Vec<MaterialItem>,
    /// Undocumented fields, and known fields with an unexpected type, by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl MaterialPage {
    /// `None` if there is neither a list of items nor a count.
    fn read(mut fields: Fields) -> Option<Self> {
        let items = fields.objects("item");
        let (total_count, item_count) = (fields.count("total_count"), fields.count("item_count"));
        if items.is_none() && total_count.is_none() && item_count.is_none() {
            return None;
        }
        let items: Vec<_> = items.unwrap_or_default().into_iter().map(MaterialItem::from).collect();
        Some(Self {
            total_count: total_count.unwrap_or_default(),
            item_count: item_count.unwrap_or(items.len() as u64),
            items,
            extra: fields.0,
        })
    }

    /// The offset of the next page, if this page began at `offset` and is not the last one.
    fn next_offset(&self, offset: u64) -> Option<u64> {
        let total = if self.total_count == 0 { MAX_ASSETS } else { self.total_count };
        let step = if self.item_count == 0 { self.items.len() as u64 } else { self.item_count };
        let next = offset.checked_add(step)?;
        (!self.items.is_empty() && next < total).then_some(next)
    }
}

/// An asset in a list. Articles have all their fields, other assets little more than a name.
///
/// It deserializes from the JSON that it serializes to, not from the JSON that WeChat sends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MaterialItem {
    /// The media id, for [`GetMaterial`](crate::GetMaterial).
    pub media_id: String,
    /// When it was last changed, in seconds since 1970 (UTC).
    pub update_time: Option<i64>,
    /// The name of a picture, voice or video; empty for articles.
    pub name: String,
    /// The URL of a picture, for use in pages of WeChat; empty for other types.
    pub url: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The articles; `None` for other types.
    pub content: Option<News>,
    /// Undocumented fields, and known fields with an unexpected type, by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl MaterialItem {
    /// The media id as the name of a file or a folder on any system, without an extension.
    ///
    /// It is known before the asset is fetched. It contains no separator, and nothing else that could do harm.
    ///
    /// WeChat's own ids, which consist of letters, digits, `-` and `_`, stay as they are. Other ids can have the same safe
    /// form, as `a/../b` and `b` do. Ids that differ only in case are the same name on a file system that ignores case. So
    /// do not overwrite existing files.
    ///
    /// ```
    /// # use wechat_material::MaterialItem;
    /// # let mut item = MaterialItem::default();
    /// item.media_id = "HX7QkGIbxYm_ip-0".to_owned();
    /// assert_eq!(item.safe_id(), "HX7QkGIbxYm_ip-0");
    /// item.media_id = "../../id".to_owned();
    /// assert_eq!(item.safe_id(), "id");
    /// ```
    pub fn safe_id(&self) -> String {
        safe_name(&self.media_id).unwrap_or_else(|| "material".to_owned())
    }
}

impl From<Fields> for MaterialItem {
    fn from(mut fields: Fields) -> Self {
        Self {
            media_id: fields.text("media_id"),
            update_time: fields.integer("update_time"),
            name: fields.text("name"),
            url: fields.text("url"),
            tags: fields.texts("tags"),
            content: fields.object("content").map(News::from),
            extra: fields.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(total_count: u64, item_count: u64, items: usize) -> MaterialPage {
        let items = vec![MaterialItem::default(); items];
        MaterialPage { total_count, item_count, items, ..MaterialPage::default() }
    }

    #[test]
    fn an_id_is_a_name_in_any_folder() {
        let safe = |media_id: &str| {
            MaterialItem { media_id: media_id.to_owned(), ..MaterialItem::default() }.safe_id()
        };
        assert_eq!(safe("HX7QkGIbxYm-ip_0"), "HX7QkGIbxYm-ip_0");
        assert_eq!(
            (safe("../.."), safe("a/../b"), safe("nul")),
            ("material".into(), "b".into(), "_nul".into())
        );
    }

    #[test]
    fn pages_end_at_the_total_or_at_an_empty_page() {
        for (page, offset, next) in [
            (page(45, 20, 20), 0, Some(20)),
            (page(45, 20, 20), 20, Some(40)),
            (page(45, 5, 5), 40, None),
            // A page that is shorter than requested.
            (page(45, 3, 3), 0, Some(3)),
            (page(45, 0, 0), 20, None),
            (page(45, 20, 0), 20, None),
            (page(1, 1, 1), 0, None),
            (page(0, 0, 0), 0, None),
            // Beyond the end.
            (page(45, 1, 1), 900, None),
        ] {
            assert_eq!(page.next_offset(offset), next, "{page:?} {offset}");
        }
    }

    #[test]
    fn wrong_counts_neither_stop_a_list_nor_make_it_endless() {
        for (page, offset, next) in [
            // No count of items, or no total.
            (page(45, 0, 20), 0, Some(20)),
            (page(0, 20, 20), 40, Some(60)),
            (page(0, 1, 1), 0, Some(1)),
            (page(0, 20, 20), MAX_ASSETS - 20, None),
            (page(u64::MAX, u64::MAX, 1), 1, None),
            (page(u64::MAX, 1, 1), u64::MAX, None),
        ] {
            assert_eq!(page.next_offset(offset), next, "{page:?} {offset}");
        }
        // A server that returns the same page for every offset.
        for page in [page(0, 0, 20), page(0, 20, 20), page(90_000, 0, 20)] {
            let mut offset = Some(0);
            let calls = std::iter::from_fn(|| {
                offset = page.next_offset(offset?);
                offset
            });
            assert!(calls.count() < 5000);
        }
    }

    #[test]
    fn every_type_is_parsed_from_its_name_on_the_wire() {
        for material_type in MaterialType::ALL {
            assert_eq!(material_type.to_string().parse(), Ok(*material_type));
            assert_eq!(serde_json::to_value(material_type).ok(), Some(material_type.name().into()));
        }
        for name in ["", "Image", "thumb", " news"] {
            assert_eq!(name.parse::<MaterialType>(), Err(UnknownMaterialType), "{name}");
        }
    }
}
