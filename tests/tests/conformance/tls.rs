//! Transports whose TLS is wrong on purpose, each in one way.

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

/// Sends https over the second transport, and everything else over the first, which is right.
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
fn caught(report: &Report, rule: Rule, violation: &str) {
    assert_eq!(report.failed(), [rule], "{report}");
    let is_seen = report.findings().iter().any(|finding| {
        finding.rule == rule
            && matches!(&finding.outcome, Outcome::Failed(seen) if seen.starts_with(violation))
    });
    assert!(is_seen, "{report}");
}

/// A verifier that forgives one thing.
#[derive(Debug)]
struct Forgiving {
    strict: Arc<WebPkiServerVerifier>,
    forgives: fn(&CertificateError) -> bool,
}

impl ServerCertVerifier for Forgiving {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.strict.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(Error::InvalidCertificate(error)) if (self.forgives)(&error) => {
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

fn forgiving(ca: &TestCa, forgives: fn(&CertificateError) -> bool) -> ReqwestTransport {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ca.der().to_vec())).unwrap();
    let strict = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = Forgiving { strict: strict.build().unwrap(), forgives };
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let client = reqwest::Client::builder().tls_backend_preconfigured(config.with_no_client_auth());
    let client = client.redirect(reqwest::redirect::Policy::none()).read_timeout(READ_TIMEOUT).no_proxy();
    ReqwestTransport::from(client.build().unwrap())
}

fn caught_forgiving(forgives: fn(&CertificateError) -> bool, violation: &str) {
    let ca = TestCa::new().unwrap();
    let wrong = ForHttps(transports::reqwest(&ca), forgiving(&ca, forgives));
    let report = run(conformance::check_async_with_ca(&wrong, &ca));
    caught(&report, Rule::ChecksCertificates, violation);
}

fn is_of_another_host(error: &CertificateError) -> bool {
    matches!(error, CertificateError::NotValidForNameContext { .. })
}

fn is_expired(error: &CertificateError) -> bool {
    matches!(error, CertificateError::ExpiredContext { .. })
}

#[test]
fn a_self_signed_certificate_that_passes_is_caught() {
    let forgives = |error: &CertificateError| !is_of_another_host(error) && !is_expired(error);
    caught_forgiving(forgives, "send: a self-signed certificate: an answer with status 200");
}

#[test]
fn a_certificate_for_another_host_that_passes_is_caught() {
    caught_forgiving(is_of_another_host, "send: a certificate for another host: an answer with status 200");
}

#[test]
fn an_expired_certificate_that_passes_is_caught() {
    caught_forgiving(is_expired, "send: an expired certificate: an answer with status 200");
}

#[test]
fn tls_that_is_cut_off_and_passes_for_ended_is_caught() {
    let ca = TestCa::new().unwrap();
    let certificate = ureq::tls::Certificate::from_der(ca.der()).to_owned();
    let tls =
        ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::new_with_certs(&[certificate]));
    let agent = ureq::Agent::config_builder().tls_config(tls.build()).proxy(None).build();
    // The connections of ureq itself.
    let wrong = ForHttps(transports::ureq(&ca), UreqTransport::from(ureq::Agent::new_with_config(agent)));
    let report = conformance::check_with_ca(&wrong, &ca);
    caught(&report, Rule::DetectsBrokenConnections, "send: TLS without close_notify: ");
}

#[test]
fn a_transport_that_fails_over_tls_for_another_reason_is_caught() {
    struct Failing;
    impl Transport for Failing {
        fn send(&self, _: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
            Err(TransportError::new(FailureKind::Timeout, "no time"))
        }
    }
    let ca = TestCa::new().unwrap();
    let report = conformance::check(&ForHttps(transports::ureq(&ca), Failing));
    caught(&report, Rule::ChecksCertificates, "send: a self-signed certificate: failure: Timeout");
}
