//! TLS over real sockets, with certificate authorities made by the tests.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, mpsc};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use wechat_material::http::Request;
use wechat_material::{AsyncTransport, Endpoint, FailureKind, FileInfo, GetMaterial};
use wechat_material_reqwest::{ReqwestError, ReqwestTransport};

use crate::server::{self, read_request, response};
use crate::{Failed, JPEG, access, assert_fails, builder, chunk, download, own, rest, run};

type Stream = StreamOwned<ServerConnection, std::net::TcpStream>;

/// A server on loopback, and the authority that signed its certificate, as PEM.
struct Server {
    address: SocketAddr,
    authority: String,
}

impl Server {
    /// Answers one request of every connection with this function.
    fn answering(answer: impl Fn(&mut Stream) -> io::Result<()> + Send + 'static) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // OpenSSL considers a certificate self-signed if its issuer has the same name.
        params.distinguished_name.push(DnType::CommonName, "an authority");
        let authority = rcgen::CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        // All authorities have the same name, so OpenSSL needs this to find the right one.
        leaf.use_authority_key_identifier_extension = true;
        let certificate = leaf.signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config =
            ServerConfig::builder_with_provider(rustls::crypto::aws_lc_rs::default_provider().into())
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key)
                .unwrap();
        let config = Arc::new(config);
        let address = server::raw(move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
            let mut stream = StreamOwned::new(connection, stream);
            read_request(&mut stream)?;
            answer(&mut stream)
        });
        Self { address, authority: authority.pem() }
    }

    fn request(&self) -> Request<Vec<u8>> {
        GetMaterial::new("M").to_request(&access(&format!("https://{}", self.address))).unwrap()
    }

    fn trusting(&self) -> ReqwestTransport {
        builder().root_certificate_pem(self.authority.as_bytes()).unwrap().build().unwrap()
    }
}

fn answer(stream: &mut Stream) -> io::Result<()> {
    stream.write_all(&response("Content-Length: 4\r\n", JPEG))
}

#[test]
fn an_added_authority_is_trusted() {
    let server = Server::answering(answer);
    let response = run(server.trusting().send(server.request())).unwrap();
    assert_eq!(response.body(), JPEG);
}

#[test]
fn other_authorities_are_not_trusted() {
    let server = Server::answering(answer);
    let other = Server::answering(answer);
    for transport in [builder().build().unwrap(), other.trusting()] {
        assert_fails(FailureKind::Final, &transport, &server.request());
        let error = run(transport.send(server.request())).unwrap_err();
        assert!(matches!(own(&error), ReqwestError::Setup(_)), "{error:?}");
    }
}

#[test]
fn several_authorities_can_be_added_at_once_or_one_by_one() {
    let servers = [Server::answering(answer), Server::answering(answer)];
    let text = format!("{}\nwords in between\n{}", servers[0].authority, servers[1].authority);
    let at_once = builder().root_certificate_pem(text.as_bytes()).unwrap().build().unwrap();
    let one_by_one = servers
        .iter()
        .fold(builder(), |builder, server| builder.root_certificate_pem(server.authority.as_bytes()).unwrap())
        .build()
        .unwrap();
    for transport in [at_once, one_by_one] {
        for server in &servers {
            assert_eq!(run(transport.send(server.request())).unwrap().body(), JPEG);
        }
    }
}

#[test]
fn a_text_without_a_readable_certificate_is_an_error() {
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let cut = Server::answering(answer).authority.replace("-----END", "");
    for pem in ["", "words", no_certificate, &cut] {
        let error = builder().root_certificate_pem(pem.as_bytes()).unwrap_err();
        assert!(matches!(error, ReqwestError::Certificate), "{pem}: {error:?}");
    }
}

#[test]
fn a_body_without_a_length_is_complete_only_if_tls_is_closed_in_order() {
    let without_a_length = response("Content-Type: image/jpeg\r\n", JPEG);
    let begin = without_a_length.clone();
    let orderly = Server::answering(move |stream| {
        stream.write_all(&begin)?;
        stream.conn.send_close_notify();
        stream.flush()
    });
    let downloaded = run(download(&orderly.trusting(), orderly.request()));
    #[cfg(feature = "rustls-no-provider")]
    assert_eq!(downloaded.unwrap().1, JPEG);
    // The system's library does not show whether TLS was closed in order.
    #[cfg(not(feature = "rustls-no-provider"))]
    assert_end_is_uncertain(downloaded);

    let begin = without_a_length.clone();
    let cut = Server::answering(move |stream| stream.write_all(&begin));
    assert_fails(FailureKind::Interrupted, &cut.trusting(), &cut.request());

    // Once more, after the first bytes of the body have arrived.
    let (received, was_received) = mpsc::channel();
    let was_received = Mutex::new(was_received);
    let cut = Server::answering(move |stream| {
        stream.write_all(&without_a_length)?;
        was_received.lock().unwrap().recv().map_err(io::Error::other)
    });
    let transport = cut.trusting();
    run(async {
        let mut body = transport.send_streaming(cut.request()).await.unwrap().into_body();
        assert_eq!(chunk(&mut body).await.unwrap().unwrap(), JPEG);
        received.send(()).unwrap();
        let error = rest(&mut body).await.unwrap_err();
        assert_eq!(error.kind(), FailureKind::Interrupted, "{error:?}");
    });
}

fn assert_end_is_uncertain(downloaded: Result<(FileInfo, Vec<u8>), Failed>) {
    match downloaded {
        Err(Failed::Transport(error)) => {
            assert!(matches!(own(&error), ReqwestError::UncertainEnd), "{error:?}");
            assert_eq!(error.kind(), FailureKind::Interrupted);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_body_with_a_length_or_in_chunks_is_complete_even_if_tls_is_cut() {
    for whole in [
        response("Content-Length: 4\r\n", JPEG),
        response("Transfer-Encoding: chunked\r\n", b"4\r\n\xFF\xD8\xFF\xE0\r\n0\r\n\r\n"),
    ] {
        let server = Server::answering(move |stream| stream.write_all(&whole));
        let (info, file) = run(download(&server.trusting(), server.request())).unwrap();
        assert_eq!((info.length, &file[..]), (Some(4), JPEG));
    }
}

#[cfg(feature = "rustls-no-provider")]
#[test]
fn the_end_of_a_body_without_a_length_is_uncertain_if_the_client_was_built_elsewhere() {
    use rustls::pki_types::pem::PemObject;

    for (head, is_certain) in [("Content-Type: image/jpeg\r\n", false), ("Content-Length: 4\r\n", true)] {
        let answer = response(head, JPEG);
        let server = Server::answering(move |stream| {
            stream.write_all(&answer)?;
            stream.conn.send_close_notify();
            stream.flush()
        });
        let mut roots = rustls::RootCertStore::empty();
        roots.add(PemObject::from_pem_slice(server.authority.as_bytes()).unwrap()).unwrap();
        let client = crate::settings::client(wechat_material_reqwest::reqwest::Client::builder(), roots);
        let downloaded = run(download(&ReqwestTransport::from(client), server.request()));
        if is_certain {
            assert_eq!(downloaded.unwrap().1, JPEG);
        } else {
            assert_end_is_uncertain(downloaded);
        }
    }
}

#[cfg(feature = "rustls-no-provider")]
#[test]
fn the_given_crypto_provider_is_used() {
    use rustls::CipherSuite::{TLS13_AES_128_GCM_SHA256, TLS13_CHACHA20_POLY1305_SHA256};

    let (seen, suites) = mpsc::channel();
    let server = Server::answering(move |stream| {
        seen.send(stream.conn.negotiated_cipher_suite().unwrap().suite()).unwrap();
        answer(stream)
    });
    for only in [TLS13_CHACHA20_POLY1305_SHA256, TLS13_AES_128_GCM_SHA256] {
        let mut provider = rustls::crypto::aws_lc_rs::default_provider();
        provider.cipher_suites.retain(|suite| suite.suite() == only);
        let builder = ReqwestTransport::builder().crypto_provider(Arc::new(provider));
        let transport = builder.root_certificate_pem(server.authority.as_bytes()).unwrap().build().unwrap();
        run(transport.send(server.request())).unwrap();
        assert_eq!(suites.recv().unwrap(), only);
    }
}

#[cfg(any(feature = "rustls", feature = "ring"))]
#[test]
fn no_provider_is_installed_for_the_process() {
    let server = Server::answering(answer);
    run(server.trusting().send(server.request())).unwrap();
    drop(ReqwestTransport::new());
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}

#[cfg(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "ring"))))]
#[test]
fn without_a_given_provider_the_default_of_the_process_is_used() {
    let server = Server::answering(answer);
    let builder =
        || ReqwestTransport::builder().root_certificate_pem(server.authority.as_bytes()).unwrap().build();
    assert!(matches!(builder().unwrap_err(), ReqwestError::Provider));
    rustls::crypto::aws_lc_rs::default_provider().install_default().unwrap();
    run(builder().unwrap().send(server.request())).unwrap();
}
