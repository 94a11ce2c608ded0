//! The calls of the demo. Whatever comes out differently than it should ends it.

use std::path::Path;

use serde::Serialize;
use wechat_material::http::Request;
use wechat_material::{
    Access, ApiError, CallError, Endpoint, ErrorCode, Fault, File, FileType, GetMaterial, Material,
    Transport, VideoLink, call,
};
use wechat_material_testkit::Emulator;
use wechat_material_ureq::UreqTransport;

use crate::failure::Failure;
use crate::printable::{counted, grouped, printable};
use crate::{json, save};

pub(super) struct Tour<'f> {
    emulator: Emulator,
    access: Access,
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
        Self { access: emulator.access(), emulator, transport: UreqTransport::new(), folder }
    }

    /// Fetches an asset and saves what came: for a video with a link to a file, that file too.
    pub(super) fn fetch(&self, media_id: &str) -> Result<Vec<Item>, Failure> {
        let answer = call(&GetMaterial::new(media_id), &self.access, &self.transport);
        match answer.map_err(|error| unexpected(media_id).because(&error))? {
            Material::News(news) => {
                let what = counted(news.articles.len() as u64, "article");
                Ok(vec![self.save_json("news", &what, media_id, &news)?])
            }
            Material::Video(video) => match video.link() {
                VideoLink::File(url) => Ok(vec![
                    self.save_json("video", "link to a file", media_id, &video)?,
                    self.save_file(&self.follow(media_id, url)?)?,
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
    fn follow(&self, media_id: &str, url: &str) -> Result<File, Failure> {
        let request =
            Request::get(url).body(Vec::new()).map_err(|error| unexpected(media_id).because(&error))?;
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
        self.fault("NO-SUCH-ASSET", ErrorCode::INVALID_MEDIA_ID)
    }

    /// Comes last: no token is good afterwards.
    pub(super) fn expired_token(&self) -> Result<Fault, Failure> {
        self.emulator.expire_tokens();
        self.fault("IMAGE-01", ErrorCode::ACCESS_TOKEN_EXPIRED)
    }

    fn fault(&self, media_id: &str, expected: ErrorCode) -> Result<Fault, Failure> {
        match call(&GetMaterial::new(media_id), &self.access, &self.transport) {
            Err(CallError::Api(ApiError::Fault(fault))) if fault.code == expected => Ok(fault),
            Ok(_) => Err(unexpected(media_id)),
            Err(error) => Err(unexpected(media_id).because(&error)),
        }
    }
}

fn unexpected(media_id: &str) -> Failure {
    Failure::refused(format!("the call for {media_id} did not come out as it should"))
}
