//! The emulator, asked as the API was seen to be asked.

use std::time::Duration;

use serde_json::{Value, json};
use wechat_material::http::{Request, Response};
use wechat_material::{
    Access, AccessToken, ApiError, CallError, CountMaterials, Endpoint, GetMaterial, ListMaterials, Material,
    MaterialPage, MaterialType, Transport, call,
};
use wechat_material_testkit::{Emulator, Quirk, account};
use wechat_material_ureq::UreqTransport;

struct Client {
    emulator: Emulator,
    transport: UreqTransport,
}

impl Client {
    fn new() -> Self {
        Self { emulator: Emulator::start().unwrap(), transport: UreqTransport::new() }
    }

    fn send(&self, method: &str, path: &str, content_type: &str, body: &str) -> Response<Vec<u8>> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.emulator.base_url()))
            .header("content-type", content_type)
            .body(body.as_bytes().to_vec())
            .unwrap();
        self.transport.send(request).unwrap()
    }

    fn post(&self, path: &str, body: &str) -> Value {
        read(&self.send("POST", path, "application/json", body))
    }

    fn get_material(&self, content_type: &str, body: &str) -> Value {
        let path = format!("/cgi-bin/material/get_material?access_token={}", self.emulator.token().expose());
        read(&self.send("POST", &path, content_type, body))
    }

    fn stable_token(&self, force_refresh: bool) -> Value {
        let body = json!({
            "grant_type": "client_credential",
            "appid": Emulator::APP_ID,
            "secret": Emulator::APP_SECRET,
            "force_refresh": force_refresh,
        });
        self.post("/cgi-bin/stable_token", &body.to_string())
    }

    fn classic_token(&self) -> String {
        let path = format!(
            "/cgi-bin/token?grant_type=client_credential&appid={}&secret={}",
            Emulator::APP_ID,
            Emulator::APP_SECRET
        );
        let token = read(&self.send("GET", &path, "", ""));
        token["access_token"].as_str().unwrap_or_else(|| panic!("{token}")).to_owned()
    }

    fn call<E: Endpoint<Target = Access>>(&self, endpoint: &E) -> Result<E::Output, ApiError> {
        match call(endpoint, &self.emulator.access(), &self.transport) {
            Ok(output) => Ok(output),
            Err(CallError::Api(error)) => Err(error),
            Err(error) => panic!("{error}"),
        }
    }

    /// All pages of a list, of so many items each.
    fn pages(&self, material_type: MaterialType, count: u64) -> Vec<MaterialPage> {
        let mut pages = Vec::new();
        let mut next = Some(0);
        while let Some(offset) = next {
            let list = ListMaterials::new(material_type).offset(offset).count(count);
            let page = self.call(&list).unwrap();
            next = page.next_offset(offset);
            pages.push(page);
        }
        pages
    }

    fn batchget(&self, content_type: &str, body: &str) -> Response<Vec<u8>> {
        let path =
            format!("/cgi-bin/material/batchget_material?access_token={}", self.emulator.token().expose());
        self.send("POST", &path, content_type, body)
    }

    /// The `errcode` that a call with this token is answered with; 0 for an answer.
    fn code_with(&self, token: &str) -> i64 {
        let path = format!("/cgi-bin/material/get_material?access_token={token}");
        self.post(&path, r#"{"media_id":"NEWS-ONE"}"#)["errcode"].as_i64().unwrap_or(0)
    }
}

fn read(response: &Response<Vec<u8>>) -> Value {
    assert_eq!(response.status(), 200);
    serde_json::from_slice(response.body()).unwrap()
}

#[test]
fn a_body_that_is_no_json_is_an_unknown_id_and_broken_json_is_broken() {
    let client = Client::new();
    let code = |content_type: &str, body: &str| client.get_material(content_type, body)["errcode"].as_i64();
    assert_eq!(code("application/x-www-form-urlencoded", "media_id=NEWS-ONE"), Some(40007));
    assert_eq!(code("application/x-www-form-urlencoded", r#"{"media_id":"NEWS-ONE"}"#), Some(40007));
    assert_eq!(code("application/json", ""), Some(40007));
    assert_eq!(code("application/json", r#"{"media_id":"TEMPORARY"}"#), Some(40007));
    assert_eq!(code("application/json", r#"{"media_id":"#), Some(47001));
    assert_eq!(code("application/json", "{}"), Some(41006));
    assert_eq!(code("text/plain", r#"{"media_id":"NEWS-ONE"}"#), None);
}

#[test]
fn errors_come_as_text_with_hint_and_rid() {
    let client = Client::new();
    let response = client.send("POST", "/cgi-bin/material/get_material", "application/json", "{}");
    assert_eq!(response.headers()["content-type"], "text/plain");
    let error = read(&response);
    assert_eq!(error["errcode"], 41001);
    assert!(error["errmsg"].as_str().unwrap().starts_with("access_token missing rid: "), "{error}");
    let error = client.get_material("application/json", r#"{"media_id":"x"}"#);
    assert!(error["errmsg"].as_str().unwrap().starts_with("invalid media_id hint: ["), "{error}");
    let get = client.send("GET", "/cgi-bin/material/get_material?access_token=x", "", "");
    assert_eq!(read(&get)["errcode"], 43002);
    // As long as the one that was seen in 2026.
    let path = "/cgi-bin/material/get_material?access_token=x";
    assert_eq!(client.send("POST", path, "application/json", "{}").body().len(), 215);
}

#[test]
fn slashes_are_escaped_and_chinese_is_not() {
    let client = Client::new();
    let path = format!("/cgi-bin/material/get_material?access_token={}", client.emulator.token().expose());
    let response = client.send("POST", &path, "application/json", r#"{"media_id":"NEWS-ONE"}"#);
    let body = String::from_utf8(response.into_body()).unwrap();
    assert!(body.contains("<\\/p>") && !body.contains("</p>") && body.contains("清晨"), "{body}");
}

#[test]
fn the_stable_token_stays_the_same_while_it_lives() {
    let client = Client::new();
    let first = client.stable_token(false);
    assert_eq!(first["expires_in"], 7200);
    client.emulator.advance(Duration::from_secs(7000));
    let second = client.stable_token(false);
    assert_eq!(second["access_token"], first["access_token"]);
    assert!(second["expires_in"].as_u64().unwrap() < 200, "{second}");
    client.emulator.advance(Duration::from_secs(200));
    assert_ne!(client.stable_token(false)["access_token"], first["access_token"]);
    assert_eq!(client.code_with(first["access_token"].as_str().unwrap()), 42001);
}

#[test]
fn forced_renewals_are_thirty_seconds_apart_and_twenty_a_day() {
    let client = Client::new();
    for _ in 0..20 {
        let old = client.stable_token(false);
        let new = client.stable_token(true);
        assert_ne!(new["access_token"], old["access_token"]);
        assert_eq!(client.stable_token(true)["errcode"], 45011);
        client.emulator.advance(Duration::from_secs(30));
    }
    assert_eq!(client.stable_token(true)["errcode"], 45009);
}

#[test]
fn a_classic_token_outlives_its_successor_s_birth_by_five_minutes() {
    let client = Client::new();
    let (old, new) = (client.classic_token(), client.classic_token());
    client.emulator.advance(Duration::from_secs(290));
    assert_eq!((client.code_with(&old), client.code_with(&new)), (0, 0));
    client.emulator.advance(Duration::from_secs(20));
    assert_eq!((client.code_with(&old), client.code_with(&new)), (42001, 0));
}

#[test]
fn wrong_credentials_are_told_apart() {
    let client = Client::new();
    for (body, code) in [
        (json!({}), 40002),
        (json!({ "grant_type": "client_credential" }), 41002),
        (json!({ "grant_type": "client_credential", "appid": "wx" }), 40013),
        (json!({ "grant_type": "client_credential", "appid": Emulator::APP_ID }), 41004),
        (json!({ "grant_type": "client_credential", "appid": Emulator::APP_ID, "secret": "x" }), 40125),
    ] {
        assert_eq!(client.post("/cgi-bin/stable_token", &body.to_string())["errcode"], code, "{body}");
    }
    assert_eq!(client.post("/cgi-bin/stable_token", "x")["errcode"], 47001);
}

#[test]
fn tokens_can_be_brought_along_and_expired() {
    let client = Client::new();
    assert_eq!(client.code_with("mine"), 40001);
    client.emulator.accept(&AccessToken::new("mine"));
    assert_eq!(client.code_with("mine"), 0);
    client.emulator.expire_tokens();
    assert_eq!(client.code_with("mine"), 42001);
}

#[test]
fn a_video_s_file_wants_its_signature_and_no_token() {
    let client = Client::new();
    let video = client.get_material("application/json", r#"{"media_id":"VIDEO-01"}"#);
    let link = video["down_url"].as_str().unwrap();
    let path = link.strip_prefix(&client.emulator.base_url().to_string()).unwrap();
    let status = |path: &str| client.send("GET", path, "", "").status().as_u16();
    assert_eq!(status(path), 200);
    assert_eq!(status(&path.replace("vkey=", "vkey=0")), 403);
    assert_eq!(status(&format!("{path}&access_token=x")), 400);
    assert_eq!(status("/vweixinp.tc.qq.com/other.mp4?vkey=1"), 404);
}

#[test]
fn it_misbehaves_on_request_from_outside_and_says_what_it_did() {
    let client = Client::new();
    let ask =
        |body: &str| client.send("POST", "/emulator/quirks", "application/json", body).status().as_u16();
    let code = |media_id: &str| {
        client.get_material("application/json", &json!({ "media_id": media_id }).to_string())["errcode"]
            .as_i64()
    };
    assert_eq!(ask(r#"{"quirk":"errcode:45009","next":2}"#), 204);
    assert_eq!(ask(r#"{"quirk":"errcode:48001","media_id":"NEWS-ONE"}"#), 204);
    let media_ids = ["NEWS-ONE", "VIDEO-02", "NEWS-ONE", "VIDEO-02"];
    assert_eq!(media_ids.map(code), [Some(45009), Some(45009), Some(48001), None]);
    assert_eq!(client.send("DELETE", "/emulator/quirks", "", "").status(), 204);
    assert_eq!(code("NEWS-ONE"), None);

    let journal = read(&client.send("GET", "/emulator/journal", "", ""));
    let sent: Vec<_> =
        journal.as_array().unwrap().iter().map(|line| line["sent"]["quirk"].as_str()).collect();
    assert_eq!(sent, [Some("errcode:45009"), Some("errcode:45009"), Some("errcode:48001"), None, None]);
    assert_eq!(journal[3]["body"], r#"{"media_id":"VIDEO-02"}"#);
    assert_eq!(read(&client.send("GET", "/emulator/journal", "", "")), json!([]));

    let listed = read(&client.send("GET", "/emulator/quirks", "", ""));
    for quirk in listed.as_array().unwrap() {
        assert_eq!(ask(&json!({ "quirk": quirk["quirk"], "next": 0 }).to_string()), 204, "{quirk}");
    }
    for wrong in ["", "{}", r#"{"quirk":"html-page"}"#, r#"{"quirk":"unheard-of","next":1}"#] {
        assert_eq!(ask(wrong), 400, "{wrong}");
    }
}

fn media_ids(pages: &[MaterialPage]) -> Vec<&str> {
    pages.iter().flat_map(|page| &page.items).map(|item| item.media_id.as_str()).collect()
}

#[test]
fn every_asset_is_listed_under_its_type_and_counted() {
    let client = Client::new();
    let mut listed = 0;
    for material_type in MaterialType::ALL {
        let pages = client.pages(*material_type, 20);
        let ids = media_ids(&pages);
        let own: Vec<_> = account().iter().filter(|asset| asset.material_type == *material_type).collect();
        assert!(own.iter().all(|asset| ids.contains(&asset.media_id)), "{material_type}: {ids:?}");
        assert_eq!((pages.len(), ids.len(), pages[0].total_count), (1, own.len(), own.len() as u64));
        assert!(pages[0].items.is_sorted_by(|one, next| one.update_time > next.update_time));
        listed += ids.len();
    }
    assert_eq!(listed, account().len());
    let counts = client.call(&CountMaterials).unwrap();
    assert_eq!((counts.voice, counts.video, counts.image, counts.news), (2, 2, 2, 2));
    assert!(counts.extra.is_empty());
}

#[test]
fn an_item_has_the_fields_of_its_type() {
    let client = Client::new();
    for material_type in MaterialType::ALL {
        for item in client.pages(*material_type, 20).remove(0).items {
            let is = |other: MaterialType| *material_type == other;
            assert_eq!(item.content.is_some(), is(MaterialType::News), "{item:?}");
            assert_eq!(item.name.is_empty(), is(MaterialType::News), "{item:?}");
            assert_eq!(item.url.is_empty(), !is(MaterialType::Image), "{item:?}");
            assert_eq!(item.extra.contains_key("description"), is(MaterialType::Video), "{item:?}");
            match (item.content, client.call(&GetMaterial::new(item.media_id)).unwrap()) {
                (Some(listed), Material::News(fetched)) => {
                    assert_eq!(listed, fetched);
                    assert_eq!(listed.update_time, item.update_time);
                }
                (None, Material::Video(fetched)) => assert_eq!(item.name, fetched.title),
                (None, Material::File(_)) => {}
                (listed, fetched) => panic!("{listed:?} {fetched:?}"),
            }
        }
    }
}

#[test]
fn lists_come_in_the_manner_of_assets() {
    let client = Client::new();
    let response = client.batchget("application/json", r#"{"type":"image","offset":0,"count":1}"#);
    assert_eq!(response.headers()["content-type"], "text/plain");
    let body = String::from_utf8(response.into_body()).unwrap();
    assert!(body.contains(r#""url":"http:\/\/pictures.example\/IMAGE-02"#), "{body}");
    assert!(body.ends_with(r#""item_count":1,"total_count":2}"#), "{body}");
}

#[test]
fn pages_of_any_size_make_up_the_same_list() {
    let client = Client::new();
    for material_type in MaterialType::ALL {
        let whole = client.pages(*material_type, 20);
        let (by_one, by_two) = (client.pages(*material_type, 1), client.pages(*material_type, 2));
        assert_eq!((by_one.len(), by_two.len()), (2, 1));
        assert_eq!(media_ids(&by_one), media_ids(&whole));
        assert_eq!(media_ids(&by_two), media_ids(&whole));
    }
    let beyond = client.call(&ListMaterials::new(MaterialType::Voice).offset(u64::MAX)).unwrap();
    assert_eq!((beyond.total_count, beyond.item_count, beyond.items.len()), (2, 0, 0));
}

#[test]
fn a_filled_account_takes_several_pages() {
    let client = Client::new();
    client.emulator.fill(MaterialType::Image, 45);
    client.emulator.take_exchanges();
    let pages = client.pages(MaterialType::Image, 20);
    assert_eq!(pages.iter().map(|page| page.item_count).collect::<Vec<_>>(), [20, 20, 5]);
    assert_eq!(client.emulator.take_exchanges().len(), 3);
    let names: Vec<_> = pages.iter().flat_map(|page| &page.items).map(|item| item.name.clone()).collect();
    assert_eq!(names, (0..45).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(client.pages(MaterialType::Image, 7).len(), 7);
    assert_eq!(client.pages(MaterialType::Voice, 1).len(), 2);
    assert_eq!(client.call(&CountMaterials).unwrap().image, 45);

    client.emulator.fill(MaterialType::Image, 40);
    assert_eq!(client.pages(MaterialType::Image, 20).len(), 2);
    client.emulator.fill(MaterialType::Image, 0);
    let none = client.pages(MaterialType::Image, 20);
    assert_eq!((none.len(), none[0].total_count, none[0].items.len()), (1, 0, 0));
    assert!(client.call(&GetMaterial::new("IMAGE-01")).is_ok());
}

#[test]
fn what_fills_an_account_can_be_fetched() {
    let client = Client::new();
    for material_type in MaterialType::ALL {
        client.emulator.fill(*material_type, 3);
        let item = client.pages(*material_type, 20).remove(0).items.remove(2);
        match (item.content, client.call(&GetMaterial::new(item.media_id.as_str())).unwrap()) {
            (Some(listed), Material::News(fetched)) => {
                assert_eq!(
                    (fetched.articles[0].title.as_str(), fetched.update_time),
                    ("2", item.update_time)
                );
                assert_eq!(listed, fetched);
            }
            (None, Material::Video(fetched)) => assert_eq!(fetched.title, "2"),
            (None, Material::File(_)) => assert_eq!(item.name, "2"),
            (listed, fetched) => panic!("{listed:?} {fetched:?}"),
        }
        for unknown in [item.media_id.replace('2', "3"), item.media_id.replace('2', "02")] {
            let error = client.call(&GetMaterial::new(unknown)).unwrap_err();
            assert!(matches!(&error, ApiError::Fault(fault) if fault.code.0 == 40007), "{error}");
        }
    }
}

#[test]
fn a_list_that_is_asked_for_wrongly_is_refused() {
    let client = Client::new();
    let code =
        |content_type: &str, body: &str| read(&client.batchget(content_type, body))["errcode"].as_i64();
    let json = "application/json";
    assert_eq!(code(json, r#"{"type":"image","offset":0,"count":20}"#), None);
    for wrong in
        [r#"{"type":"thumb","offset":0,"count":20}"#, r#"{"type":5,"offset":0,"count":20}"#, "{}", ""]
    {
        assert_eq!(code(json, wrong), Some(40004), "{wrong}");
    }
    assert_eq!(code("application/x-www-form-urlencoded", "type=image&offset=0&count=20"), Some(40004));
    for (offset, count) in
        [("0", "0"), ("0", "21"), ("0", "-1"), ("0", "\"20\""), ("-1", "20"), ("null", "20")]
    {
        let body = format!(r#"{{"type":"image","offset":{offset},"count":{count}}}"#);
        assert_eq!(code(json, &body), Some(47001), "{body}");
    }
    assert_eq!(code(json, r#"{"type":"#), Some(47001));
    let get = client.send("GET", "/cgi-bin/material/batchget_material?access_token=x", "", "");
    assert_eq!(read(&get)["errcode"], 43002);
}

#[test]
fn lists_and_counts_want_a_good_token() {
    let client = Client::new();
    client.emulator.accept(&AccessToken::new("old"));
    client.emulator.expire_tokens();
    let list = r#"{"type":"news","offset":0,"count":1}"#;
    for (token, code) in
        [("", 41001), ("?access_token=", 41001), ("?access_token=x", 40001), ("?access_token=old", 42001)]
    {
        let listed = client.post(&format!("/cgi-bin/material/batchget_material{token}"), list);
        let counted = client.send("GET", &format!("/cgi-bin/material/get_materialcount{token}"), "", "");
        assert_eq!((&listed["errcode"], &read(&counted)["errcode"]), (&json!(code), &json!(code)), "{token}");
    }
}

#[test]
fn lists_and_counts_misbehave_as_anything_does() {
    let client = Client::new();
    let list = ListMaterials::new(MaterialType::News);
    for (quirk, kind) in [
        (Quirk::Errcode(45009), "fault"),
        (Quirk::HtmlPage, "text"),
        (Quirk::BadGateway, "status"),
        (Quirk::EmptyBody, "empty"),
        (Quirk::OpenObject, "json"),
        (Quirk::GzipUndone, "encoded"),
        // News and a picture, where neither belongs.
        (Quirk::Comment, "shape"),
        (Quirk::NonAsciiHeaders, "shape"),
    ] {
        client.emulator.misbehave_next(2, quirk);
        let errors = (client.call(&list).unwrap_err(), client.call(&CountMaterials).unwrap_err());
        assert_eq!((errors.0.kind(), errors.1.kind()), (kind, kind), "{quirk}");
    }
    assert!(client.call(&list).is_ok() && client.call(&CountMaterials).is_ok());
}
