//! The async transport with a limit to everything, downloads included: no call goes on for as long as it is fed.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_reqwest::reqwest::{Client, redirect};

pub(crate) fn transport(time: Duration, max_body: u64) -> ReqwestTransport {
    // Without it, reqwest looks for a crypto provider of the process.
    let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider knows TLS")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let client = Client::builder()
        .timeout(time)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .tls_backend_preconfigured(tls)
        .build()
        .expect("the TLS is set up");
    ReqwestTransport::from(client).max_body(max_body)
}
