//! A certificate authority for tests.

use std::fmt;
use std::io;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A certificate authority for the conformance suite. Only the transport under test should ever trust it.
///
/// The suite needs it to test how a transport handles a TLS connection that ends without `close_notify`, a certificate
/// for another host, and an expired certificate.
///
/// ```
/// use wechat_material::Transport;
/// use wechat_material_testkit::conformance::{self, TestCa};
///
/// fn my_transport_conforms<T: Transport + Sync>(my_transport_that_trusts: impl Fn(&str) -> T) {
///     let ca = TestCa::new().unwrap();
///     let report = conformance::check_with_ca(&my_transport_that_trusts(&ca.pem()), &ca);
///     assert!(report.is_passed(), "{report}");
/// }
/// ```
pub struct TestCa(CertifiedIssuer<'static, KeyPair>);

/// What is wrong with a certificate for 127.0.0.1.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    OtherHost,
    Expired,
}

impl TestCa {
    /// Generates a new certificate authority.
    ///
    /// # Errors
    ///
    /// If the system cannot provide randomness.
    pub fn new() -> io::Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        Ok(Self(CertifiedIssuer::self_signed(params, key).map_err(io::Error::other)?))
    }

    /// Its certificate in PEM format.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Its certificate in DER format.
    pub fn der(&self) -> &[u8] {
        self.0.der()
    }

    /// The configuration of a server with a certificate from this authority.
    pub(super) fn server_config(&self, flaw: Option<Flaw>) -> io::Result<ServerConfig> {
        let name = if flaw == Some(Flaw::OtherHost) { "elsewhere.invalid" } else { "127.0.0.1" };
        let mut params = CertificateParams::new([name.to_owned()]).map_err(io::Error::other)?;
        if flaw == Some(Flaw::Expired) {
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2001, 12, 31);
        }
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &self.0).map_err(io::Error::other)?;
        server_config(certificate.der().clone(), &key)
    }
}

impl fmt::Debug for TestCa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestCa")
    }
}

/// The configuration of a server with a self-signed certificate.
pub(super) fn self_signed_config() -> io::Result<ServerConfig> {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certified = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
    server_config(certified.cert.der().clone(), &certified.signing_key)
}

fn server_config(certificate: CertificateDer<'static>, key: &KeyPair) -> io::Result<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate], key));
    config.map_err(io::Error::other)
}

/// Passed to rustls explicitly: if an application enables both providers, rustls does not choose a default.
#[cfg(feature = "rustls")]
fn provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

#[cfg(not(feature = "rustls"))]
fn provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}
