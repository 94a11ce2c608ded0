//! A file and its metadata.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FileType, file_name};
use crate::header::ContentType;
use crate::secret::repeats;

/// A picture, voice message or thumbnail, with its bytes.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// Its metadata.
    pub info: FileInfo,
    /// Its bytes, unchanged, in the allocation in which they arrived.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("info", &self.info).finish_non_exhaustive()
    }
}

/// The metadata of a file: length, type and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct FileInfo {
    /// Its length in bytes; `None` only while the file is arriving and the server did not announce its length.
    pub length: Option<u64>,
    /// The `Content-Type` of the response, which is often missing and sometimes wrong: see [`file_type`](Self::file_type).
    pub content_type: Option<ContentType>,
    /// The decoded name that the uploader chose. It can be any text, including `../` and control characters: see
    /// [`safe_name`](Self::safe_name).
    pub file_name: Option<String>,
    file_type: Option<FileType>,
    fallback_name: Option<String>,
}

impl FileInfo {
    pub(crate) fn new(
        window: &[u8],
        length: Option<u64>,
        content_type: Option<ContentType>,
        file_name: Option<String>,
    ) -> Self {
        Self { length, content_type, file_name, file_type: FileType::from_bytes(window), fallback_name: None }
    }

    /// Sets the name of a file that the response does not name, such as its media id.
    pub(crate) fn with_fallback_name(self, subject: &str) -> Self {
        Self { fallback_name: (!subject.is_empty()).then(|| subject.to_owned()), ..self }
    }

    /// Removes a name or content type that repeats one of these secrets. A name can repeat a secret only after it is made
    /// safe.
    pub(crate) fn redacted(mut self, secrets: &[&str]) -> Self {
        let repeats = |text: &str| secrets.iter().any(|secret| repeats(text.as_bytes(), secret));
        self.content_type.take_if(|content_type| repeats(content_type.as_str()));
        self.file_name.take_if(|name| repeats(name));
        if repeats(&self.safe_name()) {
            self.file_name = None;
        }
        // Without the uploader's name, this is the other name too.
        if repeats(&self.safe_asset_name()) {
            self.fallback_name = None;
        }
        self
    }

    /// The type according to the first bytes; `None` if it is unknown. Names and headers can be wrong: WeChat has returned
    /// a file `1.jpg` that is not a picture.
    pub fn file_type(&self) -> Option<FileType> {
        self.file_type
    }

    /// The right extension, without the dot, according to the first bytes, or else the name, or else the content type.
    pub fn extension(&self) -> Option<&str> {
        self.file_type
            .map(FileType::extension)
            .or_else(|| self.file_name.as_deref().and_then(file_name::extension))
            .or_else(|| {
                let media_type = self.content_type.as_ref()?.media_type()?;
                FileType::from_media_type(media_type).map(FileType::extension)
            })
    }

    /// A file name that is safe on every operating system.
    ///
    /// It is the uploader's name without anything harmful: no separators, no control or invisible characters, no dot at the
    /// beginning, no dot or space at the end, no names that Windows reserves, and at most 255 bytes. If the type is known,
    /// it has the right extension. If the uploader's name cannot be used, it is the media id, or else `material`.
    ///
    /// Two files can have the same name, so do not overwrite existing files.
    pub fn safe_name(&self) -> String {
        self.safe_form([&self.file_name, &self.fallback_name])
    }

    /// A file name like [`safe_name`](Self::safe_name) that prefers the name of the asset: its media id, or the title of a
    /// video. The uploader's name is used only if nothing of that can be used.
    pub fn safe_asset_name(&self) -> String {
        self.safe_form([&self.fallback_name, &self.file_name])
    }

    /// A safe form of the first name that can be used.
    fn safe_form(&self, names: [&Option<String>; 2]) -> String {
        let extensions = self.file_type.map_or(&[][..], FileType::extensions);
        names
            .into_iter()
            .flatten()
            .find_map(|name| file_name::safe(name, extensions, self.extension()))
            .unwrap_or_else(|| match self.extension() {
                Some(extension) => format!("material.{extension}"),
                None => "material".to_owned(),
            })
    }
}
