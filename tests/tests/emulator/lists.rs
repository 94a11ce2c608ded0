//! Lists and counts.

use serde_json::json;
use wechat_material::{
    AccessToken, ApiError, CountMaterials, GetMaterial, ListMaterials, Material, MaterialPage, MaterialType,
};
use wechat_material_testkit::{Quirk, built_in_assets};

use crate::{Client, read};

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
        let own: Vec<_> =
            built_in_assets().iter().filter(|asset| asset.material_type == *material_type).collect();
        assert!(own.iter().all(|asset| ids.contains(&asset.media_id)), "{material_type}: {ids:?}");
        assert_eq!((pages.len(), ids.len(), pages[0].total_count), (1, own.len(), own.len() as u64));
        assert!(pages[0].items.is_sorted_by(|one, next| one.update_time > next.update_time));
        listed += ids.len();
    }
    assert_eq!(listed, built_in_assets().len());
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
fn lists_have_the_same_format_as_assets() {
    let client = Client::new();
    let response = client.batchget("application/json", r#"{"type":"image","offset":0,"count":1}"#);
    assert_eq!(response.headers()["content-type"], "text/plain");
    let body = String::from_utf8(response.into_body()).unwrap();
    assert!(body.contains(r#""url":"http:\/\/pictures.example\/IMAGE-02"#), "{body}");
    assert!(body.ends_with(r#""item_count":1,"total_count":2}"#), "{body}");
}

#[test]
fn pages_of_any_size_form_the_same_list() {
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
fn a_filled_account_has_several_pages() {
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
fn generated_assets_can_be_fetched() {
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
fn a_wrong_request_for_a_list_is_refused() {
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
fn lists_and_counts_need_a_valid_token() {
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
fn quirks_apply_to_lists_and_counts() {
    let client = Client::new();
    let list = ListMaterials::new(MaterialType::News);
    for (quirk, kind) in [
        (Quirk::Errcode(45009), "fault"),
        (Quirk::HtmlPage, "text"),
        (Quirk::BadGateway, "status"),
        (Quirk::EmptyBody, "empty"),
        (Quirk::UnclosedObject, "json"),
        (Quirk::GzipHeaderOnly, "encoded"),
        // News and a picture, where a list is expected.
        (Quirk::Comment, "shape"),
        (Quirk::NonAsciiHeaders, "shape"),
    ] {
        client.emulator.misbehave_next(2, quirk);
        let errors = (client.call(&list).unwrap_err(), client.call(&CountMaterials).unwrap_err());
        assert_eq!((errors.0.kind(), errors.1.kind()), (kind, kind), "{quirk}");
    }
    assert!(client.call(&list).is_ok() && client.call(&CountMaterials).is_ok());
}
