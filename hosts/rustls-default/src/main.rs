//! An application that uses rustls and the blocking transport with their default features.

use count::{access, assert_counted};
use loopback::Server;
use wechat_material::{CountMaterials, call};
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
    println!("ok");
}
