//! TLS with rustls, an explicit crypto provider and Mozilla's root certificates.

use std::sync::Arc;

use reqwest::ClientBuilder;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::error::ReqwestError;

#[derive(Clone)]
pub(crate) struct Tls {
    roots: RootCertStore,
    provider: Option<Arc<CryptoProvider>>,
}

impl Default for Tls {
    fn default() -> Self {
        Self { roots: webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect(), provider: None }
    }
}

impl Tls {
    /// The end of a connection without `close_notify` is an error.
    pub(crate) const SHOWS_END: bool = true;

    pub(crate) fn add_roots(&mut self, pem: &[u8]) -> Result<(), ReqwestError> {
        let before = self.roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| ReqwestError::Certificate)?;
            self.roots.add(certificate).map_err(|_| ReqwestError::Certificate)?;
        }
        if self.roots.len() == before { Err(ReqwestError::Certificate) } else { Ok(()) }
    }

    pub(crate) fn set_provider(&mut self, provider: Arc<CryptoProvider>) {
        self.provider = Some(provider);
    }

    pub(crate) fn configure(self, builder: ClientBuilder) -> Result<ClientBuilder, ReqwestError> {
        let provider = self.provider.or_else(default_provider).ok_or(ReqwestError::Provider)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| ReqwestError::Provider)?
            .with_root_certificates(self.roots)
            .with_no_client_auth();
        // With this, reqwest ignores its own settings for certificates: the config contains all of them.
        Ok(builder.tls_backend_preconfigured(config))
    }
}

/// The provider that the features of this crate select. Features of rustls do not count, as another crate may have enabled
/// them.
#[cfg(feature = "rustls")]
#[expect(clippy::unnecessary_wraps, reason = "without these features there may be no provider")]
fn default_provider() -> Option<Arc<CryptoProvider>> {
    Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

#[cfg(all(feature = "ring", not(feature = "rustls")))]
#[expect(clippy::unnecessary_wraps, reason = "without these features there may be no provider")]
fn default_provider() -> Option<Arc<CryptoProvider>> {
    Some(Arc::new(rustls::crypto::ring::default_provider()))
}

#[cfg(not(any(feature = "rustls", feature = "ring")))]
fn default_provider() -> Option<Arc<CryptoProvider>> {
    CryptoProvider::get_default().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_roots_leave_the_default_ones_trusted() {
        let key = rcgen::KeyPair::generate().unwrap();
        let authority = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        let mut tls = Tls::default();
        tls.add_roots(authority.pem().as_bytes()).unwrap();
        let (added, roots) = tls.roots.roots.split_last().unwrap();
        assert_eq!(roots, webpki_roots::TLS_SERVER_ROOTS);
        assert!(!roots.contains(added));
    }
}
