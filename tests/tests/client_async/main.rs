//! The async client over real sockets and over closures: tokens, retries, lists, downloads, dropped calls.

use serde_json::Value;
use tokio::runtime::Runtime;
use wechat_material::http::Response;
use wechat_material::{Credentials, Material};
use wechat_material_reqwest::{Client, ReqwestTransport};
use wechat_material_testkit::{Emulator, Exchange};

mod assets;
#[path = "../secrecy/canary.rs"]
mod canary;
mod dropped;
#[path = "../tracing/events.rs"]
mod events;
#[path = "../limited/reqwest.rs"]
mod limited;
mod polled;
mod retries;
mod secrecy;
mod sharing;
mod sources;
mod stampede;
mod tokens;
mod waits;

use waits::Waits;

pub(crate) const PICTURE: &[u8] = include_bytes!("../../../testkit/assets/picture.jpg");

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

pub(crate) fn credentials() -> Credentials {
    Credentials::new(Emulator::APP_ID, Emulator::APP_SECRET)
}

/// A client over real sockets, whose waits take no time.
pub(crate) fn client(emulator: &Emulator) -> (Client, Waits) {
    let waits = Waits::default();
    let client = Client::builder(credentials(), ReqwestTransport::new())
        .base_url(emulator.base_url())
        .runtime(waits.clone())
        .build();
    (client, waits)
}

pub(crate) fn is_for_a_token(exchange: &Exchange) -> bool {
    exchange.target.contains("token?") || exchange.target.ends_with("token")
}

/// The number of requests for a token, and the number of other requests.
pub(crate) fn counts(emulator: &Emulator) -> (usize, usize) {
    let exchanges = emulator.take_exchanges();
    let tokens = exchanges.iter().filter(|exchange| is_for_a_token(exchange)).count();
    (tokens, exchanges.len() - tokens)
}

#[track_caller]
pub(crate) fn assert_picture(material: &Material) {
    let Material::File(file) = material else { panic!("not a file: {material:?}") };
    assert_eq!(file.bytes, PICTURE);
}

pub(crate) fn answer(json: &Value) -> Response<Vec<u8>> {
    Response::new(json.to_string().into_bytes())
}
