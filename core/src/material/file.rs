//! A file and what is known of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FileType, file_name};
use crate::header::ContentType;
use crate::secret::repeats;

/// A picture, voice or thumb.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// What is known of it.
    pub info: FileInfo,
    /// The very bytes that arrived.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("info", &self.info).finish_non_exhaustive()
    }
}

/// What is known of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct FileInfo {
    /// Its length in bytes; `None` only while it is being received and the server did not announce it.
    pub length: Option<u64>,
    /// What the response calls it, which is often nothing, and at times wrong: see
    /// [`file_type`](Self::file_type).
    pub content_type: Option<ContentType>,
    /// The name that its uploader gave it, decoded. It can be any text, `../` and control characters included:
    /// see [`safe_name`](Self::safe_name).
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
        Self { length, content_type, file_name, file_type: FileType::of(window), fallback_name: None }
    }

    /// With what was asked for, a media id, as its name if it has none of its own.
    pub(crate) fn with_fallback_name(self, subject: &str) -> Self {
        Self { fallback_name: (!subject.is_empty()).then(|| subject.to_owned()), ..self }
    }

    /// Without a name or content type that repeats one of these secrets. A name can also repeat one once it is made safe.
    pub(crate) fn redacted(mut self, secrets: &[&str]) -> Self {
        let repeats = |text: &str| secrets.iter().any(|secret| repeats(text.as_bytes(), secret));
        self.content_type.take_if(|content_type| repeats(content_type.as_str()));
        self.file_name.take_if(|name| repeats(name));
        if repeats(&self.safe_name()) {
            self.file_name = None;
        }
        if repeats(&self.safe_name()) {
            self.fallback_name = None;
        }
        self
    }

    /// What it is, according to its first bytes; `None` if the type is unknown. A name or header can be wrong: an id was
    /// answered with a file `1.jpg` that is not a picture.
    pub fn file_type(&self) -> Option<FileType> {
        self.file_type
    }

    /// The extension that suits it, without the dot: according to its first bytes, else to its name, else to its content
    /// type.
    pub fn extension(&self) -> Option<&str> {
        self.file_type
            .map(FileType::extension)
            .or_else(|| self.file_name.as_deref().and_then(file_name::extension))
            .or_else(|| {
                let media_type = self.content_type.as_ref()?.media_type()?;
                FileType::named(media_type).map(FileType::extension)
            })
    }

    /// A name to save it under, in any folder of any system.
    ///
    /// It is the uploader's name, without what could do harm: no separator of any system, no control or
    /// invisible character, no dot at its beginning, no dot or space at its end, no name that Windows reserves,
    /// at most 255 bytes. It ends with the right extension where the type is known. Without a usable name it
    /// is the media id, and without that, `material`.
    ///
    /// Two files can have the same name: refuse to overwrite.
    pub fn safe_name(&self) -> String {
        let extensions = self.file_type.map_or(&[][..], FileType::extensions);
        [self.file_name.as_deref(), self.fallback_name.as_deref()]
            .into_iter()
            .flatten()
            .find_map(|name| file_name::safe(name, extensions, self.extension()))
            .unwrap_or_else(|| match self.extension() {
                Some(extension) => format!("material.{extension}"),
                None => "material".to_owned(),
            })
    }
}
