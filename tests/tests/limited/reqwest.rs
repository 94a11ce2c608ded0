//! The async transport with a total time limit for every call, including downloads.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_reqwest::reqwest::{Client, redirect};

pub(crate) fn transport(time: Duration, max_body: u64) -> ReqwestTransport {
    // Without this, reqwest uses the default crypto provider of the process.
    let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider supports TLS")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let client = Client::builder()
        .timeout(time)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .tls_backend_preconfigured(tls)
        .build()
        .expect("TLS is configured");
    ReqwestTransport::from(client).max_body(max_body)
}
