//! An application that uses reqwest and the async transport with their default features.

use count::{access, assert_counted};
use loopback::Server;
use wechat_material::{CountMaterials, call_async};
use wechat_material_reqwest::ReqwestTransport;

#[path = "../../count.rs"]
mod count;
#[path = "../../loopback.rs"]
mod loopback;

fn main() {
    let server = Server::start();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let authority = reqwest::Certificate::from_pem(server.authority.as_bytes()).unwrap();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap();
        assert_eq!(client.get(format!("https://{}", server.address)).send().await.unwrap().status(), 200);
        let builder = ReqwestTransport::builder().root_certificate_pem(server.authority.as_bytes()).unwrap();
        let transport = builder.build().unwrap();
        assert_counted(&call_async(&CountMaterials, &access(&server), &transport).await.unwrap());
    });
    println!("ok");
}
