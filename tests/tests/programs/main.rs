//! Small programs as a new user would write them, run against the emulator over real HTTP. Each module begins with its
//! program, or includes an example, and ends with its tests.

use axum::Router;
use tokio::runtime::Runtime;
use wechat_material::Credentials;
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_testkit::{Emulator, Exchange};
use wechat_material_ureq::UreqTransport;

mod calls_elsewhere;
mod metrics;
mod nightly_job;
mod no_sleep;
mod no_tokio;
mod one_call;
mod own_endpoint;
mod pass_on;
mod shared_token;
mod videos;

const PICTURE: &[u8] = include_bytes!("../../../testkit/assets/picture.jpg");

fn credentials() -> Credentials {
    Credentials::new(Emulator::APP_ID, Emulator::APP_SECRET)
}

fn builder(emulator: &Emulator) -> wechat_material_ureq::ClientBuilder {
    wechat_material_ureq::Client::builder(credentials(), UreqTransport::new()).base_url(emulator.base_url())
}

fn blocking_client(emulator: &Emulator) -> wechat_material_ureq::Client {
    builder(emulator).build()
}

fn async_client(emulator: &Emulator) -> wechat_material_reqwest::Client {
    let transport = ReqwestTransport::new();
    wechat_material_reqwest::Client::builder(credentials(), transport).base_url(emulator.base_url()).build()
}

/// All tasks run in the thread that blocks on one of them.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Serves on a free port for as long as the runtime lives, and returns the URL.
async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

fn is_for_a_token(exchange: &Exchange) -> bool {
    exchange.target.ends_with("/cgi-bin/stable_token")
}
