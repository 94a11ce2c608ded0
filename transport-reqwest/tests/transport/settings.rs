//! Limits, and clients that were built elsewhere.

use std::net::{Ipv4Addr, TcpListener};

use wechat_material::{AsyncTransport, FailureKind};
use wechat_material_reqwest::{ReqwestError, ReqwestTransport, reqwest};

use crate::server::{bytes, response};
use crate::{builder, get, own, printed, rest, run};

#[test]
fn a_whole_body_may_be_as_long_as_the_limit() {
    let transport = builder().max_body(8).build().unwrap();
    let eight = bytes(&response("", b"12345678"));
    assert_eq!(run(transport.send(get(eight))).unwrap().body(), b"12345678");
    for head in ["", "Content-Length: 9\r\n"] {
        let nine = bytes(&response(head, b"123456789"));
        let error = run(transport.send(get(nine))).unwrap_err();
        assert!(matches!(own(&error), ReqwestError::TooLarge { limit: 8 }), "{error:?}");
        assert_eq!(error.kind(), FailureKind::Final);
        run(async {
            let mut body = transport.send_streaming(get(nine)).await.unwrap().into_body();
            assert_eq!(rest(&mut body).await.unwrap(), b"123456789");
        });
    }
}

#[test]
fn a_redirect_is_returned_and_not_followed() {
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let answer = format!("HTTP/1.1 307 X\r\nLocation: http://{closed}/\r\nContent-Length: 0\r\n\r\n");
    let address = bytes(answer.as_bytes());
    assert_eq!(run(builder().build().unwrap().send(get(address))).unwrap().status(), 307);
}

#[test]
fn a_client_that_follows_redirects_is_an_error() {
    let elsewhere = bytes(&response("Content-Length: 2\r\n", b"{}"));
    let answer = format!("HTTP/1.1 307 X\r\nLocation: http://{elsewhere}/\r\nContent-Length: 0\r\n\r\n");
    let transport = ReqwestTransport::from(plain_client(reqwest::Client::builder()));
    let error = run(transport.send(get(bytes(answer.as_bytes())))).unwrap_err();
    assert!(matches!(own(&error), ReqwestError::Redacted(_)), "{error:?}");
    assert_eq!(error.kind(), FailureKind::Final);
    assert!(!printed(&error).contains(crate::TOKEN));
}

#[test]
fn a_client_that_was_built_elsewhere_keeps_its_settings_and_can_be_limited() {
    let headers = [(reqwest::header::USER_AGENT, "elsewhere".parse().unwrap())].into_iter().collect();
    let transport = ReqwestTransport::from(plain_client(reqwest::Client::builder().default_headers(headers)));
    assert!(!format!("{transport:?}").contains("elsewhere"));
    let address = bytes(&response("Content-Length: 9\r\n", b"123456789"));
    assert_eq!(run(transport.send(get(address))).unwrap().body(), b"123456789");
    let error = run(transport.max_body(8).send(get(address))).unwrap_err();
    assert!(matches!(own(&error), ReqwestError::TooLarge { limit: 8 }), "{error:?}");
}

#[cfg(feature = "rustls-no-provider")]
pub(crate) fn client(builder: reqwest::ClientBuilder, roots: rustls::RootCertStore) -> reqwest::Client {
    let provider = rustls::crypto::aws_lc_rs::default_provider().into();
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    builder.tls_backend_preconfigured(config).no_proxy().build().unwrap()
}

pub(crate) fn plain_client(builder: reqwest::ClientBuilder) -> reqwest::Client {
    #[cfg(feature = "rustls-no-provider")]
    return client(builder, rustls::RootCertStore::empty());
    #[cfg(not(feature = "rustls-no-provider"))]
    return builder.no_proxy().build().unwrap();
}
