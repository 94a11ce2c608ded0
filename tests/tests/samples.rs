//! The verdict of every recorded response.

use std::fs;
use std::path::Path;

use wechat_material::http::Response;
use wechat_material::{ApiError, Material, VideoLink};
use wechat_material_tests::{properties, recorded};

/// The names of the samples, each with its expected [`summary`].
const TABLE: &[(&str, &str)] = &[
    ("batchget_news_multi_2016", "shape"),
    ("batchget_video_2018", "shape"),
    ("batchget_voice_2016_malformed", "json 118: a key in quotes"),
    ("composed_502_html", "status 502"),
    ("composed_empty_body", "empty"),
    ("composed_errcode_as_string", "fault 40007 Argument \"invalid media_id\""),
    ("composed_error_text_plain", "fault 40007 Argument \"invalid media_id\" hint abcdefg0123456"),
    ("composed_jpeg_as_text_plain", "file image/jpeg 22 MagicBytes MEDIA_ID.jpg"),
    (
        "composed_media_body_looks_like_error",
        "fault 40007 Argument \"this is the content of an uploaded file\"",
    ),
    ("composed_news_empty_list", "news JsonBody []"),
    (
        "composed_news_raw_control_chars",
        "news JsonBody [\"尐嘴\\u{7}乿親\"] ControlCharacter@30 ControlCharacter@50 ControlCharacter@69 ControlCharacter@75 ControlCharacter@95",
    ),
    ("composed_news_with_bom", "news JsonBody [\"t\"] ByteOrderMark@0"),
    ("composed_video_only_down_url", "video file JsonBody \"\""),
    ("composed_voice_amr", "file audio/amr 10 Attachment MEDIA_ID.amr"),
    ("del_material_ok_2023", "shape"),
    ("doc_news_example_2025", "news JsonBody [\"TITLE\"]"),
    ("doc_video_example_2025_invalid_json", "json 12: a value"),
    (
        "error_40001_2015_media_download",
        "fault 40001 Token \"invalid credential, access_token is invalid or not latest\" hint Feqffa0754ent1",
    ),
    ("error_40007_2015_empty_errmsg", "fault 40007 Argument \"\""),
    ("error_40007_2018_hint", "fault 40007 Argument \"invalid media_id\" hint YoxHSA07631538"),
    ("error_40013_token_2026", "fault 40013 Credentials \"invalid appid\" rid 6aac005a-01bfdbee-79769285"),
    ("error_40164_token_2017", "fault 40164 Credentials \"invalid ip 119.253.43.19, not in whitelist\""),
    ("error_41001_2026", "fault 41001 Request \"access_token missing\" rid 6aac0064-355b48ab-4c5b487e"),
    ("error_42001_hint", "fault 42001 Token \"access_token expired\" hint ERAYaa0846vr30!"),
    (
        "error_45009_token_2023",
        "fault 45009 Quota \"reach max api daily quota limit, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r\" rid 654e20fe-255cb46d-7fc880f7",
    ),
    ("error_48001_2019", "fault 48001 Permission \"api unauthorized\" hint .cIurA0994z200!"),
    ("error_minus1_2018_hint", "fault -1 Busy \"system error\" hint NX0zcA05993060"),
    ("fixture_easywechat_stream", "file unknown 12 Attachment filename.jpg"),
    ("image_2018_no_content_type", "file image/jpeg 22 Attachment 8a125212e0a52c0c59d6cabcd2de18e8.jpg"),
    ("materialcount_2018", "shape"),
    ("news_multi_2016_from_list", "news JsonBody [\"文图消息标题\", \"二级消息\"]"),
    ("stable_token_ok_remaining_doc", "shape"),
    ("token_ok_doc", "shape"),
    ("video_2016_page_url", "video page JsonBody \"papi酱003\""),
    ("video_2018_ip_host", "video file JsonBody \"ceshi2\""),
    ("wecom_filename_star_header", "file unknown 4 Attachment 测试.xlsx"),
];

/// The sample in the format of `curl -i`.
fn recording(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let status = if name == "composed_502_html" { 502 } else { 200 };
    let headers = fs::read(folder.join(format!("{name}.headers"))).unwrap_or_default();
    let body = fs::read(folder.join(format!("{name}.body"))).unwrap();
    [format!("HTTP/1.1 {status}\n").as_bytes(), &headers, b"\n", &body].concat()
}

fn summary(response: &Response<Vec<u8>>) -> String {
    let parsed = match properties::check_response(response).tolerant {
        Ok(parsed) => parsed,
        Err(ApiError::Fault(fault)) => {
            let hint = fault.hint.as_ref().map(|hint| format!(" hint {hint}")).unwrap_or_default();
            let rid = fault.rid.as_ref().map(|rid| format!(" rid {rid}")).unwrap_or_default();
            return format!("fault {} {:?} {:?}{hint}{rid}", fault.code, fault.category(), fault.message);
        }
        Err(ApiError::Status { status, .. }) => return format!("status {}", status.as_u16()),
        Err(ApiError::Json { offset, expected, .. }) => return format!("json {offset}: {expected}"),
        Err(error) => return error.kind().to_owned(),
    };
    let evidence = parsed.evidence;
    let repairs: String =
        parsed.repairs.iter().map(|repair| format!(" {:?}@{}", repair.kind, repair.offset)).collect();
    match parsed.output {
        Material::News(news) => {
            let titles: Vec<_> = news.articles.iter().map(|article| &article.title).collect();
            format!("news {evidence:?} {titles:?}{repairs}")
        }
        Material::Video(video) => {
            let link = if matches!(video.link(), VideoLink::Page(_)) { "page" } else { "file" };
            format!("video {link} {evidence:?} {:?}{repairs}", video.title)
        }
        Material::File(file) => {
            let file_type =
                file.info.file_type().map_or("unknown".to_owned(), |file_type| file_type.to_string());
            format!("file {file_type} {} {evidence:?} {}", file.info.length.unwrap(), file.info.safe_name())
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn every_recorded_response_is_judged_correctly() {
    for (name, expected) in TABLE {
        let response = recorded::read(&recording(name)).unwrap();
        assert_eq!(summary(&response), *expected, "{name}");
    }
}

#[test]
fn every_recorded_response_is_in_the_table_and_among_the_seeds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<_> = fs::read_dir(root.join("samples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "body"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, TABLE.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for name in names {
        let seed = fs::read(root.join("../fuzz/seeds/parse_response").join(&name)).unwrap_or_default();
        assert_eq!(seed, recording(&name), "the seed of {name}");
    }
}
