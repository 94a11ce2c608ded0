//! An application that uses rustls and both transports with their default features.

use count::{access, assert_counted};
use loopback::Server;
use wechat_material::{CountMaterials, call, call_async};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_ureq::UreqTransport;

#[path = "../../count.rs"]
mod count;
#[path = "../../loopback.rs"]
mod loopback;
#[path = "../../rustls_client.rs"]
mod rustls_client;

fn main() {
    let server = Server::start();
    rustls_client::get(&server);
    let transport =
        UreqTransport::builder().root_certificate_pem(server.authority.as_bytes()).unwrap().build();
    assert_counted(&call(&CountMaterials, &access(&server), &transport).unwrap());
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let builder = ReqwestTransport::builder().root_certificate_pem(server.authority.as_bytes()).unwrap();
        let transport = builder.build().unwrap();
        assert_counted(&call_async(&CountMaterials, &access(&server), &transport).await.unwrap());
    });
    println!("ok");
}
