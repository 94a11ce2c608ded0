//! How well-formed JSON objects are read.

use serde_json::Value;
use wechat_material::http::{Response, StatusCode};
use wechat_material::{ApiError, Article, Material, Parsed};

use super::Verdict;

/// Checks that well-formed JSON is read as `serde_json` reads it, and that no other body is read without a repair.
pub(super) fn check_well_formed_json(response: &Response<Vec<u8>>, verdict: &Verdict) {
    let Ok(value) = serde_json::from_slice::<Value>(response.body()) else {
        if let Ok(Parsed { output: Material::News(_) | Material::Video(_), repairs, .. }) = verdict {
            assert!(!repairs.is_empty(), "broken JSON was read without a repair");
        }
        return;
    };
    check_plain_answer(response, &value, verdict);
    match verdict {
        Err(ApiError::Json { offset, .. }) => panic!("well-formed JSON was refused at {offset}"),
        Ok(Parsed { output: Material::News(news), repairs, .. }) => {
            assert!(repairs.is_empty(), "well-formed JSON was repaired");
            let items = value["news_item"].as_array().expect("news have a list");
            let objects: Vec<_> = items.iter().filter(|item| item.is_object()).collect();
            assert_eq!(news.articles.len(), objects.len());
            for (article, object) in news.articles.iter().zip(objects) {
                check_article(article, object);
            }
            assert_eq!(news.create_time, value["create_time"].as_i64());
            assert_eq!(news.update_time, value["update_time"].as_i64());
        }
        Ok(Parsed { output: Material::Video(video), repairs, .. }) => {
            assert!(repairs.is_empty(), "well-formed JSON was repaired");
            assert_eq!(Some(video.down_url.as_str()), value["down_url"].as_str());
            assert_eq!(video.title, value["title"].as_str().unwrap_or_default());
            assert_eq!(video.description, value["description"].as_str().unwrap_or_default());
        }
        Ok(_) | Err(_) => {}
    }
}

/// Checks that, without headers, the fields of a well-formed object determine its kind.
fn check_plain_answer(response: &Response<Vec<u8>>, value: &Value, verdict: &Verdict) {
    if response.status() != StatusCode::OK
        || !response.headers().is_empty()
        || response.body().first() != Some(&b'{')
    {
        return;
    }
    if matches!(verdict, Err(ApiError::TooLarge { .. })) {
        return;
    }
    let expected = match (&value["errcode"], &value["news_item"], &value["down_url"]) {
        (Value::Number(code), _, _) if code.as_f64() != Some(0.0) => "fault",
        (Value::String(_), _, _) => return,
        (_, Value::Array(_), _) => "news",
        (_, _, Value::String(_)) => "video",
        _ => "shape",
    };
    let kind = match verdict.as_ref().map(|parsed| &parsed.output) {
        Ok(Material::News(_)) => "news",
        Ok(Material::Video(_)) => "video",
        Ok(_) => "file",
        Err(error) => error.kind(),
    };
    assert_eq!(kind, expected);
}

fn check_article(article: &Article, object: &Value) {
    for (field, name) in [
        (&article.title, "title"),
        (&article.author, "author"),
        (&article.digest, "digest"),
        (&article.content, "content"),
        (&article.url, "url"),
        (&article.thumb_media_id, "thumb_media_id"),
        (&article.thumb_url, "thumb_url"),
        (&article.content_source_url, "content_source_url"),
    ] {
        assert_eq!(field, object[name].as_str().unwrap_or_default(), "{name}");
        // A value that does not fit the field is not lost.
        assert_eq!(article.extra.get(name), object.get(name).filter(|value| !value.is_string()), "{name}");
    }
}
