//! How an answer is read: fields, repairs, codes, and the excerpt of the body.

use wechat_material::{
    Access, ApiError, Article, BaseUrl, Category, Endpoint, Evidence, GetMaterial, Material, ParseOptions,
    Parsed, RepairKind, Strictness,
};

#[path = "judged/own.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod own;

#[path = "judged/response.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod response;

use own::own;
use response::{ATTACHMENT, JPEG, NEWS, judged, kind, response};

fn strictly(body: impl AsRef<[u8]>) -> Result<Parsed<Material>, ApiError> {
    let options = ParseOptions::default().strictness(Strictness::Strict);
    GetMaterial::new("MEDIA_ID").parse_with(&options, response(200, &[], body))
}

fn article(json: &str) -> Article {
    let body = format!(r#"{{"news_item":[{json}]}}"#);
    let Material::News(news) = judged(&[], body).unwrap().output else { panic!("not news") };
    news.articles.into_iter().next().unwrap()
}

#[test]
fn flags_are_read_in_all_their_forms() {
    for (json, flag) in
        [("0", false), ("1", true), ("\"0\"", false), ("\"1\"", true), ("true", true), ("false", false)]
    {
        let read = article(&format!(
            r#"{{"show_cover_pic":{json},"need_open_comment":{json},"only_fans_can_comment":{json}}}"#
        ));
        assert_eq!(
            (read.show_cover_pic, read.need_open_comment, read.only_fans_can_comment),
            (flag, flag, flag)
        );
        assert!(read.extra.is_empty());
    }
}

#[test]
fn every_field_is_read_under_its_own_name() {
    let read = article(
        r#"{"title":"a","thumb_media_id":"b","thumb_url":"c","author":"d","digest":"e","content":"f","url":"g",
            "content_source_url":"h","show_cover_pic":1,"need_open_comment":0,"only_fans_can_comment":0}"#,
    );
    let fields = serde_json::json!({
        "title": "a", "thumb_media_id": "b", "thumb_url": "c", "author": "d", "digest": "e", "content": "f", "url": "g",
        "content_source_url": "h", "show_cover_pic": true, "need_open_comment": false, "only_fans_can_comment": false,
    });
    assert_eq!(serde_json::to_value(&read).unwrap(), fields);
    let flags = article(r#"{"need_open_comment":1}"#);
    assert_eq!(
        (flags.show_cover_pic, flags.need_open_comment, flags.only_fans_can_comment),
        (false, true, false)
    );

    let body = r#"{"title":"a","description":"b","down_url":"c","newcat":"d","newsubcat":"e","tags":["f","g"],
                   "cover_url":"h","vid":"i"}"#;
    let Material::Video(video) = judged(&[], body).unwrap().output else { panic!("not a video") };
    assert_eq!(
        serde_json::to_value(&video).unwrap(),
        serde_json::from_str::<serde_json::Value>(body).unwrap()
    );
}

#[test]
fn unknown_fields_are_preserved() {
    let odd = article(r#"{"title":5,"digest":null,"show_cover_pic":2,"author":"a","new":{"b":[1]}}"#);
    assert_eq!(
        (odd.title.as_str(), odd.digest.as_str(), odd.show_cover_pic, odd.author.as_str()),
        ("", "", false, "a")
    );
    let extra = serde_json::to_string(&odd.extra).unwrap();
    assert_eq!(extra, r#"{"digest":null,"new":{"b":[1]},"show_cover_pic":2,"title":5}"#);

    let body = r#"{"news_item":[1,{"title":"t"}],"create_time":"5","update_time":7,"next":true}"#;
    let Material::News(news) = judged(&[], body).unwrap().output else { panic!("not news") };
    assert_eq!((news.articles.len(), news.create_time, news.update_time), (1, None, Some(7)));
    let extra = serde_json::to_string(&news.extra).unwrap();
    assert_eq!(extra, r#"{"create_time":"5","news_item":[1],"next":true}"#);

    let body = r#"{"down_url":"u","tags":["a",1],"newcat":"c","vid":1}"#;
    let Material::Video(video) = judged(&[], body).unwrap().output else { panic!("not a video") };
    assert_eq!((video.tags.len(), video.newcat.as_str()), (0, "c"));
    assert_eq!(serde_json::to_string(&video.extra).unwrap(), r#"{"tags":["a",1],"vid":1}"#);
}

#[test]
fn the_last_of_equal_keys_wins() {
    assert_eq!(kind(&judged(&[], r#"{"errcode":40007,"errcode":0,"news_item":[]}"#)), "news");
    assert_eq!(kind(&judged(&[], r#"{"errcode":0,"news_item":[],"errcode":40007}"#)), "fault");
    let twice = article(r#"{"title":1,"title":"t","author":"a","author":2}"#);
    assert_eq!((twice.title.as_str(), twice.author.as_str()), ("t", ""));
    assert_eq!(twice.extra.len(), 1);
}

#[test]
fn an_errcode_of_zero_and_its_errmsg_are_dropped() {
    let extra = |fields: &str| {
        let Material::News(news) = judged(&[], format!(r#"{{{fields},"news_item":[]}}"#)).unwrap().output
        else {
            panic!("not news")
        };
        news.extra.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(extra(r#""errcode":0,"errmsg":"ok""#), "");
    assert_eq!(extra(r#""errcode":"0","errmsg":"ok""#), "");
    // Unusual values are preserved.
    assert_eq!(extra(r#""errcode":0,"errmsg":1"#), "errmsg");
    assert_eq!(extra(r#""errcode":"none","errmsg":"ok""#), "errcode errmsg");
    assert_eq!(extra(r#""errcode":null,"errmsg":"ok""#), "errcode errmsg");
    assert_eq!(extra(r#""errmsg":"ok""#), "errmsg");
}

#[test]
fn an_article_may_quote_an_error() {
    let quoting = article(r#"{"title":"{\"errcode\":40007,\"errmsg\":\"x\"}","errcode":40007,"errmsg":"x"}"#);
    assert_eq!(quoting.extra["errcode"], 40007);
}

/// The example of WeChat's documentation, with values instead of its placeholders.
const DOCUMENTED: &str = "{\n \"news_item\":\n [\n     {\n     \"title\":\"TITLE\",\n     \"thumb_media_id\"::\"THUMB\",\n     \
                          \"show_cover_pic\":1, // 0 or 1\n     \"content_source_url\":\"URL\",\n     },\n     // several\n ],\n}";

#[test]
fn the_documented_example_is_repaired_and_the_repairs_are_reported() {
    let parsed = judged(&[], DOCUMENTED).unwrap();
    let Material::News(news) = parsed.output else { panic!("not news") };
    assert_eq!((news.articles[0].thumb_media_id.as_str(), news.articles[0].show_cover_pic), ("THUMB", true));
    let places: Vec<_> =
        parsed.repairs.iter().map(|repair| (repair.kind, &DOCUMENTED[repair.offset..][..2])).collect();
    assert_eq!(
        places,
        [
            (RepairKind::DoubledColon, ":\""),
            (RepairKind::Comment, "//"),
            (RepairKind::TrailingComma, ",\n"),
            (RepairKind::TrailingComma, ",\n"),
            (RepairKind::Comment, "//"),
            (RepairKind::TrailingComma, ",\n"),
        ]
    );
    let offset = parsed.repairs[0].offset;
    let error = strictly(DOCUMENTED).unwrap_err();
    assert!(
        matches!(error, ApiError::Json { offset: at, line: 6, column: 23, .. } if at == offset),
        "{error}"
    );
}

#[test]
fn the_error_for_the_documented_example_points_at_the_first_placeholder() {
    let verbatim = DOCUMENTED.replace("\"TITLE\"", "TITLE").replace("\"THUMB\"", "THUMB");
    let error = judged(&[], &verbatim).unwrap_err();
    let ApiError::Json { offset, line, column, .. } = error else { panic!("{error}") };
    assert_eq!((&verbatim[offset..offset + 5], line, column), ("TITLE", 5, 14));
}

#[test]
fn strict_reading_refuses_each_repair_at_its_position() {
    for (body, offset) in [
        (&b"\xEF\xBB\xBF{\"news_item\":[]}"[..], 0),
        (b"{\"news_item\"::[]}", 13),
        (b"{\"news_item\":[],}", 15),
        (b"{\"news_item\":[]/**/}", 15),
        (b"{\"news_item\":[\"\x01\"]}", 15),
        (b"{\"news_item\":[\"\\d\"]}", 15),
        (b"{\"news_item\":[\"\\uD83D\"]}", 15),
        (b"{\"news_item\":[\"\xFF\"]}", 15),
    ] {
        assert_eq!(judged(&[], body).unwrap().repairs[0].offset, offset);
        let error = strictly(body).unwrap_err();
        assert!(matches!(error, ApiError::Json { offset: at, .. } if at == offset), "{error} {body:?}");
    }
    assert!(strictly(NEWS).is_ok());
}

#[test]
fn an_extension_comes_from_the_bytes_or_the_name_or_the_type() {
    let extension = |headers: &[(&str, &str)], body: &[u8]| {
        let Material::File(file) = judged(headers, body).unwrap().output else { panic!("not a file") };
        file.info.extension().map(str::to_owned)
    };
    let (named, typed) =
        (("content-disposition", "attachment; filename=a.xlsx"), ("content-type", "Audio/AMR; x"));
    assert_eq!(extension(&[named, typed], JPEG).as_deref(), Some("jpg"));
    assert_eq!(extension(&[named, typed], b"\0").as_deref(), Some("xlsx"));
    assert_eq!(extension(&[typed], b"\0").as_deref(), Some("amr"));
    assert_eq!(extension(&[], b"\0"), None);
}

/// The codes of each category, as observed.
#[test]
fn every_code_has_its_category() {
    use wechat_material::Category::{
        Argument, Busy, Credentials, Permission, Quota, RateLimit, Request, Token, Unknown,
    };
    for (codes, category) in [
        (&[-1, -1000, 61450][..], Busy),
        (&[40001, 40014, 42001], Token),
        (&[45011], RateLimit),
        (&[45009], Quota),
        (&[40007, 40004, 41006, 46001], Argument),
        (&[41001, 41002, 41004, 40002, 43002, 44002, 47001], Request),
        (&[40013, 40125, 40164, 40243, 89503, 89506, 89507], Credentials),
        (&[48001, 48004, 42007, 50002, 50004, 50007, 61007], Permission),
        (&[1, 40003, 99999], Unknown),
    ] {
        for code in codes {
            let Err(ApiError::Fault(fault)) = judged(&[], format!(r#"{{"errcode":{code}}}"#)) else {
                panic!("{code}")
            };
            assert_eq!(fault.category(), category, "{code}");
            assert_eq!(fault.meaning().is_none(), category == Unknown, "{code}");
        }
    }
}

#[test]
fn a_call_that_obtains_a_token_blames_the_secret_and_stores_no_body() {
    let obtain = own::<Vec<u8>, BaseUrl>();
    let read = |body: &str| obtain.parse(response(200, &[], body)).unwrap_err();
    let error = read(r#"{"errcode":40001,"errmsg":"invalid credential"}"#);
    let ApiError::Fault(fault) = &error else { panic!("{error}") };
    assert_eq!((fault.category(), fault.meaning()), (Category::Credentials, Some("the app secret is wrong")));
    assert!(error.to_string().contains("the app secret is wrong"), "{error}");
    assert!(error.body().is_empty());
    for body in [r#"{"access_token":"SECRET"#, "SECRET", r#"["SECRET"]"#, r#"{"access_token":"SECRET"}"#] {
        assert!(read(body).body().is_empty(), "{body}");
    }
}

#[test]
fn a_json_answer_is_read_into_any_type() {
    #[derive(Debug, serde::Deserialize)]
    struct Count {
        voice_count: u32,
    }
    let read =
        |body: &[u8]| own::<Count, Access>().parse_with(&ParseOptions::default(), response(200, &[], body));
    let parsed = read(br#"{"voice_count"::7}"#).unwrap();
    assert_eq!(
        (parsed.output.voice_count, parsed.repairs.len(), parsed.evidence),
        (7, 1, Evidence::JsonBody)
    );
    for other in [&br#"{"voice_count":"SECRET"}"#[..], b"{}", JPEG] {
        let error = read(other).unwrap_err();
        assert_eq!((error.kind(), error.body()), ("shape", other));
        assert!(std::error::Error::source(&error).is_none() && !format!("{error:?}").contains("SECRET"));
    }
}

#[test]
fn an_error_stores_the_beginning_of_the_body_and_does_not_print_it() {
    let body = format!("<html>https://api.weixin.qq.com/?access_token=SECRET {}", "x".repeat(9000));
    let error = judged(&[], &body).unwrap_err();
    assert_eq!(error.body(), &body.as_bytes()[..4096]);
    assert!(!format!("{error} {error:?}").contains("SECRET"));
    let file = judged(&[ATTACHMENT], b"SECRET").unwrap();
    assert!(!format!("{file:?}").contains("SECRET"), "{file:?}");
}
