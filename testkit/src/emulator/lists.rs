//! What the account lists: its own assets, or as many of a type as it was filled with.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::response::Response;
use serde_json::{Value, json};
use wechat_material::{ErrorCode, MaterialType};

use super::account::{Asset, Content, account};
use super::answer::{Refusal, escaped_json, file};

/// The most items that one call may ask for.
const LONGEST_PAGE: usize = 20;

/// How many assets each type was filled with.
#[derive(Debug, Default)]
pub(super) struct Lists(Mutex<HashMap<MaterialType, usize>>);

impl Lists {
    pub(super) fn fill(&self, material_type: MaterialType, assets: usize) {
        self.open().insert(material_type, assets);
    }

    /// `batchget_material`: a page of 20 items at most.
    pub(super) fn page(&self, asked: &Value, host: SocketAddr) -> Result<Response, Refusal> {
        let material_type = asked["type"].as_str().and_then(|name| name.parse().ok());
        let material_type = material_type.ok_or_else(invalid_type)?;
        // Nobody recorded what a wrong offset or count is answered with. In 2018 somebody saw more than 20
        // items served (w7corp/easywechat issue #1304); here it is as the documentation says.
        let number = |name: &str| asked[name].as_u64().and_then(|number| usize::try_from(number).ok());
        let (Some(offset), Some(count @ 1..=LONGEST_PAGE)) = (number("offset"), number("count")) else {
            return Err(Refusal::hinted(ErrorCode::INVALID_BODY, "data format error"));
        };
        let end = offset.saturating_add(count);
        let listed = (offset..end).map_while(|place| self.listed(material_type, place));
        let items: Vec<_> = listed.map(|asset| asset.item(host)).collect();
        let total = self.count(material_type);
        Ok(escaped_json(&json!({ "item": items, "total_count": total, "item_count": items.len() })))
    }

    /// `get_materialcount`.
    pub(super) fn counts(&self) -> Response {
        escaped_json(&json!({
            "voice_count": self.count(MaterialType::Voice),
            "video_count": self.count(MaterialType::Video),
            "image_count": self.count(MaterialType::Image),
            "news_count": self.count(MaterialType::News),
        }))
    }

    /// `get_material`: an asset of the account's own, or one that it was filled with.
    pub(super) fn material(&self, media_id: &str, host: SocketAddr) -> Option<Response> {
        let own = account().iter().find(|asset| asset.media_id == media_id).map(Listed::own);
        let listed = own.or_else(|| self.filling(media_id))?;
        Some(match listed.asset.content {
            Content::Json(_) => escaped_json(&listed.content(host)),
            Content::File { headers, bytes } => file(headers, bytes),
        })
    }

    fn count(&self, material_type: MaterialType) -> usize {
        self.filled(material_type).unwrap_or_else(|| own(material_type).len())
    }

    /// The asset that stands at this place of a list, counted from 0.
    fn listed(&self, material_type: MaterialType, place: usize) -> Option<Listed> {
        match self.filled(material_type) {
            Some(assets) if place >= assets => None,
            // The plainest of a type is its oldest.
            Some(_) => Some(Listed::filling(own(material_type).last()?, place)),
            None => own(material_type).get(place).copied().map(Listed::own),
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<MaterialType, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn filled(&self, material_type: MaterialType) -> Option<usize> {
        self.open().get(&material_type).copied()
    }

    fn filling(&self, media_id: &str) -> Option<Listed> {
        let (type_name, number) = media_id.split_once(NUMBER)?;
        let material_type = type_name.to_ascii_lowercase().parse().ok()?;
        self.listed(material_type, number.parse().ok()?).filter(|listed| listed.media_id == media_id)
    }
}

/// What a type that is none is answered with, and a body that is not JSON.
pub(super) fn invalid_type() -> Refusal {
    Refusal::hinted(ErrorCode::INVALID_MEDIA_TYPE, "invalid media type")
}

/// The account's own assets of a type, as they are listed: the latest first.
fn own(material_type: MaterialType) -> Vec<&'static Asset> {
    let mut assets: Vec<_> = account().iter().filter(|asset| asset.material_type == material_type).collect();
    assets.sort_by_key(|asset| Reverse(asset.update_time));
    assets
}

/// Stands between type and number in the id of an asset that the account was filled with.
const NUMBER: &str = "-NUMBER-";

/// An asset as it is listed.
struct Listed {
    media_id: String,
    name: String,
    update_time: u32,
    asset: &'static Asset,
}

impl Listed {
    fn own(asset: &'static Asset) -> Self {
        let (media_id, name) = (asset.media_id.to_owned(), asset.name.to_owned());
        Self { media_id, name, update_time: asset.update_time, asset }
    }

    /// One of many that are like this asset but for their names, each a second older than the one before.
    fn filling(asset: &'static Asset, number: usize) -> Self {
        let media_id = format!("{}{NUMBER}{number}", asset.material_type.name().to_ascii_uppercase());
        let age = u32::try_from(number).unwrap_or(u32::MAX);
        let update_time = asset.update_time.saturating_sub(age);
        Self { media_id, name: number.to_string(), update_time, asset }
    }

    /// The object that is fetched under its id, with its name for a title if it is a filling.
    fn content(&self, host: SocketAddr) -> Value {
        let Content::Json(content) = self.asset.content else { return Value::Null };
        let mut content = content(host);
        if self.media_id == self.asset.media_id {
            return content;
        }
        if self.asset.material_type == MaterialType::News {
            content["news_item"][0]["title"] = self.name.as_str().into();
            content["create_time"] = self.update_time.into();
            content["update_time"] = self.update_time.into();
        } else {
            content["title"] = self.name.as_str().into();
        }
        content
    }

    fn item(&self, host: SocketAddr) -> Value {
        let Self { media_id, name, update_time, asset } = self;
        let content = self.content(host);
        match asset.material_type {
            MaterialType::News => {
                json!({ "media_id": media_id, "content": content, "update_time": update_time })
            }
            MaterialType::Image => json!({
                "media_id": media_id,
                "name": name,
                "update_time": update_time,
                "url": format!("http://pictures.example/{media_id}?wx_fmt=jpeg"),
                "tags": [],
            }),
            MaterialType::Video => json!({
                "media_id": media_id,
                "name": name,
                "update_time": update_time,
                "description": content["description"],
                "tags": [],
            }),
            // Voices: as they were recorded, with neither a URL nor tags.
            _ => json!({ "media_id": media_id, "name": name, "update_time": update_time }),
        }
    }
}
