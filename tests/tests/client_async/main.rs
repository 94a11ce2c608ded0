//! The async client: tokens, repetitions, lists and downloads, over real sockets and over closures.

use serde_json::Value;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Runtime;
use wechat_material::http::Response;
use wechat_material::{Credentials, Material};
use wechat_material_reqwest::{Client, ReqwestTransport};
use wechat_material_testkit::{Emulator, Exchange};

mod assets;
mod dropped;
#[path = "../told/events.rs"]
mod events;
mod polled;
mod repetitions;
mod secrecy;
mod sharing;
mod sources;
mod tokens;

pub(crate) const PICTURE: &[u8] = include_bytes!("../../../testkit/assets/picture.jpg");

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

pub(crate) fn credentials() -> Credentials {
    Credentials::new(Emulator::APP_ID, Emulator::APP_SECRET)
}

pub(crate) fn transport() -> ReqwestTransport {
    ReqwestTransport::from(ReqwestTransport::builder().timeout(Duration::from_secs(10)).build().unwrap())
}

/// A timer that is over at once, and what it was asked for.
#[derive(Clone, Default)]
pub(crate) struct Waits(Arc<Mutex<Vec<Duration>>>);

impl Waits {
    pub(crate) fn timer(&self) -> impl Fn(Duration) -> Ready<()> + Send + Sync + 'static {
        let Self(waits) = self.clone();
        move |time| {
            waits.lock().unwrap().push(time);
            ready(())
        }
    }

    pub(crate) fn take(&self) -> Vec<Duration> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A client over real sockets, whose waits take no time.
pub(crate) fn client(emulator: &Emulator) -> (Client, Waits) {
    let waits = Waits::default();
    let builder = Client::builder(credentials(), transport()).base_url(emulator.base_url());
    (builder.timer(waits.timer()).build(), waits)
}

pub(crate) fn is_for_a_token(exchange: &Exchange) -> bool {
    exchange.target.contains("token?") || exchange.target.ends_with("token")
}

/// How many calls obtained a token, and how many were others.
pub(crate) fn counts(emulator: &Emulator) -> (usize, usize) {
    let exchanges = emulator.take_exchanges();
    let tokens = exchanges.iter().filter(|exchange| is_for_a_token(exchange)).count();
    (tokens, exchanges.len() - tokens)
}

#[track_caller]
pub(crate) fn assert_picture(material: &Material) {
    let Material::File(file) = material else { panic!("no file: {material:?}") };
    assert_eq!(file.bytes, PICTURE);
}

pub(crate) fn answer(json: &Value) -> Response<Vec<u8>> {
    Response::new(json.to_string().into_bytes())
}
