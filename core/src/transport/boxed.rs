//! Transports that are chosen at run time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::{Request, Response};

use super::{AsyncBody, AsyncTransport, Body, MaybeSend, MaybeSync, Transport, TransportError};

/// Any blocking transport, chosen at run time. Cheap to clone.
#[derive(Clone)]
pub struct BoxTransport(Arc<dyn Transport + Send + Sync>);

impl BoxTransport {
    /// Wraps a transport.
    pub fn new(transport: impl Transport + Send + Sync + 'static) -> Self {
        Self(Arc::new(transport))
    }
}

impl fmt::Debug for BoxTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxTransport")
    }
}

impl Transport for BoxTransport {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        self.0.send(request)
    }

    fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
        self.0.send_streaming(request)
    }

    fn enforces_address_policy(&self) -> bool {
        self.0.enforces_address_policy()
    }
}

/// Any async transport, chosen at run time. Cheap to clone.
#[derive(Clone)]
pub struct BoxAsyncTransport(Arc<Erased>);

#[cfg(not(target_arch = "wasm32"))]
type Erased = dyn Boxed + Send + Sync;
#[cfg(target_arch = "wasm32")]
type Erased = dyn Boxed;

#[cfg(not(target_arch = "wasm32"))]
type Sending<'t, B> = Pin<Box<dyn Future<Output = Result<Response<B>, TransportError>> + Send + 't>>;
#[cfg(target_arch = "wasm32")]
type Sending<'t, B> = Pin<Box<dyn Future<Output = Result<Response<B>, TransportError>> + 't>>;

/// [`AsyncTransport`] with boxed futures.
trait Boxed {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_, Vec<u8>>;
    fn send_streaming(&self, request: Request<Vec<u8>>) -> Sending<'_, AsyncBody>;
    fn enforces_address_policy(&self) -> bool;
}

impl<T: AsyncTransport> Boxed for T {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_, Vec<u8>> {
        Box::pin(AsyncTransport::send(self, request))
    }

    fn send_streaming(&self, request: Request<Vec<u8>>) -> Sending<'_, AsyncBody> {
        Box::pin(AsyncTransport::send_streaming(self, request))
    }

    fn enforces_address_policy(&self) -> bool {
        AsyncTransport::enforces_address_policy(self)
    }
}

impl BoxAsyncTransport {
    /// Wraps a transport.
    pub fn new(transport: impl AsyncTransport + MaybeSend + MaybeSync + 'static) -> Self {
        Self(Arc::new(transport))
    }
}

impl fmt::Debug for BoxAsyncTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxAsyncTransport")
    }
}

impl AsyncTransport for BoxAsyncTransport {
    fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, TransportError>> + MaybeSend {
        self.0.send(request)
    }

    fn send_streaming(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<AsyncBody>, TransportError>> + MaybeSend {
        self.0.send_streaming(request)
    }

    fn enforces_address_policy(&self) -> bool {
        self.0.enforces_address_policy()
    }
}
