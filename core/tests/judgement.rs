//! How a response is judged: the eight rules in their order, and what holds throughout.

use wechat_material::http::Response;
use wechat_material::{
    ApiError, Article, Authorization, Category, Endpoint, ErrorCode, Evidence, GetMaterial, Limit, Material,
    ParseOptions, Parsed, RepairKind, Strictness, parse_json,
};

const FAULT: &str = r#"{"errcode":40007,"errmsg":"invalid media_id"}"#;
const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0\x00\x10JFIF";
const NEWS: &str = r#"{"news_item":[{"title":"t"}]}"#;

fn response(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Response<Vec<u8>> {
    let response = headers.iter().fold(Response::builder().status(status), |response, (name, value)| {
        response.header(*name, value.as_bytes())
    });
    response.body(body.as_ref().to_vec()).unwrap()
}

fn judged(headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Result<Parsed<Material>, ApiError> {
    let get = GetMaterial::new("MEDIA_ID");
    get.parse_with(&ParseOptions::default(), response(200, headers, body))
}

fn strictly(body: impl AsRef<[u8]>) -> Result<Parsed<Material>, ApiError> {
    let options = ParseOptions::default().strictness(Strictness::Strict);
    GetMaterial::new("MEDIA_ID").parse_with(&options, response(200, &[], body))
}

/// `news`, `video`, `file`, or the kind of the error.
fn kind(verdict: &Result<Parsed<Material>, ApiError>) -> &'static str {
    match verdict {
        Ok(Parsed { output: Material::News(_), .. }) => "news",
        Ok(Parsed { output: Material::Video(_), .. }) => "video",
        Ok(Parsed { output: Material::File(_), .. }) => "file",
        Ok(_) => unreachable!("there is no fourth kind of material"),
        Err(error) => error.kind(),
    }
}

fn evidence(headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Evidence {
    judged(headers, body).unwrap().evidence
}

fn article(json: &str) -> Article {
    let body = format!(r#"{{"news_item":[{json}]}}"#);
    let Material::News(news) = judged(&[], body).unwrap().output else { panic!("no news") };
    news.articles.into_iter().next().unwrap()
}

const ATTACHMENT: (&str, &str) = ("content-disposition", "attachment; filename=\"a.jpg\"");

#[test]
fn rule_1_a_status_other_than_200_is_a_fault_or_a_status() {
    let get = GetMaterial::new("MEDIA_ID");
    for status in [206, 302, 404, 500, 502] {
        let Err(ApiError::Fault(fault)) = get.parse(response(status, &[], FAULT)) else { panic!("no fault") };
        assert_eq!((fault.status.as_u16(), fault.code), (status, ErrorCode::INVALID_MEDIA_ID));
        for body in [&b""[..], b"<html>", NEWS.as_bytes(), JPEG, br#"{"errcode":0}"#] {
            for headers in
                [&[][..], &[ATTACHMENT], &[("content-encoding", "gzip"), ("content-length", "9999")]]
            {
                let error = get.parse(response(status, headers, body)).unwrap_err();
                assert!(matches!(error, ApiError::Status { status: code, .. } if code == status), "{error}");
            }
        }
    }
    let repaired = response(500, &[], r#"{"errcode":-1,"errmsg":"system error",}"#);
    let strict = ParseOptions::default().strictness(Strictness::Strict);
    assert_eq!(get.parse(repaired.clone()).unwrap_err().kind(), "fault");
    assert_eq!(get.parse_with(&strict, repaired).unwrap_err().kind(), "status");
}

#[test]
fn rule_2_a_left_over_encoding_is_an_error() {
    for (headers, expected) in [
        (&[("content-encoding", "gzip")][..], "encoded"),
        (&[("content-encoding", "identity, br"), ATTACHMENT], "encoded"),
        (&[("content-encoding", "gzip"), ("content-length", "9999")], "encoded"),
        (&[("content-encoding", "identity")], "news"),
    ] {
        assert_eq!(kind(&judged(headers, NEWS)), expected, "{headers:?}");
    }
    assert_eq!(kind(&judged(&[("content-encoding", "gzip")], "")), "encoded");
}

#[test]
fn rule_3_no_byte_is_no_answer() {
    for headers in
        [&[][..], &[ATTACHMENT], &[("content-type", "application/json")], &[("content-length", "0")]]
    {
        assert_eq!(kind(&judged(headers, "")), "empty", "{headers:?}");
    }
}

#[test]
fn rule_4_an_attachment_is_a_file_but_for_an_error_object() {
    for body in [NEWS, "words", "<html>", "{broken", "{}", " ", r#"{"errcode":0,"errmsg":"ok"}"#] {
        assert_eq!(evidence(&[ATTACHMENT], body), Evidence::Attachment, "{body}");
    }
    // Not from end to end, without a text, or too long.
    let long = format!(r#"{{"errcode":40007,"errmsg":"{}"}}"#, "x".repeat(4096));
    for body in [
        &format!("{FAULT} x"),
        r#"{"errcode":40007}"#,
        r#"{"errcode":40007,"errmsg":1}"#,
        &format!("[{FAULT}]"),
        &long,
    ] {
        assert_eq!(kind(&judged(&[ATTACHMENT], body)), "file", "{body}");
    }
    let just_short_enough = &long.replacen(&"x".repeat(100), "", 1);
    for body in [FAULT, &format!("\u{FEFF} {FAULT}\n"), r#"{"errmsg":"","errcode":"-1",}"#, just_short_enough]
    {
        assert_eq!(kind(&judged(&[ATTACHMENT], body)), "fault", "{body}");
    }
    let strict = ParseOptions::default().strictness(Strictness::Strict);
    let broken = response(200, &[ATTACHMENT], r#"{"errcode":40001,"errmsg":"x",}"#);
    assert_eq!(GetMaterial::new("MEDIA_ID").parse_with(&strict, broken).unwrap_err().kind(), "json");
}

#[test]
fn rule_5_what_starts_like_json_or_is_called_json_is_json() {
    const VIDEO: &str = r#"{"down_url":""}"#;
    for (body, expected) in [
        (FAULT, "fault"),
        (r#"{"errcode":"40001"}"#, "fault"),
        (r#"{"errcode":40001,"news_item":[]}"#, "fault"),
        (NEWS, "news"),
        (r#"{"news_item":[]}"#, "news"),
        (r#"{"errcode":0,"errmsg":"ok","news_item":[],"down_url":"x"}"#, "news"),
        (VIDEO, "video"),
        (r#"{"news_item":null,"down_url":"x"}"#, "video"),
        ("{}", "shape"),
        (r#"{"errcode":0,"errmsg":"ok"}"#, "shape"),
        (r#"{"news_item":null}"#, "shape"),
        (r#"{"news_item":{}}"#, "shape"),
        (r#"{"down_url":null}"#, "shape"),
        (r#"{"errcode":null,"errmsg":"x"}"#, "shape"),
        (r#"{"errcode":"x"}"#, "shape"),
        (r#"{"title":{"errcode":40007,"errmsg":"quoted"}}"#, "shape"),
        ("{", "json"),
        ("{\"a\":1}}", "json"),
    ] {
        assert_eq!(kind(&judged(&[], body)), expected, "{body}");
        // Not even a header makes a file of it.
        assert_eq!(kind(&judged(&[("content-type", "image/jpeg")], body)), expected, "{body}");
    }
    assert_eq!(evidence(&[], format!("\u{FEFF}\r\n\t {NEWS}")), Evidence::JsonBody);
    assert_eq!(
        evidence(&[("content-type", "application/json; encoding=utf-8")], format!("/**/{NEWS}")),
        Evidence::JsonType
    );
    for (body, expected) in
        [(JPEG, "json"), (b"[]", "shape"), (b"\"x\"", "shape"), (b"null", "shape"), (b" ", "json")]
    {
        assert_eq!(kind(&judged(&[("content-type", "application/json")], body)), expected);
    }
}

#[test]
fn any_number_but_zero_is_an_error() {
    for (errcode, code) in [
        ("40001", 40001),
        ("-1", -1),
        ("40001.0", 40001),
        ("4e4", 40000),
        ("9223372036854775808", i64::MAX),
        ("\"40001\"", 40001),
        ("\" -1 \"", -1),
        ("\"40001.0\"", 40001),
    ] {
        let body = format!(r#"{{"errcode":{errcode},"errmsg":"x","news_item":[],"down_url":""}}"#);
        for headers in [&[][..], &[ATTACHMENT]] {
            let verdict = judged(headers, &body);
            assert!(
                matches!(&verdict, Err(ApiError::Fault(fault)) if fault.code.0 == code),
                "{errcode}: {verdict:?}"
            );
        }
    }
    for errcode in ["0", "0.0", "-0", "\"0\"", "\"\"", "\"x\"", "null", "true", "[1]", "\"inf\""] {
        let body = format!(r#"{{"errcode":{errcode},"errmsg":"x","news_item":[]}}"#);
        assert_eq!(
            (kind(&judged(&[], &body)), kind(&judged(&[ATTACHMENT], &body))),
            ("news", "file"),
            "{errcode}"
        );
    }
}

#[test]
fn rule_6_known_bytes_and_media_types_are_files() {
    assert_eq!(evidence(&[], JPEG), Evidence::MagicBytes);
    assert_eq!(evidence(&[("content-type", "text/html")], JPEG), Evidence::MagicBytes);
    // The type decides about words, but a page or a run of blanks is not a picture even so.
    for body in ["<!doctype HTML>", " <HTML>", &" ".repeat(600), &(" ".repeat(600) + FAULT)] {
        assert_eq!(kind(&judged(&[("content-type", "image/jpeg")], body)), "text", "{body}");
    }
    for media in ["image/jpeg", "audio/amr", "video/mp4", "application/octet-stream ; x"] {
        assert_eq!(evidence(&[("content-type", media)], "words"), Evidence::MediaType, "{media}");
    }
}

#[test]
fn rule_7_text_is_never_a_file() {
    for (body, is_page) in [
        (&b"Internal Server Error"[..], false),
        (b" \r\n", false),
        (b"\xEF\xBB\xBF", false),
        (b"[1]", false),
        (b"callback({})", false),
        (b"<xml><a/></xml>", false),
        (b"<!DOCTYPE HTML><title>", true),
        (b"\xEF\xBB\xBF\n<HTML>", true),
        (b"<?xml version=\"1.0\"?><html>", true),
        (b"<!-- x --><head>", true),
        (b"<body>", true),
        (b"<TITLE>", true),
        (b"<meta charset=gbk>", true),
        (b"<script>", true),
        (b"<h1>", true),
        // GBK, and UTF-16.
        (b"<html>\xC4\xFA\xBA\xC3</html>", true),
        (b"\xC4\xFA\xBA\xC3", false),
        (b"\xFF\xFEh\0i\0", false),
    ] {
        for headers in
            [&[][..], &[("content-type", "text/plain")], &[("content-disposition", "inline; filename=a.jpg")]]
        {
            let verdict = judged(headers, body);
            assert!(
                matches!(verdict, Err(ApiError::Text { html, .. }) if html == is_page),
                "{verdict:?} {body:?}"
            );
        }
        let page = judged(&[("content-type", "text/html")], body);
        assert!(matches!(page, Err(ApiError::Text { html: true, .. })), "{body:?}");
    }
    // A stray NUL makes no picture of a page.
    assert_eq!(kind(&judged(&[], b"<html>\0")), "text");
}

#[test]
fn rule_8_anything_else_is_a_file_of_unknown_type() {
    for headers in [&[][..], &[("content-type", "text/plain")], &[("content-type", "x")]] {
        let parsed = judged(headers, b"\x08\x96\x01\x12\x04test").unwrap();
        let Material::File(file) = parsed.output else { panic!("no file") };
        assert_eq!((parsed.evidence, file.info.file_type()), (Evidence::BinaryBody, None));
    }
}

#[test]
fn a_body_of_another_length_than_announced_is_an_error() {
    let announced = |length: &'static str, body: &[u8]| kind(&judged(&[("content-length", length)], body));
    for body in [NEWS.as_bytes(), FAULT.as_bytes(), JPEG, b"words", b"\x00binary", b"{\"trunc"] {
        assert_eq!(announced("1", body), "length");
        assert_eq!(announced("99999", body), "length");
        assert_eq!(announced("18446744073709551616", body), "length");
        assert_ne!(announced("-1", body), "length");
    }
    assert_eq!(announced("5", b""), "length");
    assert_eq!(kind(&judged(&[ATTACHMENT, ("content-length", "9")], JPEG)), "length");
    assert_eq!(kind(&judged(&[("content-length", "10"), ("content-length", "10")], JPEG)), "file");
    assert_eq!(kind(&judged(&[("content-length", "10"), ("content-length", "11")], JPEG)), "length");
    assert_eq!(kind(&judged(&[("content-length", "9"), ("transfer-encoding", "chunked")], JPEG)), "file");
    let error = judged(&[("content-length", "11")], JPEG).unwrap_err();
    assert!(matches!(error, ApiError::Length { announced: 11, received: 10, .. }));
}

#[test]
fn more_than_the_limit_is_too_large_and_the_limit_itself_is_not() {
    let options = ParseOptions::default().max_json(NEWS.len() as u64).max_file(JPEG.len() as u64);
    let judged = |body: &[u8]| kind(&GetMaterial::new("id").parse_with(&options, response(200, &[], body)));
    assert_eq!((judged(NEWS.as_bytes()), judged(JPEG)), ("news", "file"));
    assert_eq!(judged(&[NEWS.as_bytes(), b" "].concat()), "too-large");
    assert_eq!(judged(&[JPEG, b"\0"].concat()), "too-large");
    let error =
        GetMaterial::new("id").parse_with(&options, response(200, &[ATTACHMENT], [0; 99])).unwrap_err();
    assert!(matches!(error, ApiError::TooLarge { limit: 10, of: Limit::File, .. }), "{error}");
}

#[test]
fn headers_may_be_anything() {
    let get = GetMaterial::new("id");
    let mut odd = Response::new(JPEG.to_vec());
    for name in ["content-type", "content-disposition", "content-length", "content-encoding"] {
        for _ in 0..100 {
            odd.headers_mut().append(name, b"\xFF\xFE\"".as_slice().try_into().unwrap());
        }
    }
    assert_eq!(get.parse(odd.clone()).unwrap_err().kind(), "encoded");
    odd.headers_mut().remove("content-encoding");
    let Material::File(file) = get.parse(odd).unwrap() else { panic!("no file") };
    assert_eq!(file.info.safe_name(), "id.jpg");
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
    let Material::Video(video) = judged(&[], body).unwrap().output else { panic!("no video") };
    assert_eq!(
        serde_json::to_value(&video).unwrap(),
        serde_json::from_str::<serde_json::Value>(body).unwrap()
    );
}

#[test]
fn nothing_that_came_is_lost() {
    let odd = article(r#"{"title":5,"digest":null,"show_cover_pic":2,"author":"a","new":{"b":[1]}}"#);
    assert_eq!(
        (odd.title.as_str(), odd.digest.as_str(), odd.show_cover_pic, odd.author.as_str()),
        ("", "", false, "a")
    );
    let extra = serde_json::to_string(&odd.extra).unwrap();
    assert_eq!(extra, r#"{"digest":null,"new":{"b":[1]},"show_cover_pic":2,"title":5}"#);

    let body = r#"{"news_item":[1,{"title":"t"}],"create_time":"5","update_time":7,"next":true}"#;
    let Material::News(news) = judged(&[], body).unwrap().output else { panic!("no news") };
    assert_eq!((news.articles.len(), news.create_time, news.update_time), (1, None, Some(7)));
    let extra = serde_json::to_string(&news.extra).unwrap();
    assert_eq!(extra, r#"{"create_time":"5","news_item":[1],"next":true}"#);

    let body = r#"{"down_url":"u","tags":["a",1],"newcat":"c","vid":1}"#;
    let Material::Video(video) = judged(&[], body).unwrap().output else { panic!("no video") };
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
fn an_article_may_quote_an_error() {
    let quoting = article(r#"{"title":"{\"errcode\":40007,\"errmsg\":\"x\"}","errcode":40007,"errmsg":"x"}"#);
    assert_eq!(quoting.extra["errcode"], 40007);
}

/// The example of WeChat's documentation, with values in the place of its placeholders.
const DOCUMENTED: &str = "{\n \"news_item\":\n [\n     {\n     \"title\":\"TITLE\",\n     \"thumb_media_id\"::\"THUMB\",\n     \
                          \"show_cover_pic\":1, // 0 or 1\n     \"content_source_url\":\"URL\",\n     },\n     // several\n ],\n}";

#[test]
fn the_documented_example_is_repaired_and_says_so() {
    let parsed = judged(&[], DOCUMENTED).unwrap();
    let Material::News(news) = parsed.output else { panic!("no news") };
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
fn the_documented_example_with_its_placeholders_points_at_the_first() {
    let verbatim = DOCUMENTED.replace("\"TITLE\"", "TITLE").replace("\"THUMB\"", "THUMB");
    let error = judged(&[], &verbatim).unwrap_err();
    let ApiError::Json { offset, line, column, .. } = error else { panic!("{error}") };
    assert_eq!((&verbatim[offset..offset + 5], line, column), ("TITLE", 5, 14));
}

#[test]
fn strict_reading_refuses_each_repair_at_its_place() {
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
        let Material::File(file) = judged(headers, body).unwrap().output else { panic!("no file") };
        file.info.extension().map(str::to_owned)
    };
    let (named, typed) =
        (("content-disposition", "attachment; filename=a.xlsx"), ("content-type", "Audio/AMR; x"));
    assert_eq!(extension(&[named, typed], JPEG).as_deref(), Some("jpg"));
    assert_eq!(extension(&[named, typed], b"\0").as_deref(), Some("xlsx"));
    assert_eq!(extension(&[typed], b"\0").as_deref(), Some("amr"));
    assert_eq!(extension(&[], b"\0"), None);
}

/// The table of codes and what to do, as WeChat's behaviour was collected.
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
fn a_call_that_obtains_a_token_blames_the_secret_and_keeps_no_body() {
    let read = |body: &str| {
        let options = ParseOptions::default();
        parse_json::<serde_json::Value>(Authorization::AppSecret, &options, response(200, &[], body))
            .unwrap_err()
    };
    let error = read(r#"{"errcode":40001,"errmsg":"invalid credential"}"#);
    let ApiError::Fault(fault) = &error else { panic!("{error}") };
    assert_eq!((fault.category(), fault.meaning()), (Category::Credentials, Some("the app secret is wrong")));
    assert!(error.to_string().contains("the app secret is wrong"), "{error}");
    assert!(error.body().is_empty());
    for body in [r#"{"access_token":"SECRET"#, "SECRET", r#"["SECRET"]"#] {
        assert!(read(body).body().is_empty(), "{body}");
    }
}

#[test]
fn a_json_answer_is_read_into_any_type() {
    #[derive(Debug, serde::Deserialize)]
    struct Count {
        voice_count: u32,
    }
    let read = |body: &[u8]| {
        let options = ParseOptions::default();
        parse_json::<Count>(Authorization::AccessToken, &options, response(200, &[], body))
    };
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
fn an_error_keeps_the_beginning_of_the_body_and_prints_none_of_it() {
    let body = format!("<html>https://api.weixin.qq.com/?access_token=SECRET {}", "x".repeat(9000));
    let error = judged(&[], &body).unwrap_err();
    assert_eq!(error.body(), &body.as_bytes()[..4096]);
    assert!(!format!("{error} {error:?}").contains("SECRET"));
    let file = judged(&[ATTACHMENT], b"SECRET").unwrap();
    assert!(!format!("{file:?}").contains("SECRET"), "{file:?}");
}
