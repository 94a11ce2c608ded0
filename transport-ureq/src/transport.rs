//! The transport, a thin layer over `ureq::Agent`.

use std::fmt;
use std::time::Duration;

use wechat_material::driver::Body;
use wechat_material::http::{Request, Response};
use wechat_material::{AddressError, AddressPolicy, Transport, TransportError};

use crate::body::Streamed;
use crate::error::UreqError;

/// The blocking transport, on ureq. It is cheap to clone; clones share their connections.
///
/// It returns every status as a response and follows no redirect, as the URL contains the token. This also holds for an
/// agent with other settings. A transport from [`new`](UreqTransport::new) or [`builder`](UreqTransport::builder) enforces the
/// [`AddressPolicy`] of a request.
#[derive(Clone)]
pub struct UreqTransport {
    pub(crate) agent: ureq::Agent,
    /// The agent for requests that may reach only public addresses, or why there is none. It shares no connections.
    pub(crate) public_agent: Result<ureq::Agent, AddressError>,
    /// The timeout of a JSON call. An agent that was built elsewhere has its own timeouts.
    pub(crate) call_timeout: Option<Duration>,
    pub(crate) max_body: u64,
}

impl UreqTransport {
    /// The default limit of a body that is received as a whole, in bytes: 64 MiB.
    pub const MAX_BODY: u64 = 64 << 20;

    /// A transport with the default settings of the [`builder`](Self::builder).
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Limits a body that is received as a whole, in bytes. Downloads have no limit here.
    #[must_use]
    pub fn max_body(self, bytes: u64) -> Self {
        Self { max_body: bytes, ..self }
    }

    fn agent_for(&self, request: &Request<Vec<u8>>) -> Result<&ureq::Agent, UreqError> {
        match AddressPolicy::for_request(request) {
            AddressPolicy::Any => Ok(&self.agent),
            AddressPolicy::PublicOnly => Ok(self.public_agent.as_ref().map_err(Clone::clone)?),
        }
    }

    /// Prepares a request for an agent that was built elsewhere, so that it does what the trait promises.
    fn as_promised(&self, request: Request<Vec<u8>>) -> Request<Vec<u8>> {
        #[cfg(feature = "rustls-no-provider")]
        let tls = crate::tls::with_provider(&self.agent, request.uri());
        let request = self.agent.configure_request(request).http_status_as_error(false).max_redirects(0);
        #[cfg(feature = "rustls-no-provider")]
        if let Some(tls) = tls {
            return request.tls_config(tls).build();
        }
        request.build()
    }
}

impl Default for UreqTransport {
    fn default() -> Self {
        Self::new()
    }
}

/// Uses an agent that was built elsewhere, with its timeouts, proxy, connections and TLS.
///
/// Such a transport differs from those of [`builder`](UreqTransport::builder):
///
/// - A total timeout of the agent ends downloads too. Without `timeout_per_read`, the agent waits for a silent server.
/// - ureq's own connections treat a reset, and TLS without `close_notify`, as the end of a body that has no length.
/// - If the agent's TLS has no crypto provider, the one of this crate's features is used, but then each https request makes
///   a new connection. Set one with `TlsConfigBuilder::unversioned_rustls_crypto_provider`. With the feature
///   `rustls-no-provider` alone, ureq panics if neither the agent nor the process has a provider.
/// - Requests with [`AddressPolicy::PublicOnly`] are refused, as the agent cannot check addresses.
impl From<ureq::Agent> for UreqTransport {
    fn from(agent: ureq::Agent) -> Self {
        let public_agent = Err(AddressError::NotEnforced);
        Self { agent, public_agent, call_timeout: None, max_body: Self::MAX_BODY }
    }
}

impl Transport for UreqTransport {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let agent = self.agent_for(&request)?;
        let request = match self.call_timeout {
            // The builder has configured the agent for JSON calls. For such requests, ureq builds its TLS only once.
            Some(_) => request,
            None => self.as_promised(request),
        };
        let (parts, body) = agent.run(request).map_err(UreqError::from)?.into_parts();
        let body = body.into_with_config().limit(self.max_body).read_to_vec().map_err(UreqError::from)?;
        Ok(Response::from_parts(parts, body))
    }

    fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
        let agent = self.agent_for(&request)?;
        let request = match self.call_timeout {
            Some(limit) => agent
                .configure_request(request)
                .timeout_global(None)
                .timeout_send_request(Some(limit))
                .timeout_send_body(Some(limit))
                .timeout_recv_response(Some(limit))
                .build(),
            None => self.as_promised(request),
        };
        let response = agent.run(request).map_err(UreqError::from)?;
        Ok(response.map(|body| Box::new(Streamed::new(body, self.call_timeout)) as Body))
    }

    fn enforces_address_policy(&self) -> bool {
        !matches!(self.public_agent, Err(AddressError::NotEnforced))
    }
}

/// Does not print the agent, which would print its proxy.
impl fmt::Debug for UreqTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UreqTransport").field("max_body", &self.max_body).finish_non_exhaustive()
    }
}
