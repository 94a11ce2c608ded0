//! An answer that is serialized and read back is the same.

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use wechat_material::http::Response;
use wechat_material::serde_json::{self, Map, Value};
use wechat_material::{
    Article, ContentType, Endpoint, FileInfo, FileType, GetMaterial, Material, MaterialCounts, MaterialItem,
    MaterialPage, News, Video,
};

#[path = "round_trips/values.rs"]
mod values;

use values::{counts, file_info, item, news, page, video};

/// Reads a value back from text, from a tree, and from a reader, which cannot lend text.
#[track_caller]
fn assert_same<T>(value: &T)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + Debug,
{
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    assert_eq!(&serde_json::from_reader::<_, T>(text.as_bytes()).unwrap(), value, "{text}");
    let tree = serde_json::to_value(value).unwrap();
    assert_eq!(&serde_json::from_value::<T>(tree).unwrap(), value, "{text}");
}

proptest! {
    #[test]
    fn articles_and_videos_can_be_read_back(news in news(), video in video()) {
        news.articles.iter().for_each(assert_same);
        assert_same(&news);
        assert_same(&video);
    }

    #[test]
    fn pages_items_and_counts_can_be_read_back(page in page(), item in item(), counts in counts()) {
        assert_same(&page);
        assert_same(&item);
        assert_same(&counts);
    }

    #[test]
    fn files_can_be_read_back(mut info in file_info(), content_type in vec(any::<u8>(), 0..40)) {
        assert_same(&info);
        assert_same(&ContentType::parse(&content_type));
        info.length = None;
        assert_same(&info);
    }
}

#[test]
fn a_file_type_is_serialized_as_its_media_type() {
    use FileType::{Amr, Bmp, Gif, Jpeg, M4a, Mp3, Mp4, Png, Wav, Webp, Wma};
    for file_type in [Jpeg, Png, Gif, Bmp, Webp, Mp3, Amr, Wma, Wav, M4a, Mp4] {
        assert_same(&file_type);
        assert_eq!(serde_json::to_value(file_type).unwrap(), file_type.media_type());
    }
    assert!(serde_json::from_str::<FileType>("\"image/heic\"").is_err());
}

#[test]
fn a_missing_field_gets_its_default_and_an_empty_map_is_left_out() {
    #[track_caller]
    fn check<T>()
    where
        T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + Debug + Default,
    {
        for json in ["{}", r#"{"of_a_later_version":1}"#, r#"{"extra":{}}"#] {
            assert_eq!(serde_json::from_str::<T>(json).unwrap(), T::default());
        }
        assert_same(&T::default());
        let fields = serde_json::to_value(T::default()).unwrap();
        assert!(!fields.as_object().unwrap().contains_key("extra"), "{fields}");
    }
    check::<News>();
    check::<Article>();
    check::<Video>();
    check::<MaterialItem>();
    check::<MaterialPage>();
    check::<MaterialCounts>();
    check::<FileInfo>();
}

#[test]
fn a_file_keeps_its_name_and_type() {
    let response = Response::builder()
        .header("content-type", "image/jpeg; x")
        .header("content-disposition", "attachment; filename=\"a.png\"")
        .body(b"\xFF\xD8\xFF\xE0".to_vec())
        .unwrap();
    let Material::File(file) = GetMaterial::new("M").parse(response).unwrap() else { panic!("not a file") };
    let json = serde_json::json!({
        "length": 4, "content_type": "image/jpeg; x", "file_name": "a.png", "file_type": "image/jpeg",
        "fallback_name": "M",
    });
    assert_eq!(serde_json::to_value(&file.info).unwrap(), json);
    let read: FileInfo = serde_json::from_value(json).unwrap();
    assert_eq!((read.safe_name(), read.extension()), ("a.jpg".to_owned(), Some("jpg")));
}
