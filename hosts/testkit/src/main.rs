//! An application that uses rustls with its default features, and tests an async transport with the testkit.

use loopback::Server;
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_testkit::Emulator;
use wechat_material_testkit::conformance::{self, TestCa};

#[path = "../../loopback.rs"]
mod loopback;
#[path = "../../rustls_client.rs"]
mod rustls_client;

fn main() {
    let server = Server::start();
    rustls_client::get(&server);
    drop(Emulator::start().unwrap());
    let ca = TestCa::new().unwrap();
    let transport = ReqwestTransport::builder()
        .read_timeout(conformance::READ_TIMEOUT)
        .call_timeout(conformance::CALL_TIMEOUT)
        .max_body(conformance::MAX_BODY)
        .root_certificate_pem(ca.pem().as_bytes())
        .unwrap()
        .build()
        .unwrap();
    let report = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(conformance::check_async_with_ca(&transport, &ca));
    assert!(report.is_passed(), "{report}");
    println!("ok");
}
