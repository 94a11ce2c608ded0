//! Lists and counts of assets: their requests, and how their answers are read.

use serde_json::{Value, json};
use wechat_material::http::Method;
use wechat_material::{
    Access, AccessToken, ApiError, BuildError, Category, CountMaterials, Endpoint, Evidence, ListMaterials,
    MaterialCounts, MaterialItem, MaterialPage, MaterialType, News, ParseOptions, Parsed, RepairKind,
    Strictness,
};

#[path = "judged/response.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod response;

use response::{ATTACHMENT, FAULT, JPEG, response};

/// Recorded answers: `tests/samples/INDEX.md` lists their sources.
const NEWS_PAGE: &str = include_str!("../../tests/samples/batchget_news_multi_2016.body");
const VIDEO_PAGE: &str = include_str!("../../tests/samples/batchget_video_2018.body");
const VOICE_PAGE_MALFORMED: &str = include_str!("../../tests/samples/batchget_voice_2016_malformed.body");
const COUNTS: &str = include_str!("../../tests/samples/materialcount_2018.body");
const NEWS_ALONE: &str = include_str!("../../tests/samples/news_multi_2016_from_list.body");

fn access() -> Access {
    Access::new(&AccessToken::new("81_Zx3"))
}

fn listed(headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Result<Parsed<MaterialPage>, ApiError> {
    let list = ListMaterials::new(MaterialType::Image);
    list.parse_with(&ParseOptions::default(), response(200, headers, body))
}

fn counted(headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Result<Parsed<MaterialCounts>, ApiError> {
    CountMaterials.parse_with(&ParseOptions::default(), response(200, headers, body))
}

fn page(body: impl AsRef<[u8]>) -> MaterialPage {
    listed(&[], body).unwrap().output
}

/// The offset of the page after this one, if this is the first page.
fn next_offset(page: &MaterialPage) -> Option<u64> {
    let first = ListMaterials::new(MaterialType::Image);
    let next = first.next_page(page)?;
    let body: Value = serde_json::from_slice(next.to_request(&access()).unwrap().body()).unwrap();
    let offset = body["offset"].as_u64().unwrap();
    assert_eq!(next, first.offset(offset));
    Some(offset)
}

fn counts(body: &str) -> MaterialCounts {
    counted(&[], body).unwrap().output
}

/// An answer as `ok`, or the kind of the error.
fn kind<T>(verdict: &Result<Parsed<T>, ApiError>) -> &'static str {
    verdict.as_ref().map_or_else(ApiError::kind, |_| "ok")
}

#[test]
fn a_list_is_requested_with_a_post_of_type_offset_and_count() {
    let request = ListMaterials::new(MaterialType::Image).to_request(&access()).unwrap();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(
        request.uri(),
        "https://api.weixin.qq.com/cgi-bin/material/batchget_material?access_token=81_Zx3"
    );
    assert_eq!(request.headers()["content-type"], "application/json");
    assert_eq!(request.headers()["accept-encoding"], "identity");
    assert_eq!(request.body(), br#"{"type":"image","offset":0,"count":20}"#);
    for material_type in MaterialType::ALL {
        let list = ListMaterials::new(*material_type).offset(u64::MAX).count(1);
        let body: Value = serde_json::from_slice(list.to_request(&access()).unwrap().body()).unwrap();
        assert_eq!(body, json!({ "type": material_type.name(), "offset": u64::MAX, "count": 1 }));
    }
}

#[test]
fn a_page_of_no_or_of_more_than_twenty_items_is_not_requested() {
    let built = |count| ListMaterials::new(MaterialType::News).count(count).to_request(&access());
    assert!(built(1).is_ok() && built(20).is_ok());
    for count in [0, 21, u64::MAX] {
        let error = built(count).unwrap_err();
        assert!(
            matches!(error, BuildError::Count { count: refused, limit: 20 } if refused == count),
            "{error}"
        );
        let expected = format!("cannot ask for {count} items on a page: use a count from 1 to 20");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn counts_are_requested_with_a_get() {
    let request = CountMaterials.to_request(&access()).unwrap();
    assert_eq!(request.method(), Method::GET);
    assert_eq!(
        request.uri(),
        "https://api.weixin.qq.com/cgi-bin/material/get_materialcount?access_token=81_Zx3"
    );
    assert_eq!(request.headers()["accept-encoding"], "identity");
    assert!(request.body().is_empty());
    let error = CountMaterials.to_request(&Access::new(&AccessToken::new(""))).unwrap_err();
    assert!(matches!(error, BuildError::EmptyToken));
}

#[test]
fn both_can_be_sent_again() {
    assert!(ListMaterials::new(MaterialType::Video).is_idempotent() && CountMaterials.is_idempotent());
}

#[test]
fn the_recorded_list_of_articles_contains_the_articles() {
    let parsed = listed(&[], NEWS_PAGE).unwrap();
    assert_eq!((parsed.repairs.len(), parsed.evidence), (0, Evidence::JsonBody));
    let page = parsed.output;
    assert_eq!((page.total_count, page.item_count, page.items.len()), (1, 1, 1));
    assert_eq!(next_offset(&page), None);
    let item = &page.items[0];
    assert_eq!(item.media_id, "mErowUdivp53pbwYC5N7cTIGQ6rdRS35adixH6s2tss");
    assert_eq!((item.update_time, item.name.as_str(), item.url.as_str()), (Some(1_464_703_272), "", ""));
    let news = item.content.as_ref().unwrap();
    assert_eq!((news.create_time, news.update_time), (Some(1_464_703_272), Some(1_464_703_272)));
    let titles: Vec<_> = news.articles.iter().map(|article| article.title.as_str()).collect();
    assert_eq!(titles, ["文图消息标题", "二级消息"]);
    assert!(news.articles[0].url.starts_with("http://mp.weixin.qq.com/s?__biz=MzIwMzI3NzA0Mw==&mid="));
    assert!(item.extra.is_empty() && page.extra.is_empty() && news.extra.is_empty());
}

#[test]
fn the_recorded_list_of_videos_continues_after_a_short_page() {
    let page = page(VIDEO_PAGE);
    assert_eq!((page.total_count, page.item_count, next_offset(&page)), (2, 1, Some(1)));
    let item = &page.items[0];
    assert_eq!(
        (item.name.as_str(), item.url.as_str(), item.update_time),
        ("ceshi2", "", Some(1_521_355_652))
    );
    assert!(item.content.is_none() && item.tags.is_empty() && item.extra.is_empty());
}

#[test]
fn the_recorded_list_that_was_edited_by_hand_is_broken_where_it_was_edited() {
    let error = listed(&[], VOICE_PAGE_MALFORMED).unwrap_err();
    let ApiError::Json { offset, .. } = error else { panic!("{error}") };
    assert!(VOICE_PAGE_MALFORMED[offset..].starts_with("1465273414234}"));
    // Without the value that has no key it is a list, with a time in milliseconds.
    let page = page(VOICE_PAGE_MALFORMED.replace(",1465273414234", ""));
    let times: Vec<_> = page.items.iter().filter_map(|item| item.update_time).collect();
    assert_eq!(times, [1_464_576_022_000, 1_464_576_013, 1_464_575_998]);
    assert_eq!((page.item_count, next_offset(&page)), (3, None));
}

#[test]
fn the_recorded_counts_are_read() {
    let counts = counts(COUNTS);
    assert_eq!((counts.voice, counts.video, counts.image, counts.news), (0, 2, 0, 0));
    assert!(counts.extra.is_empty());
}

#[test]
fn every_field_is_read_under_its_own_name() {
    let picture = json!({
        "media_id": "a", "update_time": 1, "name": "b", "url": "http://c", "tags": ["d", "e"],
    });
    let answer = json!({ "item": [picture, {}], "total_count": 3, "item_count": 2 });
    let page = page(answer.to_string());
    let mut items = serde_json::to_value(&page.items).unwrap();
    assert_eq!(items[0].as_object_mut().unwrap().remove("content"), Some(Value::Null));
    assert_eq!(items[0], picture);
    assert_eq!((page.total_count, page.item_count), (3, 2));
    assert_eq!(page.items[1], MaterialItem::default());

    let answer = json!({ "voice_count": 1, "video_count": 2, "image_count": 3, "news_count": u64::MAX });
    let counts = counts(&answer.to_string());
    assert_eq!((counts.voice, counts.video, counts.image, counts.news), (1, 2, 3, u64::MAX));
}

#[test]
fn unknown_fields_are_preserved() {
    // Fields that videos have had since 2020, and an invented one.
    let video = r#"{"media_id":5,"update_time":"7","name":null,"url":["u"],"tags":["a",1],"content":"html",
                    "description":"d","new":{"x":1}}"#;
    let page = page(format!(
        r#"{{"item":[1,{video},null,[]],"total_count":"9","item_count":-1,"errcode":0,"errmsg":"ok","next":true}}"#
    ));
    let item = &page.items[0];
    assert_eq!((item.media_id.as_str(), item.update_time, item.tags.len()), ("", None, 0));
    assert!(item.content.is_none());
    assert_eq!(Value::Object(item.extra.clone()), serde_json::from_str::<Value>(video).unwrap());
    let left = r#"{"item":[1,null,[]],"item_count":-1,"next":true,"total_count":"9"}"#;
    assert_eq!(serde_json::to_string(&page.extra).unwrap(), left);
    assert_eq!((page.total_count, page.item_count, page.items.len()), (0, 1, 1));

    let answer =
        r#"{"voice_count":-1,"video_count":"2","image_count":1.5,"news_count":4,"errcode":0,"new":[]}"#;
    let counts = counts(answer);
    assert_eq!((counts.voice, counts.video, counts.image, counts.news), (0, 0, 0, 4));
    let left = r#"{"image_count":1.5,"new":[],"video_count":"2","voice_count":-1}"#;
    assert_eq!(serde_json::to_string(&counts.extra).unwrap(), left);
}

#[test]
fn articles_in_a_list_are_read_like_single_ones() {
    let content = r#"{"news_item":[5,{"title":"t","show_cover_pic":"1","errcode":40007}],"create_time":"x"}"#;
    let page = page(format!(r#"{{"item":[{{"content":{content}}},{{"content":{{}}}}]}}"#));
    let news = page.items[0].content.as_ref().unwrap();
    assert!(news.articles[0].show_cover_pic);
    assert_eq!(news.articles[0].extra["errcode"], 40007);
    assert_eq!(serde_json::to_string(&news.extra).unwrap(), r#"{"create_time":"x","news_item":[5]}"#);
    assert_eq!(page.items[1].content, Some(News::default()));
}

#[test]
fn missing_and_wrong_counts_are_accepted() {
    for (body, total_count, item_count, items, next) in [
        (r#"{"item":[{},{}]}"#, 0, 2, 2, Some(2)),
        (r#"{"item":[{},{}],"total_count":2}"#, 2, 2, 2, None),
        (r#"{"item":[{},{}],"total_count":3}"#, 3, 2, 2, Some(2)),
        (r#"{"item":[{},{}],"item_count":2}"#, 0, 2, 2, Some(2)),
        (r#"{"item":[{},{}],"total_count":9,"item_count":5}"#, 9, 5, 2, Some(5)),
        (r#"{"item":[{},{}],"total_count":9,"item_count":0}"#, 9, 0, 2, Some(2)),
        (r#"{"item":[{},{}],"total_count":1,"item_count":2}"#, 1, 2, 2, None),
        (r#"{"item":[]}"#, 0, 0, 0, None),
        (r#"{"item":[],"total_count":9,"item_count":5}"#, 9, 5, 0, None),
        (r#"{"total_count":0,"item_count":0}"#, 0, 0, 0, None),
        (r#"{"total_count":9}"#, 9, 0, 0, None),
        (r#"{"item":null,"item_count":0}"#, 0, 0, 0, None),
    ] {
        let page = page(body);
        assert_eq!((page.total_count, page.item_count, page.items.len()), (total_count, item_count, items));
        assert_eq!(next_offset(&page), next, "{body}");
    }
}

#[test]
fn the_next_page_has_the_same_type_and_count_and_a_greater_offset() {
    let list = ListMaterials::new(MaterialType::Voice).offset(40).count(5);
    let page = page(r#"{"item":[{},{},{}],"total_count":50,"item_count":3}"#);
    assert_eq!(list.next_page(&page), Some(ListMaterials::new(MaterialType::Voice).offset(43).count(5)));
    assert_eq!(list.clone().offset(46).next_page(&page), Some(list.clone().offset(49)));
    assert_eq!(list.clone().offset(47).next_page(&page), None);
}

#[test]
fn json_without_a_list_and_counts_is_not_a_page() {
    for body in [
        "{}",
        r#"{"errcode":0,"errmsg":"ok"}"#,
        r#"{"item":{},"total_count":null,"item_count":"1"}"#,
        r#"{"items":[]}"#,
        COUNTS,
        NEWS_ALONE,
    ] {
        let error = listed(&[], body).unwrap_err();
        assert_eq!((error.kind(), error.body()), ("shape", body.as_bytes()));
        let expected = "the response is not a page of a list: check the call and the base URL";
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn json_without_any_of_the_four_counts_is_refused() {
    for body in ["{}", r#"{"errcode":0,"errmsg":"ok"}"#, r#"{"voice":1}"#, VIDEO_PAGE, NEWS_ALONE] {
        let error = counted(&[], body).unwrap_err();
        assert_eq!((error.kind(), error.body()), ("shape", body.as_bytes()));
        let expected = "the response is not the counts of assets: check the call and the base URL";
        assert_eq!(error.to_string(), expected);
    }
    for name in ["voice", "video", "image", "news"] {
        assert!(counted(&[], format!(r#"{{"{name}_count":0}}"#)).is_ok(), "{name}");
    }
}

/// Both calls fail like any other call. The ladder itself is tested in `judgement.rs`.
#[test]
fn a_response_that_is_not_an_answer_is_judged_as_for_other_calls() {
    let json = ("content-type", "application/json; encoding=utf-8");
    let page = "<html>Log in</html>";
    for (headers, body, expected) in [
        (&[][..], FAULT.as_bytes(), "fault"),
        (&[ATTACHMENT], FAULT.as_bytes(), "fault"),
        (&[], page.as_bytes(), "text"),
        (&[], b"upstream connect error", "text"),
        (&[("content-type", "image/jpeg")], page.as_bytes(), "text"),
        (&[], b"", "empty"),
        (&[], b"{\"item\":[", "json"),
        (&[json], JPEG, "json"),
        (&[json], b"[]", "shape"),
        (&[], JPEG, "shape"),
        (&[ATTACHMENT], VIDEO_PAGE.as_bytes(), "shape"),
        (&[ATTACHMENT], COUNTS.as_bytes(), "shape"),
        (&[("content-encoding", "gzip")], b"\x1F\x8B\x08\0", "encoded"),
        (&[("content-encoding", "gzip")], VIDEO_PAGE.as_bytes(), "encoded"),
        (&[("content-length", "9999")], VIDEO_PAGE.as_bytes(), "length"),
        (&[("content-length", "9999")], COUNTS.as_bytes(), "length"),
    ] {
        let verdicts = (kind(&listed(headers, body)), kind(&counted(headers, body)));
        assert_eq!(verdicts, (expected, expected), "{headers:?} {body:?}");
    }
    let status = CountMaterials.parse(response(502, &[], page)).unwrap_err();
    assert!(matches!(status, ApiError::Status { status, .. } if status == 502));
    let options = ParseOptions::default().max_json(20);
    let list = ListMaterials::new(MaterialType::News);
    assert_eq!(kind(&list.parse_with(&options, response(200, &[], NEWS_PAGE))), "too-large");
}

#[test]
fn the_faults_of_both_say_what_to_do() {
    let refused = r#"{"errcode":42001,"errmsg":"access_token expired hint: [ERAYaa0846vr30!]"}"#;
    let faults = [listed(&[], refused).unwrap_err(), counted(&[], refused).unwrap_err()];
    for error in faults {
        let ApiError::Fault(fault) = error else { panic!("{error}") };
        assert_eq!((fault.category(), fault.hint.as_deref()), (Category::Token, Some("ERAYaa0846vr30!")));
    }
}

#[test]
fn broken_json_is_repaired_and_the_repairs_are_reported() {
    // The list in the documentation has an extra comma and comments.
    let documented = r#"{"total_count":1,"item_count":1,"item":[{"media_id"::"ID"},/* several */]}"#;
    let parsed = listed(&[], documented).unwrap();
    assert_eq!(parsed.output.items[0].media_id, "ID");
    let kinds: Vec<_> = parsed.repairs.iter().map(|repair| repair.kind).collect();
    assert_eq!(kinds, [RepairKind::DoubledColon, RepairKind::TrailingComma, RepairKind::Comment]);
    assert_eq!(counted(&[], r#"{"image_count":3,}"#).unwrap().repairs.len(), 1);

    let strict = ParseOptions::default().strictness(Strictness::Strict);
    let list = ListMaterials::new(MaterialType::Image);
    assert_eq!(kind(&list.parse_with(&strict, response(200, &[], documented))), "json");
    assert_eq!(kind(&list.parse_with(&strict, response(200, &[], VIDEO_PAGE))), "ok");
}
