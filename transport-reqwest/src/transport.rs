//! The transport, a thin layer over `reqwest::Client`.

use std::fmt;
use std::mem;
use std::time::Duration;

use reqwest::Client;
use tokio::time::timeout;
use wechat_material::driver::AsyncBody;
use wechat_material::http::{Request, Response};
use wechat_material::{AddressError, AddressPolicy, AsyncTransport, TransportError};

use crate::body::{IncomingBody, ends_with_the_connection};
use crate::builder::ReqwestTransportBuilder;
use crate::error::ReqwestError;

/// The async transport, on reqwest. It needs tokio. It is cheap to clone; clones share their connections.
///
/// It returns every status as a response. A transport from [`new`](ReqwestTransport::new) or
/// [`builder`](ReqwestTransport::builder) follows no redirect, as the URL contains the token, and enforces the
/// [`AddressPolicy`] of a request.
#[derive(Clone)]
pub struct ReqwestTransport {
    client: Client,
    /// The client for requests that may reach only public addresses, or why there is none. It shares no connections.
    public_client: Result<Client, AddressError>,
    limits: Limits,
    /// Whether the client's TLS shows if the server ended a connection or if it was cut.
    shows_end_of_tls: bool,
}

/// How long one request may take, and how large its response may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) read_timeout: Duration,
    pub(crate) call_timeout: Duration,
    pub(crate) max_body: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let (read_timeout, call_timeout) = (Duration::from_secs(30), Duration::from_secs(120));
        Self { read_timeout, call_timeout, max_body: ReqwestTransport::MAX_BODY }
    }
}

impl ReqwestTransport {
    /// The default limit of a body that is received as a whole, in bytes: 64 MiB.
    pub const MAX_BODY: u64 = 64 << 20;

    /// A transport with the default settings of the [`builder`](Self::builder).
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up: with the feature `native-tls`, if the system's TLS library fails; with
    /// `rustls-no-provider` alone, if the process has no default crypto provider.
    pub fn new() -> Self {
        Self::builder().build().unwrap_or_else(|error| panic!("{error}"))
    }

    /// A builder, to set timeouts, limits, a proxy or certificates.
    pub fn builder() -> ReqwestTransportBuilder {
        ReqwestTransportBuilder::default()
    }

    /// Limits a body that is received as a whole, in bytes. Downloads have no limit here.
    #[must_use]
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.limits.max_body = bytes;
        self
    }

    pub(crate) fn with_limits(
        client: Client,
        public_client: Result<Client, AddressError>,
        limits: Limits,
        shows_end_of_tls: bool,
    ) -> Self {
        Self { client, public_client, limits, shows_end_of_tls }
    }

    fn client_for(&self, policy: AddressPolicy, request: &reqwest::Request) -> Result<&Client, AddressError> {
        // Reqwest has parsed the URL again, with another parser, and does not ask the resolver about an address in it.
        policy.check_host(request.url().host_str().unwrap_or_default())?;
        match policy {
            AddressPolicy::Any => Ok(&self.client),
            AddressPolicy::PublicOnly => self.public_client.as_ref().map_err(Clone::clone),
        }
    }

    /// Sends a request. Returns the head of the response, and its body as it arrives.
    async fn head(&self, request: Request<Vec<u8>>) -> Result<Response<IncomingBody>, ReqwestError> {
        let Limits { read_timeout, call_timeout, .. } = self.limits;
        let policy = AddressPolicy::for_request(&request);
        let request = reqwest::Request::try_from(request)?;
        let client = self.client_for(policy, &request)?;
        let url = request.url().clone();
        // Reqwest does not show the bytes of a head as they arrive, so `read_timeout` limits the whole head.
        let mut response = match timeout(read_timeout.min(call_timeout), client.execute(request)).await {
            Ok(response) => response?,
            Err(_) if read_timeout <= call_timeout => return Err(ReqwestError::ReadTimeout(read_timeout)),
            Err(_) => return Err(ReqwestError::CallTimeout(call_timeout)),
        };
        if *response.url() != url {
            return Err(ReqwestError::Redacted("the client followed a redirect with the token"));
        }
        let mut head = Response::new(());
        *head.status_mut() = response.status();
        *head.version_mut() = response.version();
        *head.headers_mut() = mem::take(response.headers_mut());
        let is_end_hidden = url.scheme() == "https" && !self.shows_end_of_tls;
        let is_end_uncertain = is_end_hidden && ends_with_the_connection(head.version(), head.headers());
        let body = IncomingBody::new(response.into(), read_timeout);
        Ok(head.map(|()| if is_end_uncertain { body.without_certain_end() } else { body }))
    }

    async fn whole(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let (head, body) = self.head(request).await?.into_parts();
        Ok(Response::from_parts(head, body.collect(self.limits.max_body).await?))
    }
}

impl AsyncTransport for ReqwestTransport {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let limit = self.limits.call_timeout;
        let response = timeout(limit, self.whole(request)).await;
        response.unwrap_or_else(|_| Err(ReqwestError::CallTimeout(limit).into()))
    }

    async fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<AsyncBody>, TransportError> {
        Ok(self.head(request).await?.map(|body| Box::pin(body) as AsyncBody))
    }

    fn enforces_address_policy(&self) -> bool {
        !matches!(self.public_client, Err(AddressError::NotEnforced))
    }
}

impl Default for ReqwestTransport {
    fn default() -> Self {
        Self::new()
    }
}

/// Uses a client that was built elsewhere, with its settings, and with the default `read_timeout`, `call_timeout` and
/// `max_body` of the [`builder`](ReqwestTransport::builder).
///
/// Such a transport differs from those of the builder:
///
/// - A total timeout of the client ends downloads too.
/// - A client that follows redirects can send the token to another server. The transport returns an error then, but only
///   afterwards. Build the client with `reqwest::redirect::Policy::none()`.
/// - A body over HTTPS that has neither a length nor chunks is an error ([`ReqwestError::UncertainEnd`]), as the client's TLS
///   library is unknown, and some do not show whether a body was cut.
/// - Requests with [`AddressPolicy::PublicOnly`] are refused, as the client cannot check addresses.
impl From<Client> for ReqwestTransport {
    fn from(client: Client) -> Self {
        Self::with_limits(client, Err(AddressError::NotEnforced), Limits::default(), false)
    }
}

/// Does not print the client, which can contain a proxy's password and secret headers.
impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport").field("limits", &self.limits).finish_non_exhaustive()
    }
}
