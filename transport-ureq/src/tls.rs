//! Configures ureq's TLS. Everything is passed explicitly, and nothing is installed for the process.

#[cfg(feature = "rustls-no-provider")]
use std::sync::Arc;

#[cfg(feature = "rustls-no-provider")]
use rustls::crypto::CryptoProvider;
use ureq::Error;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;
#[cfg(feature = "rustls-no-provider")]
use wechat_material::http::{Uri, uri::Scheme};

/// The TLS settings of a builder.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    certificates: Vec<Certificate<'static>>,
    #[cfg(feature = "rustls-no-provider")]
    pub(crate) crypto_provider: Option<Arc<CryptoProvider>>,
}

impl Tls {
    /// Adds root certificates.
    pub(crate) fn add_pem(&mut self, pem: &[u8]) -> Result<(), Error> {
        let known = self.certificates.len();
        for item in parse_pem(pem) {
            if let PemItem::Certificate(certificate) = item? {
                check(&certificate)?;
                self.certificates.push(certificate);
            }
        }
        if self.certificates.len() == known {
            return Err(Error::Tls("it contains no certificate"));
        }
        Ok(())
    }

    pub(crate) fn config(self) -> TlsConfig {
        let config = TlsConfig::builder().provider(LIBRARY);
        #[cfg(feature = "rustls-no-provider")]
        let config = match self.crypto_provider.or_else(crypto_provider) {
            Some(provider) => config.unversioned_rustls_crypto_provider(provider),
            None => config,
        };
        if self.certificates.is_empty() {
            return config.build();
        }
        let mozilla = TLS_SERVER_ROOT_CERTS.iter().map(|root| Certificate::from_der(root));
        config.root_certs(RootCerts::from(mozilla.chain(self.certificates))).build()
    }
}

#[cfg(feature = "rustls-no-provider")]
const LIBRARY: TlsProvider = TlsProvider::Rustls;
#[cfg(not(feature = "rustls-no-provider"))]
const LIBRARY: TlsProvider = TlsProvider::NativeTls;

/// Refuses a certificate that cannot be a root. ureq would ignore it silently.
fn check(certificate: &Certificate<'_>) -> Result<(), Error> {
    #[cfg(feature = "rustls-no-provider")]
    rustls::RootCertStore::empty().add(certificate.der().into())?;
    #[cfg(not(feature = "rustls-no-provider"))]
    native_tls::Certificate::from_der(certificate.der())?;
    Ok(())
}

/// The provider that the features of this crate select.
#[cfg(feature = "rustls-no-provider")]
const PROVIDER: Option<fn() -> CryptoProvider> = {
    #[cfg(feature = "rustls")]
    {
        Some(rustls::crypto::aws_lc_rs::default_provider)
    }
    #[cfg(all(feature = "ring", not(feature = "rustls")))]
    {
        Some(rustls::crypto::ring::default_provider)
    }
    #[cfg(not(any(feature = "ring", feature = "rustls")))]
    {
        None
    }
};

/// [`PROVIDER`], or the default provider of the process.
#[cfg(feature = "rustls-no-provider")]
fn crypto_provider() -> Option<Arc<CryptoProvider>> {
    let named = PROVIDER.map(|provider| Arc::new(provider()));
    named.or_else(|| CryptoProvider::get_default().cloned())
}

/// Whether ureq would find no crypto provider with this configuration.
#[cfg(feature = "rustls-no-provider")]
fn lacks_provider(config: &TlsConfig) -> bool {
    config.provider() == TlsProvider::Rustls
        && config.unversioned_rustls_crypto_provider().is_none()
        && CryptoProvider::get_default().is_none()
}

/// Returns an error where ureq would panic.
#[cfg(feature = "rustls-no-provider")]
pub(crate) fn check_provider(config: &TlsConfig) -> Result<(), Error> {
    if lacks_provider(config) {
        return Err(Error::Tls(
            "no crypto provider: pass one to the builder, or install one for the process",
        ));
    }
    Ok(())
}

/// The TLS configuration of an agent that was built elsewhere, completed with a crypto provider if this URL needs one.
#[cfg(feature = "rustls-no-provider")]
pub(crate) fn with_provider(agent: &ureq::Agent, url: &Uri) -> Option<TlsConfig> {
    let config = agent.config().tls_config();
    let lacks_one = url.scheme() == Some(&Scheme::HTTPS) && lacks_provider(config);
    let provider = lacks_one.then(crypto_provider)??;
    let complete = TlsConfig::builder()
        .provider(config.provider())
        .client_cert(config.client_cert().cloned())
        .root_certs(config.root_certs().clone())
        .use_sni(config.use_sni())
        .disable_verification(config.disable_verification())
        .unversioned_rustls_crypto_provider(provider);
    Some(complete.build())
}
