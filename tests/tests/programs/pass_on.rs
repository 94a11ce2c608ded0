//! A web service that passes assets on without holding them: the example `web_service`.

#[path = "../../../transport-reqwest/examples/web_service.rs"]
#[expect(dead_code, reason = "an example has its own main")]
mod example;

use std::io::{self, Read};

use allocation_counter::measure;
use ureq::Agent;
use ureq::http::response::Parts;
use wechat_material::MaterialType;
use wechat_material::serde_json::{self, Value};
use wechat_material_testkit::{Account, Emulator, Quirk};

use crate::{PICTURE, async_client, runtime, serve};

/// Starts the service in this thread, and asks it for an asset in another one.
fn get(emulator: &Emulator, media_id: &str) -> (Parts, io::Result<Vec<u8>>) {
    let http: Agent = Agent::config_builder().proxy(None).http_status_as_error(false).build().into();
    runtime().block_on(async {
        let url = serve(example::service(async_client(emulator))).await + "/material/" + media_id;
        let asking = tokio::task::spawn_blocking(move || {
            let (head, body) = http.get(url).call().unwrap().into_parts();
            let mut bytes = Vec::new();
            let read = body.into_reader().read_to_end(&mut bytes);
            (head, read.map(|_| bytes))
        });
        asking.await.unwrap()
    })
}

#[test]
fn a_picture_is_passed_on_with_its_type_and_length() {
    let emulator = Emulator::start().unwrap();
    let (head, body) = get(&emulator, "IMAGE-01");
    assert_eq!(head.headers["content-type"], "image/jpeg");
    assert_eq!(head.headers["content-length"], PICTURE.len().to_string());
    assert_eq!(body.unwrap(), PICTURE);
}

#[test]
fn articles_are_passed_on_as_json() {
    let emulator = Emulator::start().unwrap();
    let (head, body) = get(&emulator, "NEWS-ONE");
    assert_eq!(head.headers["content-type"], "application/json");
    let news: Value = serde_json::from_slice(&body.unwrap()).unwrap();
    assert_eq!(news["articles"][0]["title"], "清晨的码头");
}

#[test]
fn an_unknown_id_is_not_found() {
    let emulator = Emulator::start().unwrap();
    let (head, body) = get(&emulator, "NO-SUCH-ID");
    assert_eq!(head.status, 404);
    assert!(String::from_utf8(body.unwrap()).unwrap().contains("errcode 40007"));
}

#[test]
fn a_file_that_breaks_off_breaks_the_response_off() {
    let emulator = Emulator::start().unwrap();
    emulator.misbehave_for("IMAGE-01", Quirk::TruncatedBody);
    let (head, body) = get(&emulator, "IMAGE-01");
    assert_eq!(head.status, 200);
    body.unwrap_err();
}

#[test]
fn a_long_file_takes_little_memory() {
    let bytes = [PICTURE, &vec![0; 32 << 20]].concat();
    let account = Account::new(Emulator::APP_ID, Emulator::APP_SECRET);
    let account = account.file("LONG", MaterialType::Image, "long.jpg", bytes.clone());
    let emulator = Emulator::builder().account(account).start().unwrap();
    let mut received = Ok(Vec::new());
    let allocated = measure(|| received = get(&emulator, "LONG").1);
    assert!(received.unwrap() == bytes, "other bytes arrived");
    assert!(allocated.bytes_max < 4 << 20, "{} bytes", allocated.bytes_max);
}
