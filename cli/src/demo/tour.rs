//! The calls of the demo. Any unexpected result ends it.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use wechat_material::{
    Access, AccessToken, AddressPolicy, ApiError, BaseUrl, CallError, Credentials, ErrorCode, Fault,
    FileType, GetMaterial, Material, MaterialCounts, MaterialItem, MaterialType, VideoLink, call,
};
use wechat_material_testkit::Emulator;
use wechat_material_ureq::{Client, SaveTo, SavedFile, UreqTransport};

use crate::failure::Failure;
use crate::json;
use crate::printable::{counted, grouped, printable};

pub(super) struct Tour<'f> {
    emulator: Emulator,
    client: Client,
    transport: UreqTransport,
    folder: &'f Path,
}

/// A file that was saved.
pub(super) struct Item {
    pub(super) kind: String,
    pub(super) size: String,
    pub(super) what: String,
    pub(super) name: String,
}

impl Item {
    fn new(kind: &str, size: u64, what: &str, name: &str) -> Self {
        Self { kind: kind.to_owned(), size: grouped(size), what: what.to_owned(), name: printable(name) }
    }
}

impl<'f> Tour<'f> {
    pub(super) fn new(emulator: Emulator, folder: &'f Path) -> Self {
        let credentials = Credentials::new(Emulator::APP_ID, Emulator::APP_SECRET);
        let transport = UreqTransport::new();
        let client = Client::builder(credentials, transport.clone())
            .base_url(emulator.base_url())
            // The emulator's own link leads to this machine.
            .address_policy(AddressPolicy::Any)
            .build();
        Self { emulator, client, transport, folder }
    }

    pub(super) fn base_url(&self) -> BaseUrl {
        self.emulator.base_url()
    }

    pub(super) fn counts(&self) -> Result<MaterialCounts, Failure> {
        Ok(self.client.count_materials()?)
    }

    pub(super) fn list(&self, material_type: MaterialType) -> Result<Vec<MaterialItem>, Failure> {
        Ok(self.client.list_materials(material_type).collect::<Result<_, _>>()?)
    }

    /// Fetches an asset and saves it; a video with a link to a file together with that file.
    pub(super) fn fetch(&self, media_id: &str) -> Result<Vec<Item>, Failure> {
        match self.client.download_to(media_id, SaveTo::folder(self.folder))? {
            Material::News(news) => {
                let what = counted(news.articles.len() as u64, "article");
                Ok(vec![self.save_json("news", &what, media_id, &news)?])
            }
            Material::Video(video) => match video.link() {
                VideoLink::File(_) => Ok(vec![
                    self.save_json("video", "link to a file", media_id, &video)?,
                    saved_item(&self.client.download_video_to(&video, SaveTo::folder(self.folder))?),
                ]),
                VideoLink::Page(_) => {
                    Ok(vec![self.save_json("video", "link to a page", media_id, &video)?])
                }
            },
            Material::File(file) => Ok(vec![saved_item(&file)]),
            _ => Err(unexpected(media_id)),
        }
    }

    fn save_json(
        &self,
        kind: &str,
        what: &str,
        media_id: &str,
        answer: &impl Serialize,
    ) -> Result<Item, Failure> {
        let (name, json) = (format!("{media_id}.json"), json::pretty(answer));
        fs::File::create_new(self.folder.join(&name))?.write_all(json.as_bytes())?;
        Ok(Item::new(kind, json.len() as u64, what, &name))
    }

    pub(super) fn unknown_asset(&self) -> Result<Fault, Failure> {
        self.fault("NO-SUCH-ASSET", &self.client.token()?.token, ErrorCode::INVALID_MEDIA_ID)
    }

    /// The refusal of a call with an expired token. The client makes the call again with a new one.
    pub(super) fn expired_token(&self) -> Result<Fault, Failure> {
        let token = self.client.token()?.token;
        self.emulator.expire_tokens();
        let fault = self.fault("IMAGE-01", &token, ErrorCode::ACCESS_TOKEN_EXPIRED)?;
        self.client.get_material("IMAGE-01")?;
        Ok(fault)
    }

    fn fault(&self, media_id: &str, token: &AccessToken, expected: ErrorCode) -> Result<Fault, Failure> {
        let access = Access::with_base_url(token, self.emulator.base_url());
        match call(&GetMaterial::new(media_id), &access, &self.transport) {
            Err(CallError::Api(ApiError::Fault(fault))) if fault.code == expected => Ok(fault),
            Ok(_) => Err(unexpected(media_id)),
            Err(error) => Err(error.into()),
        }
    }
}

fn saved_item(file: &SavedFile) -> Item {
    let what = file.info.file_type().map_or("unknown", FileType::media_type);
    let kind = match what.split('/').next() {
        Some("image") => "picture",
        Some("audio") => "voice",
        Some("video") => "video",
        _ => "file",
    };
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    Item::new(kind, file.info.length.unwrap_or_default(), what, &name)
}

fn unexpected(call: &str) -> Failure {
    Failure::refused(format!("the call for {call} had an unexpected result"))
}
