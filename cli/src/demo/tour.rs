//! The calls of the demo. Whatever comes out differently than it should ends it.

use std::path::Path;

use serde::Serialize;
use wechat_material::{
    Access, AccessToken, ApiError, BaseUrl, CallError, ClientError, Credentials, Endpoint, ErrorCode, Fault,
    File, FileType, GetMaterial, Material, MaterialCounts, MaterialItem, MaterialType, Transport, Video,
    VideoLink, call,
};
use wechat_material_testkit::Emulator;
use wechat_material_ureq::{Client, UreqTransport};

use crate::failure::Failure;
use crate::printable::{counted, grouped, printable};
use crate::{json, save};

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

impl<'f> Tour<'f> {
    pub(super) fn of(emulator: Emulator, folder: &'f Path) -> Self {
        let credentials = Credentials::new(Emulator::APP_ID, Emulator::APP_SECRET);
        let transport = UreqTransport::new();
        let client = Client::builder(credentials, transport.clone()).base_url(emulator.base_url()).build();
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
        let answer = self.client.get_material(media_id);
        match answer.map_err(|error| unexpected(media_id).because(&error))? {
            Material::News(news) => {
                let what = counted(news.articles.len() as u64, "article");
                Ok(vec![self.save_json("news", &what, media_id, &news)?])
            }
            Material::Video(video) => match video.link() {
                VideoLink::File(_) => Ok(vec![
                    self.save_json("video", "link to a file", media_id, &video)?,
                    self.save_file(&self.follow(media_id, &video)?)?,
                ]),
                VideoLink::Page(_) => {
                    Ok(vec![self.save_json("video", "link to a page", media_id, &video)?])
                }
            },
            Material::File(file) => Ok(vec![self.save_file(&file)?]),
            _ => Err(unexpected(media_id)),
        }
    }

    /// A video's link: a plain GET, which must not take the token along. What comes is judged like any answer,
    /// so that no page is taken for the video.
    fn follow(&self, media_id: &str, video: &Video) -> Result<File, Failure> {
        let request = video.download_request().map_err(|error| unexpected(media_id).because(&error))?;
        let response = self.transport.send(request).map_err(|error| unexpected(media_id).because(&error))?;
        match GetMaterial::new(media_id).parse(response) {
            Ok(Material::File(file)) => Ok(file),
            Ok(_) => Err(unexpected(media_id)),
            Err(error) => Err(unexpected(media_id).because(&error)),
        }
    }

    fn save_json(
        &self,
        kind: &str,
        what: &str,
        media_id: &str,
        answer: &impl Serialize,
    ) -> Result<Item, Failure> {
        self.save(kind, what, &format!("{media_id}.json"), json::pretty(answer).as_bytes())
    }

    fn save_file(&self, file: &File) -> Result<Item, Failure> {
        let what = file.info.file_type().map_or("unknown", FileType::media_type);
        let kind = match what.split('/').next() {
            Some("image") => "picture",
            Some("audio") => "voice",
            Some("video") => "video",
            _ => "file",
        };
        self.save(kind, what, &file.info.safe_name(), &file.bytes)
    }

    fn save(&self, kind: &str, what: &str, name: &str, bytes: &[u8]) -> Result<Item, Failure> {
        save::save(&self.folder.join(name), bytes, false)?;
        Ok(Item {
            kind: kind.to_owned(),
            size: grouped(bytes.len() as u64),
            what: what.to_owned(),
            name: printable(name),
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

fn unexpected(call: &str) -> Failure {
    Failure::refused(format!("the call for {call} did not come out as it should"))
}
