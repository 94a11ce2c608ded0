//! Several accounts, each with its own assets.

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::json;
use wechat_material::{
    AccessToken, ApiError, CountMaterials, FileType, GetMaterial, ListMaterials, Material, MaterialType,
    StableToken, call,
};
use wechat_material_testkit::{Account, Emulator};

use crate::Client;

fn two_accounts() -> Client {
    let article = json!({ "title": "The harbour", "content": "<p>Fog.</p>" });
    let one = Account::new("wx-one", "secret-one")
        .news("HARBOUR", json!({ "news_item": [article], "create_time": 1, "update_time": 2 }))
        .video(
            "FERRY",
            json!({ "title": "The ferry", "description": "", "down_url": "http://example.com/1" }),
        )
        .file("BOAT", MaterialType::Image, "船.jpg", b"\xFF\xD8\xFF\xE0...")
        .file("BUOY", MaterialType::Image, "buoy.png", b"\x89PNG\r\n\x1A\n");
    let two = Account::new("wx-two", "secret-two").with_built_in_assets();
    Client::with_emulator(Emulator::builder().account(one).account(two).start().unwrap())
}

fn code<T>(outcome: Result<T, ApiError>) -> Option<i64> {
    outcome.err().map(|error| error.fault().unwrap().code.0)
}

#[test]
fn each_account_serves_its_own_assets() {
    let client = two_accounts();
    let one = client.emulator.access();
    let two = client.emulator.account("wx-two").unwrap().access();
    let fetched = |media_id: &str| client.call_with(&one, &GetMaterial::new(media_id)).unwrap();
    let Material::News(news) = fetched("HARBOUR") else { panic!("not news") };
    assert_eq!((news.articles[0].title.as_str(), news.update_time), ("The harbour", Some(2)));
    let Material::Video(video) = fetched("FERRY") else { panic!("not a video") };
    assert_eq!(video.title, "The ferry");
    let Material::File(file) = fetched("BOAT") else { panic!("not a file") };
    assert_eq!(
        (file.info.file_type(), file.bytes.as_slice()),
        (Some(FileType::Jpeg), &b"\xFF\xD8\xFF\xE0..."[..])
    );
    assert_eq!(file.info.file_name.as_deref(), Some("船.jpg"));
    assert_eq!(code(client.call_with(&two, &GetMaterial::new("BOAT"))), Some(40007));
    assert_eq!(code(client.call_with(&one, &GetMaterial::new("IMAGE-01"))), Some(40007));
    assert_eq!(code(client.call_with(&two, &GetMaterial::new("IMAGE-01"))), None);
}

#[test]
fn each_account_lists_and_counts_its_own_assets() {
    let client = two_accounts();
    let two = client.emulator.account("wx-two").unwrap();
    let counts = client.call(&CountMaterials).unwrap();
    assert_eq!((counts.news, counts.video, counts.image, counts.voice), (1, 1, 2, 0));
    let page = client.call(&ListMaterials::new(MaterialType::Image)).unwrap();
    let listed: Vec<_> = page.items.iter().map(|item| (item.media_id.as_str(), item.name.as_str())).collect();
    assert_eq!(listed, [("BUOY", "buoy.png"), ("BOAT", "船.jpg")]);
    two.fill(MaterialType::Image, 30);
    let counts = client.call_with(&two.access(), &CountMaterials).unwrap();
    assert_eq!((counts.image, counts.voice), (30, 2));
    assert_eq!(client.call(&CountMaterials).unwrap().image, 2);
}

#[test]
fn an_account_without_assets_can_be_filled() {
    let client = Client::with_emulator(
        Emulator::builder().account(Account::new("wx-one", "secret-one")).start().unwrap(),
    );
    assert_eq!(client.call(&ListMaterials::new(MaterialType::Image)).unwrap().items.len(), 0);
    client.emulator.fill(MaterialType::Image, 3);
    let page = client.call(&ListMaterials::new(MaterialType::Image)).unwrap();
    assert_eq!((page.total_count, page.items.len()), (3, 3));
    assert!(client.call(&GetMaterial::new(page.items[2].media_id.as_str())).is_ok());
}

#[test]
fn each_account_has_its_own_credentials_and_tokens() {
    let client = two_accounts();
    let account = |app_id: &str| client.emulator.account(app_id).unwrap();
    let (one, two) = (account("wx-one"), account("wx-two"));
    assert!(client.emulator.account(Emulator::APP_ID).is_none());
    assert_eq!(one.token().expose(), client.emulator.token().expose());
    assert_ne!(one.token().expose(), two.token().expose());
    for account in [one, two] {
        let credentials = account.credentials();
        let issued = call(&StableToken::new(&credentials), &client.emulator.base_url(), &client.transport);
        assert_eq!(issued.unwrap().token.expose(), account.token().expose());
    }
    let ask = |app_id: &str, secret: &str| {
        let body = json!({ "grant_type": "client_credential", "appid": app_id, "secret": secret });
        client.post("/cgi-bin/stable_token", &body.to_string())["errcode"].as_i64()
    };
    assert_eq!(ask("wx-one", "secret-one"), None);
    assert_eq!(ask("wx-one", "secret-two"), Some(40125));
    assert_eq!(ask(Emulator::APP_ID, Emulator::APP_SECRET), Some(40013));
}

#[test]
fn the_tokens_of_one_account_expire_without_those_of_the_other() {
    let client = two_accounts();
    let two = client.emulator.account("wx-two").unwrap();
    let (access_one, access_two) = (client.emulator.access(), two.access());
    two.expire_tokens();
    assert_eq!(code(client.call_with(&access_two, &CountMaterials)), Some(42001));
    assert_eq!(code(client.call_with(&access_one, &CountMaterials)), None);
    two.accept(&AccessToken::new("mine"));
    assert_eq!(client.code_with("mine"), 0);
    // All accounts share the clock of the emulator.
    client.emulator.advance(Duration::from_secs(7200));
    assert_eq!(client.code_with("mine"), 42001);
    assert_eq!(code(client.call_with(&access_one, &CountMaterials)), Some(42001));
}

#[test]
fn two_accounts_cannot_have_one_app_id() {
    let account = || Account::new("wx-one", "secret-one");
    let error = Emulator::builder().account(account()).account(account()).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn accounts_do_not_print_their_secrets() {
    let account = Account::new("wx-one", "CANARY");
    let builder = Emulator::builder().account(account.clone());
    let printed = format!("{account:?} {builder:?}");
    let emulator = builder.start().unwrap();
    let served = emulator.account("wx-one").unwrap();
    let printed = format!("{printed} {emulator:?} {served:?} {:?}", served.credentials());
    assert!(printed.contains("wx-one") && !printed.contains("CANARY"), "{printed}");
    assert!(!printed.contains(emulator.token().expose()), "{printed}");
}
