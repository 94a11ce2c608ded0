//! How a request is sent: two traits that any HTTP client can implement.

use std::future::Future;
use std::sync::Arc;

use http::{Request, Response};

mod address;
mod body;
mod boxed;
mod error;
mod function;

pub use address::{AddressError, AddressPolicy};
pub use body::{AsyncBody, Body};
pub use boxed::{BoxAsyncTransport, BoxTransport};
pub use error::{FailureKind, TransportError};
pub use function::TransportFn;

/// A blocking HTTP client.
///
/// A transport sends the request unchanged and returns the response unchanged, with any status and all headers. It does not
/// follow redirects, as the URL contains the token. A transport that decodes a `Content-Encoding` removes that header and
/// `Content-Length`. Its errors never print the URL.
pub trait Transport {
    /// Sends the request and waits for the whole response, within a total timeout.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if there is no whole response.
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError>;

    /// Sends the request and waits for the head of the response. The body is read as it arrives, without a
    /// total timeout. By default this waits for the whole response.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if there is no head.
    fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
        Ok(self.send(request)?.map(body::whole))
    }

    /// Whether the transport sends a request with [`AddressPolicy::PublicOnly`] to public addresses only. False by default.
    ///
    /// A transport that returns true checks each address after the name is resolved, connects to that very address
    /// without resolving the name again, and never sends such a request over a connection that was made for another
    /// policy. It refuses with [`FailureKind::Final`], and before it connects. Through a proxy it refuses all such
    /// requests.
    fn enforces_address_policy(&self) -> bool {
        false
    }
}

/// An async HTTP client for any runtime. The rules are those of [`Transport`].
pub trait AsyncTransport {
    /// Sends the request and waits for the whole response, within a total timeout.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if there is no whole response.
    fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, TransportError>> + MaybeSend;

    /// Sends the request and waits for the head of the response. The body is read as it arrives, without a
    /// total timeout. By default this waits for the whole response.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if there is no head.
    fn send_streaming(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<AsyncBody>, TransportError>> + MaybeSend {
        let sent = self.send(request);
        async { Ok(sent.await?.map(body::whole_async)) }
    }

    /// Whether the transport sends a request with [`AddressPolicy::PublicOnly`] to public addresses only, as
    /// [`Transport::enforces_address_policy`] describes. False by default.
    fn enforces_address_policy(&self) -> bool {
        false
    }
}

/// [`Send`], except on wasm32, where the futures of the host are not [`Send`] and need not be.
#[cfg(not(target_arch = "wasm32"))]
pub trait MaybeSend: Send {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Send + ?Sized> MaybeSend for T {}

/// [`Send`], except on wasm32, where the futures of the host are not [`Send`] and need not be.
#[cfg(target_arch = "wasm32")]
pub trait MaybeSend {}
#[cfg(target_arch = "wasm32")]
impl<T: ?Sized> MaybeSend for T {}

/// [`Sync`], except on wasm32, where the objects of the host are not [`Sync`] and need not be.
#[cfg(not(target_arch = "wasm32"))]
pub trait MaybeSync: Sync {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Sync + ?Sized> MaybeSync for T {}

/// [`Sync`], except on wasm32, where the objects of the host are not [`Sync`] and need not be.
#[cfg(target_arch = "wasm32")]
pub trait MaybeSync {}
#[cfg(target_arch = "wasm32")]
impl<T: ?Sized> MaybeSync for T {}

/// A pointer to a transport is a transport.
macro_rules! pointers_are_transports {
    ($($pointer:ty),*) => {$(
        impl<T: Transport + ?Sized> Transport for $pointer {
            fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
                (**self).send(request)
            }

            fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
                (**self).send_streaming(request)
            }

            fn enforces_address_policy(&self) -> bool {
                (**self).enforces_address_policy()
            }
        }

        impl<T: AsyncTransport + ?Sized> AsyncTransport for $pointer {
            fn send(
                &self,
                request: Request<Vec<u8>>,
            ) -> impl Future<Output = Result<Response<Vec<u8>>, TransportError>> + MaybeSend {
                (**self).send(request)
            }

            fn send_streaming(
                &self,
                request: Request<Vec<u8>>,
            ) -> impl Future<Output = Result<Response<AsyncBody>, TransportError>> + MaybeSend {
                (**self).send_streaming(request)
            }

            fn enforces_address_policy(&self) -> bool {
                (**self).enforces_address_policy()
            }
        }
    )*};
}

pointers_are_transports!(&T, Arc<T>, Box<T>);
