//! Transports with faulty TLS, each with one fault.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use wechat_material::driver::{AsyncBody, Body};
use wechat_material::http::{Request, Response};
use wechat_material::{AsyncTransport, FailureKind, Transport, TransportError};
use wechat_material_reqwest::{ReqwestTransport, reqwest};
use wechat_material_testkit::conformance::{self, Outcome, READ_TIMEOUT, Report, Rule, TestCa};
use wechat_material_ureq::{UreqTransport, ureq};

use crate::{run, transports};

/// Sends https requests over the second transport, and other requests over the first, which is correct.
struct ForHttps<H, S>(H, S);

fn is_https(request: &Request<Vec<u8>>) -> bool {
    request.uri().scheme_str() == Some("https")
}

impl<H: Transport, S: Transport> Transport for ForHttps<H, S> {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        if is_https(&request) { self.1.send(request) } else { self.0.send(request) }
    }

    fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
        if is_https(&request) { self.1.send_streaming(request) } else { self.0.send_streaming(request) }
    }
}

impl<H: AsyncTransport + Sync, S: AsyncTransport + Sync> AsyncTransport for ForHttps<H, S> {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        if is_https(&request) { self.1.send(request).await } else { self.0.send(request).await }
    }

    async fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<AsyncBody>, TransportError> {
        let is_https = is_https(&request);
        if is_https { self.1.send_streaming(request).await } else { self.0.send_streaming(request).await }
    }
}

#[track_caller]
fn assert_caught(report: &Report, rule: Rule, violation: &str) {
    assert_eq!(report.failed(), [rule], "{report}");
    let is_seen = report.findings().iter().any(|finding| {
        finding.rule == rule
            && matches!(&finding.outcome, Outcome::Failed(seen) if seen.starts_with(violation))
    });
    assert!(is_seen, "{report}");
}

/// A verifier that ignores one kind of error.
#[derive(Debug)]
struct Lenient {
    strict: Arc<WebPkiServerVerifier>,
    ignores: fn(&CertificateError) -> bool,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.strict.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(Error::InvalidCertificate(error)) if (self.ignores)(&error) => {
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}

fn lenient(ca: &TestCa, ignores: fn(&CertificateError) -> bool) -> ReqwestTransport {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ca.der().to_vec())).unwrap();
    let strict = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = Lenient { strict: strict.build().unwrap(), ignores };
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let client = reqwest::Client::builder().tls_backend_preconfigured(config.with_no_client_auth());
    let client = client.redirect(reqwest::redirect::Policy::none()).read_timeout(READ_TIMEOUT).no_proxy();
    ReqwestTransport::from(client.build().unwrap())
}

fn assert_lenient_is_caught(ignores: fn(&CertificateError) -> bool, violation: &str) {
    let ca = TestCa::new().unwrap();
    let wrong = ForHttps(transports::reqwest(&ca), lenient(&ca, ignores));
    let report = run(conformance::check_async_with_ca(&wrong, &ca));
    assert_caught(&report, Rule::ChecksCertificates, violation);
}

fn is_of_another_host(error: &CertificateError) -> bool {
    matches!(error, CertificateError::NotValidForNameContext { .. })
}

fn is_expired(error: &CertificateError) -> bool {
    matches!(error, CertificateError::ExpiredContext { .. })
}

#[test]
fn accepting_a_self_signed_certificate_is_caught() {
    let ignores = |error: &CertificateError| !is_of_another_host(error) && !is_expired(error);
    assert_lenient_is_caught(
        ignores,
        "send: a self-signed certificate: expected an error, got a response with status 200",
    );
}

#[test]
fn accepting_a_certificate_for_another_host_is_caught() {
    assert_lenient_is_caught(
        is_of_another_host,
        "send: a certificate for another host: expected an error, got a response with status 200",
    );
}

#[test]
fn accepting_an_expired_certificate_is_caught() {
    assert_lenient_is_caught(
        is_expired,
        "send: an expired certificate: expected an error, got a response with status 200",
    );
}

#[test]
fn accepting_tls_without_close_notify_is_caught() {
    let ca = TestCa::new().unwrap();
    let certificate = ureq::tls::Certificate::from_der(ca.der()).to_owned();
    let tls =
        ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::new_with_certs(&[certificate]));
    let agent = ureq::Agent::config_builder().tls_config(tls.build()).proxy(None).build();
    // This agent uses the connections of ureq itself.
    let wrong = ForHttps(transports::ureq(&ca), UreqTransport::from(ureq::Agent::new_with_config(agent)));
    let report = conformance::check_with_ca(&wrong, &ca);
    assert_caught(&report, Rule::DetectsBrokenConnections, "send: TLS without close_notify: ");
}

#[test]
fn failing_over_tls_for_another_reason_is_caught() {
    struct Failing;
    impl Transport for Failing {
        fn send(&self, _: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
            Err(TransportError::new(FailureKind::Timeout, "no time"))
        }
    }
    let ca = TestCa::new().unwrap();
    let report = conformance::check(&ForHttps(transports::ureq(&ca), Failing));
    assert_caught(
        &report,
        Rule::ChecksCertificates,
        "send: a self-signed certificate: failure: expected Final, got Timeout",
    );
}
