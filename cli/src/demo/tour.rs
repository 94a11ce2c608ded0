//! The calls of the demo. Whatever comes out differently than it should ends it.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use wechat_material::{
    Access, AccessToken, AddressPolicy, ApiError, BaseUrl, CallError, ClientError, Credentials, ErrorCode,
    Fault, File, FileInfo, FileType, GetMaterial, GetVideo, Material, MaterialCounts, MaterialItem,
    MaterialType, Video, VideoLink, call,
};
use wechat_material_testkit::Emulator;
use wechat_material_ureq::{Client, UreqTransport};

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
        self.client.count_materials().map_err(|error| unexpected("counting").because(&error))
    }

    pub(super) fn list(&self, material_type: MaterialType) -> Result<Vec<MaterialItem>, Failure> {
        let items: Result<_, ClientError> = self.client.list_materials(material_type).collect();
        items.map_err(|error| unexpected("listing").because(&error))
    }

    /// Fetches an asset and saves what came: for a video with a link to a file, that file too.
    pub(super) fn fetch(&self, media_id: &str) -> Result<Vec<Item>, Failure> {
        let answer = self.client.download_to(media_id, self.folder);
        match answer.map_err(|error| unexpected(media_id).because(&error))? {
            Material::News(news) => {
                let what = counted(news.articles.len() as u64, "article");
                Ok(vec![self.save_json("news", &what, media_id, &news)?])
            }
            Material::Video(video) => match video.link() {
                VideoLink::File(_) => Ok(vec![
                    self.save_json("video", "link to a file", media_id, &video)?,
                    self.save_video(&self.follow(&video)?)?,
                ]),
                VideoLink::Page(_) => {
                    Ok(vec![self.save_json("video", "link to a page", media_id, &video)?])
                }
            },
            Material::File(file) => {
                let name = file.path.file_name().unwrap_or_default().to_string_lossy();
                Ok(vec![file_item(&file.info, &name)])
            }
            _ => Err(unexpected(media_id)),
        }
    }

    /// Follows a video's link to its file, without the token.
    fn follow(&self, video: &Video) -> Result<File, Failure> {
        self.client.call(&GetVideo::new(video)).map_err(|error| unexpected("a video's file").because(&error))
    }

    fn save_json(
        &self,
        kind: &str,
        what: &str,
        media_id: &str,
        answer: &impl Serialize,
    ) -> Result<Item, Failure> {
        let (name, json) = (format!("{media_id}.json"), json::pretty(answer));
        self.save(&name, json.as_bytes())?;
        Ok(Item::new(kind, json.len() as u64, what, &name))
    }

    fn save_video(&self, file: &File) -> Result<Item, Failure> {
        let name = file.info.safe_name();
        self.save(&name, &file.bytes)?;
        Ok(file_item(&file.info, &name))
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.folder.join(name);
        let saved = fs::File::create_new(&path).and_then(|mut file| file.write_all(bytes));
        saved.map_err(|error| {
            Failure::refused(format!("{} could not be written", path.display())).because(&error)
        })
    }

    pub(super) fn unknown_asset(&self) -> Result<Fault, Failure> {
        self.fault("NO-SUCH-ASSET", &self.token()?, ErrorCode::INVALID_MEDIA_ID)
    }

    /// A call with an expired token, as it is refused; the client makes it again with a new one.
    pub(super) fn expired_token(&self) -> Result<Fault, Failure> {
        let token = self.token()?;
        self.emulator.expire_tokens();
        let fault = self.fault("IMAGE-01", &token, ErrorCode::ACCESS_TOKEN_EXPIRED)?;
        match self.client.get_material("IMAGE-01") {
            Ok(_) => Ok(fault),
            Err(error) => Err(unexpected("IMAGE-01").because(&error)),
        }
    }

    fn token(&self) -> Result<AccessToken, Failure> {
        let issued = self.client.token().map_err(|error| unexpected("obtaining a token").because(&error))?;
        Ok(issued.token)
    }

    fn fault(&self, media_id: &str, token: &AccessToken, expected: ErrorCode) -> Result<Fault, Failure> {
        let access = Access::at(self.emulator.base_url(), token);
        match call(&GetMaterial::new(media_id), &access, &self.transport) {
            Err(CallError::Api(ApiError::Fault(fault))) if fault.code == expected => Ok(fault),
            Ok(_) => Err(unexpected(media_id)),
            Err(error) => Err(unexpected(media_id).because(&error)),
        }
    }
}

fn file_item(info: &FileInfo, name: &str) -> Item {
    let what = info.file_type().map_or("unknown", FileType::media_type);
    let kind = match what.split('/').next() {
        Some("image") => "picture",
        Some("audio") => "voice",
        Some("video") => "video",
        _ => "file",
    };
    Item::new(kind, info.length.unwrap_or_default(), what, name)
}

fn unexpected(call: &str) -> Failure {
    Failure::refused(format!("the call for {call} did not come out as it should"))
}
