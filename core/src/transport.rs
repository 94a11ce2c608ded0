//! How a request gets sent: two traits that any HTTP client can serve.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use http::{Request, Response};

mod body;
mod function;

pub use body::{AsyncBody, AsyncChunks, Body, Chunks};
pub use function::{Telling, TransportFn, Untold};

/// A blocking HTTP client, as far as this crate needs one.
///
/// A transport hands the request over as it is and the response back as it came: every status is an answer,
/// no redirect is followed (the URL holds the token), all headers are kept. One that undoes a
/// `Content-Encoding` drops that header and `Content-Length`. Errors of its own never print the URL.
pub trait Transport {
    /// What goes wrong on the way.
    type Error: Error + Send + Sync + 'static;

    /// Sends the request and waits for the whole response.
    ///
    /// # Errors
    ///
    /// Only when there is no whole response.
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Self::Error>;

    /// Sends the request and waits for the head of the response; its body follows in chunks. Unless a transport
    /// does better, there is one chunk with all of it.
    ///
    /// # Errors
    ///
    /// Only when there is no head.
    fn open(&self, request: Request<Vec<u8>>) -> Result<Response<Body<Self::Error>>, Self::Error> {
        Ok(self.send(request)?.map(body::whole))
    }

    /// What an error means for the question whether to try again.
    fn failure(&self, _error: &Self::Error) -> Failure {
        Failure::Interrupted
    }
}

/// An async HTTP client, as far as this crate needs one: [`Transport`]'s twin, for any runtime.
pub trait AsyncTransport {
    /// What goes wrong on the way.
    type Error: Error + Send + Sync + 'static;

    /// Sends the request and waits for the whole response.
    ///
    /// # Errors
    ///
    /// Only when there is no whole response.
    #[cfg(not(target_arch = "wasm32"))]
    fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, Self::Error>> + Send;

    /// Sends the request and waits for the whole response.
    ///
    /// # Errors
    ///
    /// Only when there is no whole response.
    #[cfg(target_arch = "wasm32")]
    fn send(&self, request: Request<Vec<u8>>)
    -> impl Future<Output = Result<Response<Vec<u8>>, Self::Error>>;

    /// Sends the request and waits for the head of the response; its body follows in chunks. Unless a transport
    /// does better, there is one chunk with all of it.
    ///
    /// # Errors
    ///
    /// Only when there is no head.
    #[cfg(not(target_arch = "wasm32"))]
    fn open(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<AsyncBody<Self::Error>>, Self::Error>> + Send {
        let sent = self.send(request);
        async { Ok(sent.await?.map(body::whole_async)) }
    }

    /// Sends the request and waits for the head of the response; its body follows in chunks. Unless a transport
    /// does better, there is one chunk with all of it.
    ///
    /// # Errors
    ///
    /// Only when there is no head.
    #[cfg(target_arch = "wasm32")]
    fn open(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<AsyncBody<Self::Error>>, Self::Error>> {
        let sent = self.send(request);
        async { Ok(sent.await?.map(body::whole_async)) }
    }

    /// What an error means for the question whether to try again.
    fn failure(&self, _error: &Self::Error) -> Failure {
        Failure::Interrupted
    }
}

/// How far a request came that got no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// There was no connection: nothing was sent.
    Connect,
    /// Time ran out: nobody knows whether it arrived.
    Timeout,
    /// The connection broke: nobody knows whether it arrived.
    Interrupted,
    /// Trying again leads to the same, as with a bad certificate.
    Final,
}

/// What points to a transport is one.
macro_rules! pointers_are_transports {
    ($($pointer:ty),*) => {$(
        impl<T: Transport + ?Sized> Transport for $pointer {
            type Error = T::Error;

            fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, T::Error> {
                (**self).send(request)
            }

            fn open(&self, request: Request<Vec<u8>>) -> Result<Response<Body<T::Error>>, T::Error> {
                (**self).open(request)
            }

            fn failure(&self, error: &T::Error) -> Failure {
                (**self).failure(error)
            }
        }

        impl<T: AsyncTransport + ?Sized> AsyncTransport for $pointer {
            type Error = T::Error;

            fn send(
                &self,
                request: Request<Vec<u8>>,
            ) -> impl Future<Output = Result<Response<Vec<u8>>, T::Error>> {
                (**self).send(request)
            }

            fn open(
                &self,
                request: Request<Vec<u8>>,
            ) -> impl Future<Output = Result<Response<AsyncBody<T::Error>>, T::Error>> {
                (**self).open(request)
            }

            fn failure(&self, error: &T::Error) -> Failure {
                (**self).failure(error)
            }
        }
    )*};
}

pointers_are_transports!(&T, Arc<T>);
