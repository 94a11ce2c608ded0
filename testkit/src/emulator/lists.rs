//! The assets that an account lists: its own, or generated ones of a type that was filled.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::response::Response;
use serde_json::{Value, json};
use wechat_material::{ErrorCode, MaterialType};

use super::account::{Content, Entry};
use super::answer::{Refusal, escaped_json, file};
use super::assets::{Asset, built_in_assets};

/// The maximum number of items that one call may ask for.
const MAX_PAGE: usize = 20;

/// The assets of an account, and the number of generated assets of each filled type.
pub(super) struct Lists {
    entries: Vec<Entry>,
    /// The models for generated assets: the built-in assets.
    models: Vec<Entry>,
    filled: Mutex<HashMap<MaterialType, usize>>,
}

impl Lists {
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        let models = built_in_assets().iter().map(Asset::entry).collect();
        Self { entries: latest_first(entries), models: latest_first(models), filled: Mutex::default() }
    }

    pub(super) fn fill(&self, material_type: MaterialType, assets: usize) {
        self.lock().insert(material_type, assets);
    }

    /// The answer of `batchget_material`: a page of at most 20 items.
    pub(super) fn page(&self, asked: &Value, host: SocketAddr) -> Result<Response, Refusal> {
        let material_type = asked["type"].as_str().and_then(|name| name.parse().ok());
        let material_type = material_type.ok_or_else(invalid_type)?;
        // The real answer to a wrong offset or count is not known. In 2018 a user reported pages of more than 20 items
        // (w7corp/easywechat issue #1304). The emulator follows the documentation.
        let number = |name: &str| asked[name].as_u64().and_then(|number| usize::try_from(number).ok());
        let (Some(offset), Some(count @ 1..=MAX_PAGE)) = (number("offset"), number("count")) else {
            return Err(Refusal::with_hint(ErrorCode::INVALID_BODY, "data format error"));
        };
        let end = offset.saturating_add(count);
        let listed = (offset..end).map_while(|place| self.listed(material_type, place));
        let items: Vec<_> = listed.map(|asset| asset.item(host)).collect();
        let total = self.count(material_type);
        Ok(escaped_json(&json!({ "item": items, "total_count": total, "item_count": items.len() })))
    }

    /// The answer of `get_materialcount`.
    pub(super) fn counts(&self) -> Response {
        escaped_json(&json!({
            "voice_count": self.count(MaterialType::Voice),
            "video_count": self.count(MaterialType::Video),
            "image_count": self.count(MaterialType::Image),
            "news_count": self.count(MaterialType::News),
        }))
    }

    /// The answer of `get_material`, for one of the account's own assets or a generated one.
    pub(super) fn material(&self, media_id: &str, host: SocketAddr) -> Option<Response> {
        let own = self.entries.iter().find(|entry| entry.media_id == media_id).map(Listed::own);
        let listed = own.or_else(|| self.generated(media_id))?;
        Some(match &listed.entry.content {
            Content::Json(_) | Content::Linked(_) => escaped_json(&listed.content(host)),
            Content::File { headers, bytes } => file(headers.clone(), bytes.clone()),
        })
    }

    fn count(&self, material_type: MaterialType) -> usize {
        self.filled(material_type).unwrap_or_else(|| of_type(&self.entries, material_type).count())
    }

    /// The asset at this place of a list, counted from 0.
    fn listed(&self, material_type: MaterialType, place: usize) -> Option<Listed<'_>> {
        match self.filled(material_type) {
            Some(assets) if place >= assets => None,
            // The oldest built-in asset of a type is the simplest.
            Some(_) => Some(Listed::generated(of_type(&self.models, material_type).last()?, place)),
            None => of_type(&self.entries, material_type).nth(place).map(Listed::own),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MaterialType, usize>> {
        self.filled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn filled(&self, material_type: MaterialType) -> Option<usize> {
        self.lock().get(&material_type).copied()
    }

    fn generated(&self, media_id: &str) -> Option<Listed<'_>> {
        let (type_name, number) = media_id.split_once(NUMBER)?;
        let material_type = type_name.to_ascii_lowercase().parse().ok()?;
        self.listed(material_type, number.parse().ok()?).filter(|listed| listed.media_id == media_id)
    }
}

/// The answer to an unknown type, and to a body that is not JSON.
pub(super) fn invalid_type() -> Refusal {
    Refusal::with_hint(ErrorCode::INVALID_MEDIA_TYPE, "invalid media type")
}

/// Sorts in the order of lists.
fn latest_first(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_key(|entry| Reverse(entry.update_time));
    entries
}

fn of_type(entries: &[Entry], material_type: MaterialType) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(move |entry| entry.material_type == material_type)
}

/// Separates the type and the number in the id of a generated asset.
const NUMBER: &str = "-NUMBER-";

/// An asset in a list.
struct Listed<'l> {
    media_id: String,
    name: String,
    update_time: u64,
    entry: &'l Entry,
}

impl<'l> Listed<'l> {
    fn own(entry: &'l Entry) -> Self {
        Self {
            media_id: entry.media_id.clone(),
            name: entry.name.clone(),
            update_time: entry.update_time,
            entry,
        }
    }

    /// A generated asset: like the model except for its name and id, and one second older than the one before.
    fn generated(entry: &'l Entry, number: usize) -> Self {
        let media_id = format!("{}{NUMBER}{number}", entry.material_type.name().to_ascii_uppercase());
        let update_time = entry.update_time.saturating_sub(number as u64);
        Self { media_id, name: number.to_string(), update_time, entry }
    }

    /// The object that `get_material` returns. A generated asset has its name as the title.
    fn content(&self, host: SocketAddr) -> Value {
        let mut content = match &self.entry.content {
            Content::Json(content) => content.clone(),
            Content::Linked(content) => content(host),
            Content::File { .. } => return Value::Null,
        };
        if self.media_id == self.entry.media_id {
            return content;
        }
        if self.entry.material_type == MaterialType::News {
            content["news_item"][0]["title"] = self.name.as_str().into();
            content["create_time"] = self.update_time.into();
            content["update_time"] = self.update_time.into();
        } else {
            content["title"] = self.name.as_str().into();
        }
        content
    }

    fn item(&self, host: SocketAddr) -> Value {
        let Self { media_id, name, update_time, entry } = self;
        let content = self.content(host);
        match entry.material_type {
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
            // Voice messages: recorded responses have neither a URL nor tags.
            _ => json!({ "media_id": media_id, "name": name, "update_time": update_time }),
        }
    }
}
