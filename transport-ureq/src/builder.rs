//! The settings of the transport.

use std::fmt;
use std::time::Duration;

use ureq::unversioned::resolver::DefaultResolver;
use wechat_material::AddressError;

use crate::connection::connector;
use crate::resolver::PublicResolver;
#[cfg(feature = "_tls")]
use crate::tls::Tls;
use crate::{UreqError, UreqTransport, proxy};

/// The settings of a [`UreqTransport`]: timeouts, limits, a proxy, certificates.
///
/// ```
/// use std::time::Duration;
/// use wechat_material_ureq::UreqTransport;
///
/// let transport = UreqTransport::builder()
///     .connect_timeout(Duration::from_secs(5))
///     .proxy("http://user:password@proxy.example:3128")?
///     .max_body(8 << 20)
///     .build();
/// assert!(!format!("{transport:?}").contains("password"));
/// # Ok::<(), wechat_material_ureq::UreqError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct UreqTransportBuilder {
    connect_timeout: Duration,
    read_timeout: Duration,
    call_timeout: Duration,
    max_body: u64,
    proxy: Option<ureq::Proxy>,
    #[cfg(feature = "_tls")]
    tls: Tls,
}

impl UreqTransport {
    /// A builder, to set timeouts, limits, a proxy or certificates.
    pub fn builder() -> UreqTransportBuilder {
        UreqTransportBuilder {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(120),
            max_body: Self::MAX_BODY,
            proxy: None,
            #[cfg(feature = "_tls")]
            tls: Tls::default(),
        }
    }
}

impl UreqTransportBuilder {
    /// Sets how long the name lookup may take, and how long connecting may take, including TLS: 10 seconds each by default.
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// Sets how long the server may be silent between two bytes: 30 seconds by default.
    pub fn read_timeout(self, timeout: Duration) -> Self {
        Self { read_timeout: timeout, ..self }
    }

    /// Sets how long a whole JSON call may take: two minutes by default.
    ///
    /// A download may take any time as long as bytes arrive. Only the head of its response has this limit, and so has the time
    /// in which the server sends only framing between two bytes of the body.
    pub fn call_timeout(self, timeout: Duration) -> Self {
        Self { call_timeout: timeout, ..self }
    }

    /// Limits a body that is received as a whole, in bytes: 64 MiB by default. Downloads have no limit here.
    pub fn max_body(self, bytes: u64) -> Self {
        Self { max_body: bytes, ..self }
    }

    /// Connects through a proxy: `http://user:password@host:port`, or `https`, `socks4` or `socks5`. By default there is no
    /// proxy, and the environment is not read.
    ///
    /// With a proxy, a request that may reach only public addresses is refused, as the proxy chooses the address.
    ///
    /// # Errors
    ///
    /// [`UreqError::Proxy`], which does not print the URL.
    pub fn proxy(self, url: &str) -> Result<Self, UreqError> {
        Ok(Self { proxy: Some(proxy::parse(url).ok_or(UreqError::Proxy)?), ..self })
    }

    /// Connects without a proxy. This is the default.
    pub fn no_proxy(self) -> Self {
        Self { proxy: None, ..self }
    }

    /// Trusts one or more root certificates in PEM, in addition to Mozilla's.
    ///
    /// # Errors
    ///
    /// [`UreqError::Certificate`] if the text contains no certificate, or one that cannot be read.
    #[cfg(feature = "_tls")]
    pub fn root_certificate_pem(mut self, pem: &[u8]) -> Result<Self, UreqError> {
        self.tls.add_pem(pem).map_err(UreqError::Certificate)?;
        Ok(self)
    }

    /// Uses this crypto provider instead of the one that the features select.
    #[cfg(feature = "rustls-no-provider")]
    pub fn crypto_provider(mut self, provider: std::sync::Arc<rustls::crypto::CryptoProvider>) -> Self {
        self.tls.crypto_provider = Some(provider);
        self
    }

    /// Builds the transport.
    pub fn build(self) -> UreqTransport {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(self.proxy)
            .timeout_resolve(Some(self.connect_timeout))
            .timeout_connect(Some(self.connect_timeout))
            .timeout_per_read(Some(self.read_timeout))
            .timeout_per_write(Some(self.read_timeout))
            .timeout_global(Some(self.call_timeout));
        #[cfg(feature = "_tls")]
        let config = config.tls_config(self.tls.config());
        let config = config.build();
        let public_agent = match config.proxy() {
            Some(_) => Err(AddressError::Proxy),
            None => Ok(ureq::Agent::with_parts(config.clone(), connector(), PublicResolver::default())),
        };
        let agent = ureq::Agent::with_parts(config, connector(), DefaultResolver::default());
        UreqTransport { agent, public_agent, call_timeout: Some(self.call_timeout), max_body: self.max_body }
    }
}

/// Does not print the proxy, whose URL can contain a password.
impl fmt::Debug for UreqTransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UreqTransportBuilder").field("max_body", &self.max_body).finish_non_exhaustive()
    }
}
