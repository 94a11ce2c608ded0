//! The accounts that a test configures.

use std::fmt;
use std::net::SocketAddr;

use axum::body::Bytes;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderMap, HeaderValue};
use serde_json::Value;
use wechat_material::{AppSecret, MaterialType};

use super::Emulator;
use super::assets::{Asset, built_in_assets};

/// An account to serve: its credentials and its assets.
///
/// Add it with [`EmulatorBuilder::account`](super::EmulatorBuilder::account).
///
/// ```
/// use serde_json::json;
/// use wechat_material::{GetMaterial, Endpoint, MaterialType};
/// use wechat_material_testkit::{Account, Emulator};
///
/// let article = json!({ "title": "The harbour", "content": "<p>Fog.</p>" });
/// let account = Account::new("wx-one", "secret-one")
///     .news("HARBOUR", json!({ "news_item": [article] }))
///     .video("FERRY", json!({ "title": "The ferry", "description": "", "down_url": "http://example.com/1.mp4" }))
///     .file("BOAT", MaterialType::Image, "boat.jpg", b"\xFF\xD8\xFF\xE0...");
/// let emulator = Emulator::builder().account(account).start()?;
/// # drop(emulator);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Account {
    pub(super) app_id: String,
    pub(super) app_secret: AppSecret,
    pub(super) entries: Vec<Entry>,
}

/// One asset of an account.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) media_id: String,
    pub(super) material_type: MaterialType,
    /// The name in lists. Articles have no name there.
    pub(super) name: String,
    /// The time of the last change, in seconds since 1970.
    pub(super) update_time: u64,
    pub(super) content: Content,
}

/// The answer of `get_material`.
#[derive(Clone)]
pub(super) enum Content {
    Json(Value),
    /// An object with links to the address of the emulator.
    Linked(fn(SocketAddr) -> Value),
    /// Bytes, and the headers that describe them.
    File {
        headers: HeaderMap,
        bytes: Bytes,
    },
}

/// The update time of the first asset without one.
const UPDATE_TIME: u64 = 1_792_022_400;

impl Account {
    /// Creates an account without assets.
    pub fn new(app_id: impl Into<String>, app_secret: impl Into<AppSecret>) -> Self {
        Self { app_id: app_id.into(), app_secret: app_secret.into(), entries: Vec::new() }
    }

    /// Creates the account that the emulator serves by default.
    pub fn built_in() -> Self {
        Self::new(Emulator::APP_ID, Emulator::APP_SECRET).with_built_in_assets()
    }

    /// Adds the [assets of the built-in account](crate::built_in_assets).
    #[must_use]
    pub fn with_built_in_assets(mut self) -> Self {
        self.entries.extend(built_in_assets().iter().map(Asset::entry));
        self
    }

    /// Adds articles. `news` is the whole answer of `get_material`: an object with `news_item`. If it has an `update_time`,
    /// lists are sorted by it.
    #[must_use]
    pub fn news(self, media_id: impl Into<String>, news: Value) -> Self {
        let update_time = news["update_time"].as_u64();
        self.entry(media_id.into(), MaterialType::News, String::new(), update_time, Content::Json(news))
    }

    /// Adds a video. `video` is the whole answer of `get_material`: an object with `title`, `description` and `down_url`.
    #[must_use]
    pub fn video(self, media_id: impl Into<String>, video: Value) -> Self {
        let title = video["title"].as_str().unwrap_or_default().to_owned();
        self.entry(media_id.into(), MaterialType::Video, title, None, Content::Json(video))
    }

    /// Adds a file: a picture or a voice message. It is served as an attachment with this name.
    ///
    /// # Panics
    ///
    /// If the name contains a control character.
    #[must_use]
    pub fn file(
        self,
        media_id: impl Into<String>,
        material_type: MaterialType,
        file_name: &str,
        bytes: impl Into<Vec<u8>>,
    ) -> Self {
        let disposition = format!("attachment; filename=\"{file_name}\"");
        let disposition = HeaderValue::from_bytes(disposition.as_bytes());
        let disposition = disposition.expect("a file name without control characters");
        let headers = HeaderMap::from_iter([(CONTENT_DISPOSITION, disposition)]);
        let content = Content::File { headers, bytes: bytes.into().into() };
        self.entry(media_id.into(), material_type, file_name.to_owned(), None, content)
    }

    fn entry(
        mut self,
        media_id: String,
        material_type: MaterialType,
        name: String,
        update_time: Option<u64>,
        content: Content,
    ) -> Self {
        // An asset that was added later is newer.
        let update_time = update_time.unwrap_or(UPDATE_TIME + self.entries.len() as u64);
        self.entries.push(Entry { media_id, material_type, name, update_time, content });
        self
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("app_id", &self.app_id)
            .field("assets", &self.entries.len())
            .finish_non_exhaustive()
    }
}
