//! The transport, a thin layer over `reqwest::Client`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::Body;
use reqwest::{Client, Url, redirect};
use wechat_material::bytes::Bytes;
use wechat_material::http::{Request, Response};
use wechat_material::{AsyncBody, AsyncChunks, AsyncTransport, Failure};

use crate::error::ReqwestError;

/// The async transport, on reqwest. Cheap to clone; clones share their connections. It wants tokio.
///
/// It takes every status for an answer. [`new`](Self::new) also follows no redirect (the URL holds the token),
/// sets timeouts and ignores proxies in the environment.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: Client,
    max_body: u64,
}

impl ReqwestTransport {
    /// The most bytes of a body, unless [`max_body`](Self::max_body) says otherwise: 64 MiB.
    pub const MAX_BODY: u64 = 64 << 20;

    /// The most bytes that a body gets room for before any of it has come.
    const MOST_ROOM: u64 = 1 << 20;
    /// How long a connection may take to come about, TLS included.
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
    /// How long a call may take from end to end.
    const TIMEOUT: Duration = Duration::from_secs(120);

    /// A transport with a client of its own: 10 seconds to connect, two minutes for a whole call, TLS as the
    /// crate's features say, no redirects and no proxy.
    ///
    /// For anything else configure [`builder`](Self::builder), and turn the client into a transport with [`From`].
    ///
    /// # Panics
    ///
    /// If the system's TLS library cannot be set up (with `native-tls`).
    pub fn new() -> Self {
        Self::from(Self::builder().build().expect("fixed settings make a client"))
    }

    /// What [`new`](Self::new) makes its client from, for settings of your own on top.
    pub fn builder() -> reqwest::ClientBuilder {
        let builder = Client::builder()
            .connect_timeout(Self::CONNECT_TIMEOUT)
            .timeout(Self::TIMEOUT)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy();
        #[cfg(feature = "rustls")]
        let builder = builder.tls_backend_preconfigured(rustls_with_ring());
        builder
    }

    /// Takes whole bodies of up to so many bytes; a longer one is an error of the transport. One that is taken chunk
    /// by chunk ([`open`](AsyncTransport::open), [`download`](crate::download)) has no limit here.
    #[must_use]
    pub fn max_body(self, bytes: u64) -> Self {
        Self { max_body: bytes, ..self }
    }
}

impl ReqwestTransport {
    /// The head of a response, and what its body will come from.
    async fn run(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<(Response<()>, reqwest::Response), ReqwestError> {
        let request = reqwest::Request::try_from(request)?;
        let asked: Url = request.url().clone();
        let mut arriving = self.client.execute(request).await?;
        if *arriving.url() != asked {
            return Err(ReqwestError::Unspoken("the client followed a redirect with the token"));
        }
        let mut head = Response::new(());
        *head.status_mut() = arriving.status();
        *head.version_mut() = arriving.version();
        *head.headers_mut() = std::mem::take(arriving.headers_mut());
        Ok((head, arriving))
    }
}

#[cfg(feature = "rustls")]
fn rustls_with_ring() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
    rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("ring speaks the versions of TLS that are safe")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

impl Default for ReqwestTransport {
    fn default() -> Self {
        Self::new()
    }
}

/// A client that follows redirects takes the token along before anyone can look; one that did is an error of this
/// transport, [`Failure::Final`]. Build it from [`builder`](ReqwestTransport::builder), which turns them off.
impl From<Client> for ReqwestTransport {
    fn from(client: Client) -> Self {
        Self { client, max_body: Self::MAX_BODY }
    }
}

impl AsyncTransport for ReqwestTransport {
    type Error = ReqwestError;

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ReqwestError> {
        let (head, mut arriving) = self.run(request).await?;
        // What is announced costs nobody much, even if it never comes.
        let announced = arriving.content_length().unwrap_or_default().min(self.max_body).min(Self::MOST_ROOM);
        let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
        while let Some(chunk) = arriving.chunk().await? {
            if body.len() as u64 + chunk.len() as u64 > self.max_body {
                return Err(ReqwestError::TooLarge { limit: self.max_body });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(head.map(|()| body))
    }

    async fn open(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<AsyncBody<ReqwestError>>, ReqwestError> {
        let (head, arriving) = self.run(request).await?;
        Ok(head.map(|()| Box::new(Arriving(arriving.into())) as AsyncBody<ReqwestError>))
    }

    fn failure(&self, error: &ReqwestError) -> Failure {
        error.failure()
    }
}

/// A body on its way.
struct Arriving(reqwest::Body);

impl AsyncChunks<ReqwestError> for Arriving {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, ReqwestError>> {
        loop {
            return Poll::Ready(match ready!(Pin::new(&mut self.0).poll_frame(context)) {
                None => Ok(None),
                Some(Err(error)) => Err(error.into()),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => Ok(Some(bytes)),
                    // Trailers say nothing here.
                    Err(_) => continue,
                },
            });
        }
    }
}
