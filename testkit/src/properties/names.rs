//! What holds for every name that an uploader gives.

use wechat_material::http::{HeaderValue, Response};
use wechat_material::{ContentDisposition, Endpoint, GetMaterial, Material};

use super::{a_known_type_has_its_extension, a_safe_name_is_safe};

/// Takes these bytes for a `Content-Disposition`, and sees that any file that comes with it can be saved under a name that
/// is safe, with the extension of its type.
///
/// # Panics
///
/// Where that is not so.
pub fn an_uploaded_name_becomes_a_safe_one(value: &[u8]) {
    let read = ContentDisposition::parse(value);
    assert_eq!(read, ContentDisposition::parse(value));
    assert!(read.file_name() != Some(""), "an empty name is none");
    let Ok(value) = HeaderValue::from_bytes(value) else { return };
    for bytes in [&b"\xFF\xD8\xFF\xE0"[..], b"\x89PNG\r\n\x1A\n", b"\0\x01\x02"] {
        let response = Response::builder()
            .header("content-disposition", value.clone())
            .body(bytes.to_vec())
            .expect("the header is valid");
        let Ok(Material::File(file)) = GetMaterial::new("MEDIA_ID").parse(response) else {
            panic!("a file became something else")
        };
        assert_eq!(file.info.file_name.as_deref(), read.file_name());
        let name = file.info.safe_name();
        a_safe_name_is_safe(&name);
        if let (Some(file_type), Some((_, extension))) = (file.info.file_type(), name.rsplit_once('.')) {
            a_known_type_has_its_extension(file_type, extension);
        }
    }
}
