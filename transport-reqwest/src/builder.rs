//! The settings of the transport.

use std::fmt;
#[cfg(feature = "rustls-no-provider")]
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Proxy, redirect, retry};
use wechat_material::AddressError;

use crate::error::ReqwestError;
use crate::proxy;
use crate::resolver::PublicResolver;
use crate::tls::Tls;
use crate::transport::{Limits, ReqwestTransport};

/// The settings of a [`ReqwestTransport`]: timeouts, limits, a proxy, certificates.
///
/// ```
/// # #[cfg(feature = "rustls")]
/// # fn build() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use wechat_material_reqwest::ReqwestTransport;
///
/// let transport = ReqwestTransport::builder()
///     .call_timeout(Duration::from_secs(20))
///     .proxy("http://proxy.example:3128")?
///     .build()?;
/// # let _ = transport;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct ReqwestTransportBuilder {
    connect_timeout: Duration,
    limits: Limits,
    proxy: Option<Proxy>,
    tls: Tls,
}

impl Default for ReqwestTransportBuilder {
    fn default() -> Self {
        let connect_timeout = Duration::from_secs(10);
        Self { connect_timeout, limits: Limits::default(), proxy: None, tls: Tls::default() }
    }
}

impl ReqwestTransportBuilder {
    /// How long connecting may take, name lookup and TLS included: 10 seconds by default.
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// How long the server may be silent between two pieces of a body: 30 seconds by default.
    ///
    /// The head of the response has as long altogether, connecting included.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.limits.read_timeout = timeout;
        self
    }

    /// How long a whole JSON call may take: two minutes by default. It does not apply to the body of a download, which
    /// may take as long as it moves.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.limits.call_timeout = timeout;
        self
    }

    /// The most bytes of a body that is received as a whole: 64 MiB by default. Downloads have no limit here.
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.limits.max_body = bytes;
        self
    }

    /// Connects through a proxy: `http://user:password@host:port`, or `https`, `socks4` or `socks5`. By default there is
    /// none, whatever the environment says.
    ///
    /// A request that may reach public addresses only is refused then, as the proxy chooses the address.
    ///
    /// # Errors
    ///
    /// [`ReqwestError::Proxy`], which does not print the URL.
    pub fn proxy(self, url: &str) -> Result<Self, ReqwestError> {
        Ok(Self { proxy: Some(proxy::read(url)?), ..self })
    }

    /// Connects without a proxy, as by default.
    pub fn no_proxy(self) -> Self {
        Self { proxy: None, ..self }
    }

    /// Trusts one or more certificates in PEM as roots, in addition to the default ones.
    ///
    /// # Errors
    ///
    /// [`ReqwestError::Certificate`] if there is none, or one that cannot be read.
    #[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
    pub fn root_certificate_pem(mut self, pem: &[u8]) -> Result<Self, ReqwestError> {
        self.tls.add_roots(pem)?;
        Ok(self)
    }

    /// Uses this crypto provider, whatever the features say.
    #[cfg(feature = "rustls-no-provider")]
    pub fn crypto_provider(mut self, provider: Arc<rustls::crypto::CryptoProvider>) -> Self {
        self.tls.set_provider(provider);
        self
    }

    /// Builds the transport.
    ///
    /// # Errors
    ///
    /// [`ReqwestError::Provider`] if rustls has no crypto provider, [`ReqwestError::Setup`] if the system's TLS library
    /// fails.
    pub fn build(self) -> Result<ReqwestTransport, ReqwestError> {
        let public_client = match self.proxy {
            Some(_) => Err(AddressError::Proxy),
            None => Ok(self.clone().client(Client::builder().dns_resolver(PublicResolver))?),
        };
        let limits = self.limits;
        let client = self.client(Client::builder())?;
        Ok(ReqwestTransport::with_limits(client, public_client, limits, Tls::SHOWS_END))
    }

    fn client(self, builder: ClientBuilder) -> Result<Client, ReqwestError> {
        // Reqwest has features that change its defaults, and any crate in a program can switch them on. So what matters
        // here is set explicitly.
        let builder = builder
            .connect_timeout(self.connect_timeout)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .http1_only()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate();
        let builder = match self.proxy {
            Some(proxy) => builder.proxy(proxy),
            None => builder.no_proxy(),
        };
        self.tls.configure(builder)?.build().map_err(ReqwestError::Setup)
    }
}

/// Without the URL of the proxy, which can hold a password.
impl fmt::Debug for ReqwestTransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransportBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("limits", &self.limits)
            .field("has_proxy", &self.proxy.is_some())
            .finish_non_exhaustive()
    }
}
