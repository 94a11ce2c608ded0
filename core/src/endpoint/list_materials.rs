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

/// The most items that WeChat puts on a page.
const LONGEST_PAGE: u64 = 20;

/// The most assets of one type that WeChat lets an account have: that many pictures, fewer of the others.
const MOST_ASSETS: u64 = 100_000;

/// Lists the permanent assets of one type, a page at a time; those made in the web console too.
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
    /// Asks for the first page of this type: twenty items.
    pub fn new(material_type: MaterialType) -> Self {
        Self { material_type, offset: 0, count: LONGEST_PAGE }
    }

    /// How many assets to skip. See [`next_page`](Self::next_page) for the page after another.
    #[must_use]
    pub fn offset(self, offset: u64) -> Self {
        Self { offset, ..self }
    }

    /// How many items to ask for, 1 to 20. Another number is refused when the request is built.
    #[must_use]
    pub fn count(self, count: u64) -> Self {
        Self { count, ..self }
    }
}

impl ListMaterials {
    /// The page after the one that this was answered with, if there is one: until the total is reached, or a page has no
    /// items.
    ///
    /// It always begins further on, whatever the counts say. If the total was not said, pages go on until one has no
    /// items, or up to the most assets that an account can have.
    pub fn next_page(&self, page: &MaterialPage) -> Option<Self> {
        page.next_offset(self.offset).map(|offset| self.clone().offset(offset))
    }
}

impl Endpoint for ListMaterials {
    type Target = Access;
    type Output<F> = MaterialPage;

    fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
        let Self { material_type, offset, count } = *self;
        if !(1..=LONGEST_PAGE).contains(&count) {
            return Err(BuildError::Count { count, limit: LONGEST_PAGE });
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

    fn is_repeatable(&self) -> bool {
        true
    }
}

/// The types by which assets are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum MaterialType {
    /// Pictures.
    Image,
    /// Voices.
    Voice,
    /// Videos.
    Video,
    /// Articles.
    News,
}

impl MaterialType {
    /// All of them.
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

/// A name that no [`MaterialType`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no type of asset has this name: give image, voice, video or news")]
pub struct UnknownMaterialType;

impl FromStr for MaterialType {
    type Err = UnknownMaterialType;

    fn from_str(name: &str) -> Result<Self, UnknownMaterialType> {
        Self::ALL.iter().copied().find(|one| one.name() == name).ok_or(UnknownMaterialType)
    }
}

/// A page of a list of assets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MaterialPage {
    /// How many assets of the type there are; 0 if that was not said.
    pub total_count: u64,
    /// How many items the page is said to have; if that was not said, as many as it has.
    pub item_count: u64,
    /// The items (`item`), in their order: 20 at most, and often fewer than were asked for.
    pub items: Vec<MaterialItem>,
    /// Fields that nobody documented, and known ones of another type, by their names.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl MaterialPage {
    /// A page is a list of items, or says how many there are.
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

    /// Where the next page begins, if this one began at `offset` and is not the last.
    fn next_offset(&self, offset: u64) -> Option<u64> {
        let total = if self.total_count == 0 { MOST_ASSETS } else { self.total_count };
        let step = if self.item_count == 0 { self.items.len() as u64 } else { self.item_count };
        let next = offset.checked_add(step)?;
        (!self.items.is_empty() && next < total).then_some(next)
    }
}

/// An asset in a list: articles with all their fields, other assets with little more than a name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MaterialItem {
    /// The id to [fetch](crate::GetMaterial) it by.
    pub media_id: String,
    /// When it was last changed, in seconds since 1970 (UTC).
    pub update_time: Option<i64>,
    /// The name of a picture, voice or video; articles have none.
    pub name: String,
    /// Where a picture is to be had, for pages of WeChat's own; the others have none.
    pub url: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The articles; the others have none.
    pub content: Option<News>,
    /// Fields that nobody documented, and known ones of another type, by their names.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl MaterialItem {
    /// The media id as the name of a file or a folder on any system, without an extension.
    ///
    /// It is known before the asset is fetched, and no other asset has it. It contains no separator, and nothing else that
    /// could do harm. WeChat's own ids stay as they are.
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
    fn pages_end_where_the_total_is_reached_or_nothing_comes() {
        for (page, offset, next) in [
            (page(45, 20, 20), 0, Some(20)),
            (page(45, 20, 20), 20, Some(40)),
            (page(45, 5, 5), 40, None),
            // One that is shorter than asked for.
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
    fn counts_that_cannot_be_right_neither_hold_a_pager_up_nor_end_it() {
        for (page, offset, next) in [
            // No count of what came, or no total.
            (page(45, 0, 20), 0, Some(20)),
            (page(0, 20, 20), 40, Some(60)),
            (page(0, 1, 1), 0, Some(1)),
            (page(0, 20, 20), MOST_ASSETS - 20, None),
            (page(u64::MAX, u64::MAX, 1), 1, None),
            (page(u64::MAX, 1, 1), u64::MAX, None),
        ] {
            assert_eq!(page.next_offset(offset), next, "{page:?} {offset}");
        }
        // A server that says the same whatever it is asked.
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
    fn every_type_is_found_by_the_name_it_has_on_the_wire() {
        for material_type in MaterialType::ALL {
            assert_eq!(material_type.to_string().parse(), Ok(*material_type));
            assert_eq!(serde_json::to_value(material_type).ok(), Some(material_type.name().into()));
        }
        for name in ["", "Image", "thumb", " news"] {
            assert_eq!(name.parse::<MaterialType>(), Err(UnknownMaterialType), "{name}");
        }
    }
}
