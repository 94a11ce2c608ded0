//! Checks the properties with generated responses, names and requests.

use proptest::collection::vec;
use proptest::prelude::*;
use wechat_material::http::Response;
use wechat_material::{
    Access, AccessToken, BaseUrl, BuildError, Endpoint, GetMaterial, Material, ParseOptions, RepairKind,
};
use wechat_material_tests::{check_call_events_thoroughly, mutate_once, properties, recorded};

/// Any JSON, often with names that affect the verdict.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        Just("CANARY".into()),
    ];
    let name = prop_oneof![
        3 => proptest::sample::select(vec![
            "errcode", "errmsg", "news_item", "title", "content", "show_cover_pic", "down_url", "tags", "create_time",
        ])
        .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Into::into),
            vec((name.clone(), inner), 0..6)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Headers that affect the verdict, with valid, invalid or random values.
fn headers() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let value = |values: &'static [&'static str]| {
        prop_oneof![
            3 => proptest::sample::select(values).prop_map(|value| value.as_bytes().to_vec()),
            1 => vec(any::<u8>().prop_filter("allowed in a header", |byte| *byte >= 0x20 && *byte != 0x7F), 0..20),
        ]
    };
    let header = prop_oneof![
        value(&["text/plain", "application/json; encoding=utf-8", "image/jpeg", "text/html", ""])
            .prop_map(|value| ("content-type", value)),
        value(&[
            "attachment; filename=\"a.jpg\"",
            "attachment",
            "inline",
            "attachment; filename*=utf-8''%E6%B5%8B"
        ])
        .prop_map(|value| ("content-disposition", value)),
        value(&["0", "5", "18446744073709551616", "-1"]).prop_map(|value| ("content-length", value)),
        value(&["identity", "gzip"]).prop_map(|value| ("content-encoding", value)),
    ];
    vec(header, 0..4)
}

fn response(status: u16, headers: Vec<(&'static str, Vec<u8>)>, body: Vec<u8>) -> Response<Vec<u8>> {
    let response = headers
        .into_iter()
        .fold(Response::builder().status(status), |response, (name, value)| response.header(name, value));
    response.body(body).unwrap()
}

fn status() -> impl Strategy<Value = u16> {
    prop_oneof![8 => Just(200), 1 => 100..=599_u16]
}

/// A script of events for calls that share a token: random bytes, or a script with more useful events.
fn events() -> impl Strategy<Value = Vec<u8>> {
    let digit = || b'0'..=b'7';
    let what = proptest::sample::select(b"aaaaaaabccdeeffggggiijklmnnnnnnnooqqrrrsssssssttuvvwwwwxyzAFNOSk");
    let how = prop_oneof![4 => b'a'..=b'z', 4 => b'0'..=b'?', 1 => any::<u8>()];
    let policies = vec([digit(), digit(), digit(), digit()], 1..=8);
    let scripted = ([digit(), digit()], policies, vec((what, digit(), how), 0..200)).prop_map(
        |(start, policies, events)| {
            let count = b'0' | u8::try_from(policies.len() & 7).unwrap();
            let calls = start.into_iter().chain([count]).chain(policies.into_iter().flatten());
            calls.chain(events.into_iter().flat_map(|(what, who, how)| [what, who, how])).collect()
        },
    );
    prop_oneof![1 => vec(any::<u8>(), 0..300), 4 => scripted]
}

proptest! {
    #[test]
    fn calls_share_a_token_for_any_events(script in events()) {
        check_call_events_thoroughly(&script);
    }

    #[test]
    fn any_json_is_judged_correctly(status in status(), headers in headers(), json in json()) {
        properties::check_response(&response(status, headers, json.to_string().into_bytes()));
    }

    #[test]
    fn any_bytes_are_judged_correctly(status in status(), headers in headers(), body in vec(any::<u8>(), 0..600)) {
        properties::check_response(&response(status, headers, body));
    }

    /// The lengths are near those that affect the verdict: 512 bytes, 4 KiB, and the narrow limit.
    #[test]
    fn chunks_do_not_change_the_result(
        status in status(),
        headers in headers(),
        start in prop_oneof![json().prop_map(|json| json.to_string().into_bytes()), vec(any::<u8>(), 0..40)],
        filling in any::<u8>(),
        length in prop_oneof![0..20_usize, 500..520_usize, 3990..4110_usize, 0..9000_usize],
        lengths in vec(prop_oneof![0..20_usize, 500..520_usize, 4000..4100_usize], 0..6),
    ) {
        let body = [start, vec![filling; length]].concat();
        properties::check_response_in_chunks(&response(status, headers, body), &lengths);
    }

    #[test]
    fn an_answer_with_one_change_is_judged_correctly(json in json(), seed in any::<u64>()) {
        let object = serde_json::json!({ "news_item": [{ "title": "题", "content": "<p>\u{1}</p>", "x": json }], "create_time": 1 });
        let changed = mutate_once(object.to_string().as_bytes(), seed);
        properties::check_response(&recorded::read(&changed).unwrap());
    }

    /// Repaired JSON has the value that it had before it was damaged.
    #[test]
    fn damaged_json_has_the_same_value_as_before(json in json(), title in any::<String>()) {
        let whole = serde_json::json!({ "news_item": [{ "title": title, "x": json }], "y": [] });
        let news = |body: Vec<u8>| {
            let parsed = GetMaterial::new("id").parse_with(&ParseOptions::default(), Response::new(body)).unwrap();
            let Material::News(news) = parsed.output else { panic!("not news") };
            (news, parsed.repairs.iter().map(|repair| repair.kind).collect::<Vec<_>>())
        };
        let text = whole.to_string();
        let inner = text.strip_suffix('}').unwrap();
        let damaged = format!("\u{FEFF}{} , // :\n }} /* \" */", inner.replacen("\"news_item\":", "\"news_item\" : ::", 1));
        let (before, repairs) = news(text.clone().into_bytes());
        prop_assert!(repairs.is_empty());
        let (after, repairs) = news(damaged.into_bytes());
        prop_assert_eq!(before, after);
        let expected = [RepairKind::ByteOrderMark, RepairKind::DoubledColon, RepairKind::TrailingComma, RepairKind::Comment, RepairKind::Comment];
        prop_assert_eq!(repairs, expected);
    }

    #[test]
    fn invalid_utf8_is_read_as_by_the_standard_library(text in vec(any::<u8>().prop_filter("plain", |byte| *byte >= 0x20 && !b"\"\\".contains(byte)), 0..40)) {
        let body = [br#"{"news_item":[{"title":""#, &text[..], br#""}]}"#].concat();
        let Material::News(news) = GetMaterial::new("id").parse(Response::new(body)).unwrap() else { panic!("not news") };
        prop_assert_eq!(&news.articles[0].title, &String::from_utf8_lossy(&text));
    }

    #[test]
    fn any_uploaded_name_becomes_a_safe_one(
        name in any::<String>(),
        before in proptest::sample::select(vec!["", "../", "C:\\", "con.", ".", " ", "LPT1"]),
        long in 0..300_usize,
        magic in proptest::sample::select(vec![&b"\0"[..], b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1A\n"]),
    ) {
        let name: String = [before, &name, &"名".repeat(long)].concat();
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let disposition = format!("attachment; filename*=utf-8''{encoded}");
        let response = response(200, vec![("content-disposition", disposition.into_bytes())], magic.to_vec());
        let Material::File(file) = GetMaterial::new(&name).parse(response).unwrap() else { panic!("not a file") };
        prop_assert_eq!(file.info.file_name.clone().unwrap_or_default(), name.clone());
        let safe = file.info.safe_name();
        properties::check_safe_name(&safe);
        // The media id is the same text.
        properties::check_safe_name(&file.info.safe_asset_name());
        if let Some(file_type) = file.info.file_type() {
            let extension = safe.rsplit('.').next().unwrap().to_ascii_lowercase();
            prop_assert!(extension == file_type.extension() || ["jpeg", "jpe", "jfif"].contains(&&*extension), "{}", safe);
        }
    }

    /// Nothing is injected: the decoded values are the given ones.
    #[test]
    fn a_request_decodes_to_the_given_values(token in any::<String>(), media_id in any::<String>()) {
        let access = Access::with_base_url(&AccessToken::new(token.as_str()), BaseUrl::new("http://127.0.0.1:1/base").unwrap());
        let built = GetMaterial::new(media_id.as_str()).to_request(&access);
        let request = match built {
            Err(BuildError::EmptyToken) => {
                prop_assert!(token.is_empty());
                return Ok(());
            }
            Err(BuildError::EmptyMediaId) => {
                prop_assert!(media_id.is_empty());
                return Ok(());
            }
            other => other.unwrap(),
        };
        prop_assert_eq!(request.uri().host(), Some("127.0.0.1"));
        prop_assert_eq!(request.uri().path(), "/base/cgi-bin/material/get_material");
        let query = request.uri().query().unwrap().strip_prefix("access_token=").unwrap();
        prop_assert!(query.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"%-._~".contains(&byte)), "{}", query);
        prop_assert_eq!(percent_encoding::percent_decode_str(query).decode_utf8().unwrap(), token);
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        prop_assert_eq!(body, serde_json::json!({ "media_id": media_id }));
    }
}
