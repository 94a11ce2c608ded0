//! How a response is judged: the eight rules in their order, and the checks that apply to all of them.

use wechat_material::http::{Response, Version};
use wechat_material::{
    ApiError, Endpoint, ErrorCode, Evidence, GetMaterial, Limit, Material, ParseOptions, Strictness,
};

#[path = "judged/response.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod response;

use response::{ATTACHMENT, FAULT, JPEG, NEWS, judged, kind, response};

fn evidence(headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Evidence {
    judged(headers, body).unwrap().evidence
}

#[test]
fn rule_1_a_status_other_than_200_is_a_fault_or_a_status() {
    let get = GetMaterial::new("MEDIA_ID");
    for status in [206, 302, 404, 500, 502] {
        let Err(ApiError::Fault(fault)) = get.parse(response(status, &[], FAULT)) else {
            panic!("not a fault")
        };
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
        (&[("transfer-encoding", "gzip, chunked")], "encoded"),
        (&[("transfer-encoding", "gzip"), ("transfer-encoding", "chunked"), ATTACHMENT], "encoded"),
        (&[("transfer-encoding", "x-unknown")], "encoded"),
        (&[("transfer-encoding", "chunked")], "news"),
        (&[("transfer-encoding", "identity")], "news"),
    ] {
        assert_eq!(kind(&judged(headers, NEWS)), expected, "{headers:?}");
    }
    assert_eq!(kind(&judged(&[("content-encoding", "gzip")], "")), "encoded");
}

/// HTTP/1.0 does not have chunks, so a client that receives them leaves them in the body.
#[test]
fn chunks_in_an_old_response_are_a_left_over_encoding() {
    for (version, expected) in [
        (Version::HTTP_09, "encoded"),
        (Version::HTTP_10, "encoded"),
        (Version::HTTP_11, "file"),
        (Version::HTTP_2, "file"),
    ] {
        let mut chunked = response(200, &[("transfer-encoding", "chunked")], JPEG);
        *chunked.version_mut() = version;
        let verdict = GetMaterial::new("id").parse_with(&ParseOptions::default(), chunked);
        assert_eq!(kind(&verdict), expected, "{version:?}");
    }
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
    // Not the whole body, no text, or too long.
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
    let just_short_enough = &long.replacen(&"x".repeat(long.len() - 4096), "", 1);
    assert_eq!(just_short_enough.len(), 4096);
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
        // A header does not make it a file.
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
    // The content type decides about text, but a page or a run of blanks is never a picture.
    for body in ["<!doctype HTML>", " <HTML>", "\x0C<html>", &" ".repeat(600), &(" ".repeat(600) + FAULT)] {
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
    // A NUL in a page does not make it a picture, nor does a form feed, which is white space in HTML.
    assert_eq!(kind(&judged(&[], b"<html>\0")), "text");
    assert_eq!(kind(&judged(&[], b"\x0C<html>\0")), "text");
}

#[test]
fn rule_8_anything_else_is_a_file_of_unknown_type() {
    for headers in [&[][..], &[("content-type", "text/plain")], &[("content-type", "x")]] {
        let parsed = judged(headers, b"\x08\x96\x01\x12\x04test").unwrap();
        let Material::File(file) = parsed.output else { panic!("not a file") };
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
    // Only a last coding of chunked overrides a length.
    for (coding, expected) in
        [("chunked", "file"), ("Chunked", "file"), ("identity", "length"), ("", "length")]
    {
        let headers = [("content-length", "9"), ("transfer-encoding", coding)];
        assert_eq!(kind(&judged(&headers, JPEG)), expected, "{coding}");
    }
    let error = judged(&[("content-length", "11")], JPEG).unwrap_err();
    assert!(matches!(error, ApiError::Length { announced: 11, received: 10, .. }));
}

/// Judges a response whole and in chunks of this size. The verdicts must be equal.
fn both_ways(headers: &[(&str, &str)], body: &[u8], size: usize) -> &'static str {
    let get = GetMaterial::new("id");
    let whole = get.parse(response(200, headers, body)).unwrap_err();
    let mut receiver = get.receiver(&ParseOptions::default(), response(200, headers, "").into_parts().0);
    let early = body.chunks(size).find_map(|chunk| receiver.feed(chunk).err());
    let in_chunks = early.unwrap_or_else(|| receiver.finish().unwrap_err());
    assert_eq!((whole.kind(), whole.body()), (in_chunks.kind(), in_chunks.body()));
    assert_eq!(whole.to_string(), in_chunks.to_string());
    whole.kind()
}

#[test]
fn a_page_of_more_than_four_kibibytes_is_a_page_whatever_its_announced_length() {
    for (announced, length, expected) in [
        ("99999999999", 4097, "text"),
        ("4096", 4097, "text"),
        ("4097", 9000, "text"),
        ("99999999999", 4096, "length"),
        ("4097", 4096, "length"),
        ("4096", 4096, "text"),
        ("4", 5, "length"),
    ] {
        let page = format!("<html>{}", "w".repeat(length)).into_bytes();
        let headers = [("content-type", "text/html"), ("content-length", announced)];
        for body in [&page[..length], &b"w".repeat(length)] {
            for size in [1, 512, 4096, 4097, 10_000] {
                assert_eq!(both_ways(&headers, body, size), expected, "{length} of {announced}, {size}");
            }
        }
    }
}

#[test]
fn a_body_that_exceeds_the_limit_is_too_large_and_one_of_that_length_is_not() {
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
    let Material::File(file) = get.parse(odd).unwrap() else { panic!("not a file") };
    assert_eq!(file.info.safe_name(), "id.jpg");
}

#[test]
fn a_file_can_be_named_after_the_asset_instead_of_the_uploader_s_name() {
    let disposition = [("content-disposition", "attachment; filename=\"../a b.png\"")];
    for (id, headers, name) in [
        ("id", &disposition[..], "id.jpg"),
        ("x/ïd.html", &disposition, "ïd.jpg"),
        ("../.", &disposition, "a b.jpg"),
        ("", &disposition, "a b.jpg"),
        ("../.", &[], "material.jpg"),
    ] {
        let parsed = GetMaterial::new(id).parse(response(200, headers, JPEG)).unwrap();
        let Material::File(file) = parsed else { panic!("not a file") };
        assert_eq!(file.info.safe_asset_name(), name, "{id}");
    }
}

#[test]
fn a_file_without_a_usable_name_is_called_material() {
    for (body, name) in [(JPEG, "material.jpg"), (&b"\0binary"[..], "material")] {
        let parsed = GetMaterial::new("../.").parse(response(200, &[], body)).unwrap();
        let Material::File(file) = parsed else { panic!("not a file") };
        assert_eq!(file.info.safe_name(), name);
    }
}
