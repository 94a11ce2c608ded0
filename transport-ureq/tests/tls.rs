//! TLS: trusted certificates and crypto providers.
#![cfg(feature = "_tls")]

use std::io::Write;

use wechat_material::{FailureKind, Transport};
use wechat_material_ureq::UreqError;

mod server;

use self::server::tls::{Authority, builder};
use self::server::{end, get, read_head, serve};

const WHOLE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// Serves `{}` over this many TLS connections, with this many requests each.
fn url(authority: &Authority, connections: usize, requests: usize) -> String {
    let accept = authority.acceptor();
    let address = serve(connections, move |stream| {
        let mut stream = accept(stream);
        for _ in 0..requests {
            // A client that does not trust the certificate ends the handshake.
            if stream.conn.complete_io(&mut stream.sock).is_err() {
                return;
            }
            read_head(&mut stream);
            stream.write_all(WHOLE).unwrap();
            stream.flush().unwrap();
        }
        end(stream.sock);
    });
    format!("https://{address}/")
}

#[test]
fn an_added_root_certificate_is_trusted_and_the_connection_is_reused() {
    let authority = Authority::new();
    let url = url(&authority, 1, 3);
    let transport = authority.trusted().build();
    for _ in 0..2 {
        assert_eq!(transport.send(get(&url)).unwrap().body(), b"{}");
    }
    let mut body = Vec::new();
    std::io::copy(&mut transport.send_streaming(get(&url)).unwrap().into_body(), &mut body).unwrap();
    assert_eq!(body, b"{}");
}

#[test]
fn a_certificate_from_an_unknown_authority_is_a_final_failure() {
    let (authority, other) = (Authority::new(), Authority::new());
    let url = url(&authority, 2, 1);
    for transport in [builder().build(), other.trusted().build()] {
        let error = transport.send(get(&url)).unwrap_err();
        assert_eq!(error.kind(), FailureKind::Final, "{error:?}");
    }
}

#[test]
fn several_root_certificates_can_be_added() {
    let (first, second) = (Authority::new(), Authority::new());
    let both = format!("{}{}", first.pem, second.pem);
    let transport = builder().root_certificate_pem(both.as_bytes()).unwrap().build();
    for authority in [first, second] {
        assert_eq!(transport.send(get(&url(&authority, 1, 1))).unwrap().body(), b"{}");
    }
}

#[test]
fn a_root_certificate_that_cannot_be_read_is_refused() {
    const NOT_X509: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const NOT_BASE64: &str = "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n";
    for pem in ["", "words", NOT_BASE64, NOT_X509] {
        let error = builder().root_certificate_pem(pem.as_bytes()).unwrap_err();
        assert!(matches!(error, UreqError::Certificate(_)), "{pem}: {error:?}");
    }
}

#[cfg(feature = "rustls-no-provider")]
mod provider {
    use std::sync::{Arc, mpsc};

    use rustls::crypto::{CryptoProvider, aws_lc_rs};
    use wechat_material_ureq::UreqTransport;
    #[cfg(any(feature = "rustls", feature = "ring"))]
    use wechat_material_ureq::ureq::{self, tls::*};

    use super::*;

    #[test]
    fn the_given_crypto_provider_is_used_and_none_is_installed() {
        let authority = Authority::new();
        let accept = authority.acceptor();
        let (report, suite) = mpsc::channel();
        let address = serve(1, move |stream| {
            let mut stream = accept(stream);
            read_head(&mut stream);
            report.send(stream.conn.negotiated_cipher_suite().unwrap().suite()).unwrap();
            stream.write_all(WHOLE).unwrap();
            end(stream.sock);
        });
        let only = aws_lc_rs::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256;
        let provider = CryptoProvider { cipher_suites: vec![only], ..aws_lc_rs::default_provider() };
        let transport = authority.trusted().crypto_provider(Arc::new(provider)).build();
        transport.send(get(&format!("https://{address}/"))).unwrap();
        assert_eq!(suite.recv().unwrap(), only.suite());
        assert!(CryptoProvider::get_default().is_none());
    }

    #[cfg(any(feature = "rustls", feature = "ring"))]
    #[test]
    fn an_agent_without_a_crypto_provider_gets_one() {
        let authority = Authority::new();
        let root = Certificate::from_pem(authority.pem.as_bytes()).unwrap();
        let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[root])).build();
        let config = ureq::Agent::config_builder().tls_config(tls).proxy(None).build();
        let transport = UreqTransport::from(ureq::Agent::new_with_config(config));
        assert_eq!(transport.send(get(&url(&authority, 1, 1))).unwrap().body(), b"{}");
    }

    #[cfg(not(any(feature = "rustls", feature = "ring")))]
    #[test]
    fn https_without_a_crypto_provider_is_an_error() {
        let error = UreqTransport::new().send(get(&url(&Authority::new(), 1, 1))).unwrap_err();
        assert_eq!(error.kind(), FailureKind::Final, "{error:?}");
    }
}
