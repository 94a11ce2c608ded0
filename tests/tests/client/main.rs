//! The blocking client over real sockets: tokens, retries, threads, lists and downloads.

use std::time::Duration;

use wechat_material::{Credentials, Material, RetryPolicy};
use wechat_material_client::blocking::ClientBuilder;
use wechat_material_testkit::{Emulator, Exchange};
use wechat_material_ureq::{Client, UreqTransport};

mod assets;
#[path = "../limited/ureq.rs"]
mod limited;
mod retries;
mod sources;
mod threads;
mod tokens;

const PICTURE: &[u8] = include_bytes!("../../../testkit/assets/picture.jpg");

fn credentials() -> Credentials {
    Credentials::new(Emulator::APP_ID, Emulator::APP_SECRET)
}

/// A policy with very short waits.
fn quick() -> RetryPolicy {
    RetryPolicy::default().backoff(Duration::from_micros(10), Duration::from_micros(100))
}

fn builder(emulator: &Emulator) -> ClientBuilder<UreqTransport> {
    Client::builder(credentials(), UreqTransport::new()).base_url(emulator.base_url()).retry(quick())
}

fn client(emulator: &Emulator) -> Client {
    builder(emulator).build()
}

fn is_for_a_token(exchange: &Exchange) -> bool {
    exchange.target.contains("token?") || exchange.target.ends_with("token")
}

/// The number of requests for a token, and the number of other requests.
fn counts(emulator: &Emulator) -> (usize, usize) {
    let exchanges = emulator.take_exchanges();
    let tokens = exchanges.iter().filter(|exchange| is_for_a_token(exchange)).count();
    (tokens, exchanges.len() - tokens)
}

#[track_caller]
fn assert_picture(material: &Material) {
    let Material::File(file) = material else { panic!("not a file: {material:?}") };
    assert_eq!(file.bytes, PICTURE);
}
