//! The properties of every file name from an uploader.

use wechat_material::http::{HeaderValue, Response};
use wechat_material::{ContentDisposition, Endpoint, FileType, GetMaterial, Material};

/// Checks that files with this `Content-Disposition` can be saved under a safe name with the extension of their type.
///
/// # Panics
///
/// Panics if a file cannot.
pub fn check_file_name(value: &[u8]) {
    let read = ContentDisposition::parse(value);
    assert_eq!(read, ContentDisposition::parse(value));
    assert!(read.file_name() != Some(""), "an empty name was returned");
    let Ok(value) = HeaderValue::from_bytes(value) else { return };
    for bytes in [&b"\xFF\xD8\xFF\xE0"[..], b"\x89PNG\r\n\x1A\n", b"\0\x01\x02"] {
        let response = Response::builder()
            .header("content-disposition", value.clone())
            .body(bytes.to_vec())
            .expect("the header is valid");
        let Ok(Material::File(file)) = GetMaterial::new("MEDIA_ID").parse(response) else {
            panic!("a file was not read as a file")
        };
        assert_eq!(file.info.file_name.as_deref(), read.file_name());
        let name = file.info.safe_name();
        check_safe_name(&name);
        if let (Some(file_type), Some((_, extension))) = (file.info.file_type(), name.rsplit_once('.')) {
            check_extension(file_type, extension);
        }
    }
}

/// Checks that a file with this name can be created in any folder on Linux, macOS and Windows, and not outside of the folder.
///
/// # Panics
///
/// Panics if it cannot.
pub fn check_safe_name(name: &str) {
    assert!((1..=255).contains(&name.len()), "invalid length: {name:?}");
    assert!(!name.contains(['/', '\\', ':', '<', '>', '"', '|', '?', '*']), "a reserved character: {name:?}");
    assert!(!name.contains(char::is_control), "a control character: {name:?}");
    let is_bidi_control = |letter: char| matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    assert!(!name.contains(is_bidi_control), "a character that changes the text direction: {name:?}");
    assert!(
        !name.starts_with(['.', ' ']) && !name.ends_with(['.', ' ']),
        "a dot or a space at the start or end: {name:?}"
    );
    let device = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_port = ["COM", "LPT"].iter().any(|port| {
        device
            .strip_prefix(port)
            .is_some_and(|rest| matches!(rest, "¹" | "²" | "³") || matches!(rest.as_bytes(), [b'0'..=b'9']))
    });
    assert!(
        !is_port && !["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&&*device),
        "the name of a device: {name:?}"
    );
}

/// Checks that an extension matches a file type.
///
/// # Panics
///
/// Panics if it does not.
pub fn check_extension(file_type: FileType, extension: &str) {
    let others: &[&str] = match file_type {
        FileType::Jpeg => &["jpeg", "jpe", "jfif"],
        FileType::Bmp => &["dib"],
        FileType::Amr => &["awb"],
        FileType::Wma => &["wmv", "asf"],
        FileType::Wav => &["wave"],
        FileType::M4a => &["m4b", "mp4"],
        FileType::Mp4 => &["m4v"],
        _ => &[],
    };
    let extension = extension.to_ascii_lowercase();
    assert!(
        extension == file_type.extension() || others.contains(&&*extension),
        "{extension} for {file_type}"
    );
}
