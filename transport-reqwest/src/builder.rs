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
    /// Sets how long connecting may take, including name lookup and TLS: 10 seconds by default.
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// Sets how long the server may be silent between two bytes: 30 seconds by default.
    ///
    /// This is also the limit for the whole head of the response, including the time to connect.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.limits.read_timeout = timeout;
        self
    }

    /// Sets how long a whole JSON call may take: two minutes by default.
    ///
    /// A download may take any time as long as bytes arrive. Only the head of its response has this limit.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.limits.call_timeout = timeout;
        self
    }

    /// Limits a body that is received as a whole, in bytes: 64 MiB by default. Downloads have no limit here.
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.limits.max_body = bytes;
        self
    }

    /// Connects through a proxy: `http://user:password@host:port`, or `https`, `socks4` or `socks5`. By default there is no
    /// proxy, and the environment is not read.
    ///
    /// With a proxy, a request that may reach only public addresses is refused, as the proxy chooses the address.
    ///
    /// # Errors
    ///
    /// [`ReqwestError::Proxy`], which does not print the URL.
    pub fn proxy(self, url: &str) -> Result<Self, ReqwestError> {
        Ok(Self { proxy: Some(proxy::read(url)?), ..self })
    }

    /// Connects without a proxy. This is the default.
    pub fn no_proxy(self) -> Self {
        Self { proxy: None, ..self }
    }

    /// Trusts one or more root certificates in PEM, in addition to the default ones.
    ///
    /// # Errors
    ///
    /// [`ReqwestError::Certificate`] if the text contains no certificate, or one that cannot be read.
    #[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
    pub fn root_certificate_pem(mut self, pem: &[u8]) -> Result<Self, ReqwestError> {
        self.tls.add_roots(pem)?;
        Ok(self)
    }

    /// Uses this crypto provider instead of the one that the features select.
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
        // Reqwest has features that change its defaults, and any crate in a program can enable them. So every setting that
        // matters here is explicit.
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

/// Does not print the URL of the proxy, which can contain a password.
impl fmt::Debug for ReqwestTransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransportBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("limits", &self.limits)
            .field("has_proxy", &self.proxy.is_some())
            .finish_non_exhaustive()
    }
}
