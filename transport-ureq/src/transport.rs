//! The transport, a thin layer over `ureq::Agent`.

use std::io::{ErrorKind, Read};
use std::time::Duration;

use wechat_material::http::{Request, Response};
use wechat_material::{Body, Chunks, Failure, Transport};

use crate::error::UreqError;

/// The blocking transport, on ureq. Cheap to clone; clones share their connections.
///
/// Whatever agent it is made from, it follows no redirect (the URL holds the token) and takes every status
/// for an answer. [`new`](Self::new) also sets timeouts and ignores proxies in the environment.
#[derive(Clone, Debug)]
pub struct UreqTransport {
    agent: ureq::Agent,
    max_body: u64,
}

impl UreqTransport {
    /// The most bytes of a body, unless [`max_body`](Self::max_body) says otherwise: 64 MiB.
    pub const MAX_BODY: u64 = 64 << 20;

    /// How long a connection may take to come about, TLS included.
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
    /// How long a call may take from end to end.
    const TIMEOUT: Duration = Duration::from_secs(120);

    /// A transport with an agent of its own: 10 seconds to connect, two minutes for a whole call, TLS as the
    /// crate's features say, and no proxy.
    ///
    /// For anything else make a [`ureq::Agent`] and turn it into a transport with [`From`].
    pub fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_connect(Some(Self::CONNECT_TIMEOUT))
            .timeout_global(Some(Self::TIMEOUT))
            .proxy(None);
        #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
        let config = config
            .tls_config(ureq::tls::TlsConfig::builder().provider(ureq::tls::TlsProvider::NativeTls).build());
        Self::from(ureq::Agent::new_with_config(config.build()))
    }

    /// Takes whole bodies of up to so many bytes; a longer one is an error of the transport. One that is taken chunk
    /// by chunk ([`open`](Transport::open), [`download`](crate::download)) has no limit here.
    #[must_use]
    pub fn max_body(self, bytes: u64) -> Self {
        Self { max_body: bytes, ..self }
    }
}

impl UreqTransport {
    fn run(&self, request: Request<Vec<u8>>) -> Result<Response<ureq::Body>, UreqError> {
        let request = self
            .agent
            .configure_request(request)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        Ok(self.agent.run(request)?)
    }
}

impl Default for UreqTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl From<ureq::Agent> for UreqTransport {
    fn from(agent: ureq::Agent) -> Self {
        Self { agent, max_body: Self::MAX_BODY }
    }
}

impl Transport for UreqTransport {
    type Error = UreqError;

    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, UreqError> {
        let (parts, body) = self.run(request)?.into_parts();
        let body = body.into_with_config().limit(self.max_body).read_to_vec()?;
        Ok(Response::from_parts(parts, body))
    }

    fn open(&self, request: Request<Vec<u8>>) -> Result<Response<Body<UreqError>>, UreqError> {
        let arriving = |body: ureq::Body| Arriving {
            reader: body.into_with_config().limit(u64::MAX).reader(),
            buffer: vec![0; Arriving::LONGEST_CHUNK],
        };
        Ok(self.run(request)?.map(|body| Box::new(arriving(body)) as Body<UreqError>))
    }

    fn failure(&self, error: &UreqError) -> Failure {
        error.failure()
    }
}

/// A body on its way.
struct Arriving {
    reader: ureq::BodyReader<'static>,
    buffer: Vec<u8>,
}

impl Arriving {
    const LONGEST_CHUNK: usize = 64 << 10;
}

impl Chunks<UreqError> for Arriving {
    fn next(&mut self) -> Result<Option<&[u8]>, UreqError> {
        loop {
            match self.reader.read(&mut self.buffer) {
                Ok(0) => return Ok(None),
                Ok(length) => return Ok(Some(&self.buffer[..length])),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(ureq::Error::from(error).into()),
            }
        }
    }
}
