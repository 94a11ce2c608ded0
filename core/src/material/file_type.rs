//! Recognizes the type of a file by its first bytes.

use std::borrow::Cow;
use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The type of a file. In JSON it is the [media type](Self::media_type).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileType {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF.
    Gif,
    /// BMP.
    Bmp,
    /// WebP.
    Webp,
    /// MP3, with an ID3 tag or without.
    Mp3,
    /// AMR, narrowband or wideband.
    Amr,
    /// Windows Media Audio (an ASF container).
    Wma,
    /// WAV.
    Wav,
    /// AAC audio in an MPEG-4 container.
    M4a,
    /// Video in an MPEG-4 container.
    Mp4,
}

impl FileType {
    /// Recognizes a type by the first bytes of a file; 512 bytes are enough.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let is_prose = || bytes.len() > 16 && is_text(&bytes[..bytes.len().min(512)]);
        Some(match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Self::Jpeg,
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Self::Png,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] if !is_prose() => Self::Gif,
            // Many words begin with "BM", so the four reserved bytes must be 0.
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Self::Bmp,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] if !is_prose() => Self::Webp,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] if !is_prose() => Self::Wav,
            // The version of the tag excludes a text about ID3.
            [b'I', b'D', b'3', 2..=4, ..] => Self::Mp3,
            [0xFF, second, third, ..] if is_mp3_frame(*second, *third) => Self::Mp3,
            [b'#', b'!', b'A', b'M', b'R', b'\n' | b'-', ..] => Self::Amr,
            [
                0x30,
                0x26,
                0xB2,
                0x75,
                0x8E,
                0x66,
                0xCF,
                0x11,
                0xA6,
                0xD9,
                0x00,
                0xAA,
                0x00,
                0x62,
                0xCE,
                0x6C,
                ..,
            ] => Self::Wma,
            [0, _, _, _, b'f', b't', b'y', b'p', b'M', b'4', b'A' | b'B', b' ', ..] => Self::M4a,
            [0, _, _, _, b'f', b't', b'y', b'p', brand @ ..] if is_mp4_brand(brand) => Self::Mp4,
            _ => return None,
        })
    }

    /// Its media type, such as `image/jpeg`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
            Self::Webp => "image/webp",
            Self::Mp3 => "audio/mpeg",
            Self::Amr => "audio/amr",
            Self::Wma => "audio/x-ms-wma",
            Self::Wav => "audio/wav",
            Self::M4a => "audio/mp4",
            Self::Mp4 => "video/mp4",
        }
    }

    /// Its usual file extension, without the dot.
    pub fn extension(self) -> &'static str {
        self.extensions()[0]
    }

    /// All right extensions, the usual one first.
    pub(super) fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
            Self::Gif => &["gif"],
            Self::Bmp => &["bmp", "dib"],
            Self::Webp => &["webp"],
            Self::Mp3 => &["mp3"],
            Self::Amr => &["amr", "awb"],
            Self::Wma => &["wma", "wmv", "asf"],
            Self::Wav => &["wav", "wave"],
            Self::M4a => &["m4a", "m4b", "mp4"],
            Self::Mp4 => &["mp4", "m4v"],
        }
    }

    /// The type with this media type.
    pub(super) fn from_media_type(media_type: &str) -> Option<Self> {
        Some(match media_type {
            "image/jpeg" | "image/jpg" | "image/pjpeg" => Self::Jpeg,
            "image/png" => Self::Png,
            "image/gif" => Self::Gif,
            "image/bmp" | "image/x-ms-bmp" => Self::Bmp,
            "image/webp" => Self::Webp,
            "audio/mpeg" | "audio/mp3" => Self::Mp3,
            "audio/amr" | "audio/amr-wb" => Self::Amr,
            "audio/x-ms-wma" => Self::Wma,
            "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => Self::Wav,
            "audio/mp4" | "audio/m4a" | "audio/x-m4a" => Self::M4a,
            "video/mp4" => Self::Mp4,
            _ => return None,
        })
    }
}

impl Serialize for FileType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.media_type())
    }
}

impl<'de> Deserialize<'de> for FileType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        Self::from_media_type(&name)
            .ok_or_else(|| D::Error::custom("not the media type of a known file type"))
    }
}

impl fmt::Display for FileType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.media_type())
    }
}

/// Whether bytes are text in any encoding, including GBK, and UTF-16 with a byte order mark: they do not contain the bytes
/// that the WHATWG's MIME Sniffing standard calls binary data.
pub(crate) fn is_text(window: &[u8]) -> bool {
    let is_binary = |byte: &u8| matches!(byte, 0..=0x08 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F);
    window.starts_with(b"\xFF\xFE") || window.starts_with(b"\xFE\xFF") || !window.iter().any(is_binary)
}

/// Whether this is the header of an MPEG audio frame of layer III: eleven set bits, then the layer, and a valid version,
/// bitrate and sampling rate.
fn is_mp3_frame(second: u8, third: u8) -> bool {
    let (version, layer) = (second >> 3 & 0b11, second >> 1 & 0b11);
    let (bitrate, sampling_rate) = (third >> 4, third >> 2 & 0b11);
    second >> 5 == 0b111 && version != 0b01 && layer == 0b01 && bitrate != 0b1111 && sampling_rate != 0b11
}

/// Whether a container is MP4. HEIC pictures and QuickTime have other brands.
fn is_mp4_brand(brand: &[u8]) -> bool {
    [&b"iso"[..], b"mp4", b"mmp4", b"avc1", b"M4V", b"MSNV", b"dash", b"3gp"]
        .iter()
        .any(|known| brand.starts_with(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASF: &[u8] = b"\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\x00\xAA\x00\x62\xCE\x6C";

    #[test]
    fn every_type_is_recognized_by_its_first_bytes() {
        for (bytes, file_type) in [
            (&b"\xFF\xD8\xFF\xE0\x00\x10JFIF"[..], FileType::Jpeg),
            (b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", FileType::Png),
            (b"GIF87a", FileType::Gif),
            (b"GIF89a", FileType::Gif),
            (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", FileType::Bmp),
            (b"RIFF\x24\0\0\0WEBPVP8 ", FileType::Webp),
            (b"ID3\x03\0\0\0\0\0\x21", FileType::Mp3),
            (b"\xFF\xFB\x90\x64", FileType::Mp3),
            (b"\xFF\xF3\x40\xC4", FileType::Mp3),
            (b"#!AMR\n\x3C", FileType::Amr),
            (b"#!AMR-WB\n", FileType::Amr),
            (ASF, FileType::Wma),
            (b"RIFF\x24\0\0\0WAVEfmt ", FileType::Wav),
            (b"\0\0\0\x20ftypM4A \0\0\0\0", FileType::M4a),
            (b"\0\0\0\x20ftypisom\0\0\x02\0", FileType::Mp4),
            (b"\0\0\0\x18ftypmp42", FileType::Mp4),
        ] {
            assert_eq!(FileType::from_bytes(bytes), Some(file_type), "{bytes:?}");
            assert_eq!(FileType::from_media_type(file_type.media_type()), Some(file_type));
            assert!(file_type.extensions().contains(&file_type.extension()));
        }
    }

    #[test]
    fn a_similar_beginning_is_not_a_type() {
        for bytes in [
            &b""[..],
            b"BMW is a car and no bitmap",
            b"GIF89a is not accepted here",
            b"RIFF or WAVE file expected",
            b"<!--ftypmp42--><html></html>",
            b"ID3 tags are not text",
            b"RIFF\x24\0\0\0AVI LIST",
            b"\xFF\xFEh\0i\0",
            b"\xFF\xF1\x50\x80",
            b"\0\0\0\x18ftypheic",
            b"\0\0\0\x14ftypqt  ",
            b"#!/bin/sh",
            b"PK\x03\x04",
        ] {
            assert_eq!(FileType::from_bytes(bytes), None, "{bytes:?}");
        }
    }
}
