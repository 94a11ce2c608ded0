//! How a request gets sent: two traits that any HTTP client can serve, and one call over either.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use http::{Request, Response};
use thiserror::Error;

use crate::endpoint::Endpoint;
use crate::error::{ApiError, BuildError};

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

/// Why a [`call`] has no answer.
#[derive(Debug, Error)]
pub enum CallError<T: Error + 'static> {
    /// The request could not be built; nothing was sent.
    #[error("the request was not sent: correct what the cause names")]
    Build(#[source] BuildError),
    /// The transport brought no response.
    #[error("no response came back: the cause says whether to try again")]
    Transport(#[source] T),
    /// The response is not the answer.
    #[error("the response is no answer: the cause says what it is")]
    Api(#[source] ApiError),
}

/// Builds the request of a call, sends it, and judges the response.
///
/// # Errors
///
/// [`CallError`], by the step that failed.
///
/// ```
/// use wechat_material::{Access, AccessToken, GetMaterial, Material, TransportFn, call};
///
/// # fn my_http(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, std::io::Error> {
/// #     Ok(http::Response::new(b"\xFF\xD8\xFF\xE0".to_vec()))
/// # }
/// let access = Access::new(&AccessToken::new("81_Zx3"));
/// let transport = TransportFn::new(|request| my_http(request));
/// let material = call(&GetMaterial::new("61224425"), &access, &transport)?;
/// assert!(matches!(material, Material::File(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn call<E, T>(endpoint: &E, target: &E::Target, transport: &T) -> Result<E::Output, CallError<T::Error>>
where
    E: Endpoint + ?Sized,
    T: Transport + ?Sized,
{
    let request = endpoint.to_request(target).map_err(CallError::Build)?;
    let response = transport.send(request).map_err(CallError::Transport)?;
    endpoint.parse(response).map_err(CallError::Api)
}

/// [`call`] over an async transport.
///
/// # Errors
///
/// [`CallError`], by the step that failed.
pub async fn call_async<E, T>(
    endpoint: &E,
    target: &E::Target,
    transport: &T,
) -> Result<E::Output, CallError<T::Error>>
where
    E: Endpoint + ?Sized,
    T: AsyncTransport + ?Sized,
{
    let request = endpoint.to_request(target).map_err(CallError::Build)?;
    let response = transport.send(request).await.map_err(CallError::Transport)?;
    endpoint.parse(response).map_err(CallError::Api)
}

/// A function as a transport: blocking if it returns a result, async if it returns a future of one.
#[derive(Clone, Copy)]
pub struct TransportFn<F, C = Untold> {
    send: F,
    failure: C,
}

impl<F> TransportFn<F> {
    /// Takes the function that sends a request. Every error of it is taken for [`Failure::Interrupted`].
    pub fn new<R>(send: F) -> Self
    where
        F: Fn(Request<Vec<u8>>) -> R,
    {
        Self { send, failure: Untold }
    }

    /// With a function that tells what an error means.
    ///
    /// ```
    /// use std::io::{Error, ErrorKind};
    /// use wechat_material::{Failure, Transport, TransportFn};
    ///
    /// # fn my_http(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, Error> {
    /// #     Err(ErrorKind::TimedOut.into())
    /// # }
    /// let transport = TransportFn::new(|request| my_http(request)).telling(|error: &Error| match error.kind() {
    ///     ErrorKind::TimedOut => Failure::Timeout,
    ///     _ => Failure::Interrupted,
    /// });
    /// assert_eq!(transport.failure(&ErrorKind::TimedOut.into()), Failure::Timeout);
    /// ```
    pub fn telling<E, C>(self, failure: C) -> TransportFn<F, C>
    where
        C: Fn(&E) -> Failure,
    {
        TransportFn { send: self.send, failure }
    }
}

impl<F, C> fmt::Debug for TransportFn<F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransportFn")
    }
}

/// Nothing is told of the errors of a [`TransportFn`].
#[derive(Clone, Copy, Debug)]
pub struct Untold;

/// What a [`TransportFn`] tells of its errors.
pub trait Telling<E> {
    /// What this error means.
    fn failure(&self, error: &E) -> Failure;
}

impl<E> Telling<E> for Untold {
    fn failure(&self, _error: &E) -> Failure {
        Failure::Interrupted
    }
}

impl<E, C: Fn(&E) -> Failure> Telling<E> for C {
    fn failure(&self, error: &E) -> Failure {
        self(error)
    }
}

impl<F, C, E> Transport for TransportFn<F, C>
where
    F: Fn(Request<Vec<u8>>) -> Result<Response<Vec<u8>>, E>,
    C: Telling<E>,
    E: Error + Send + Sync + 'static,
{
    type Error = E;

    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, E> {
        (self.send)(request)
    }

    fn failure(&self, error: &E) -> Failure {
        self.failure.failure(error)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<F, C, R, E> AsyncTransport for TransportFn<F, C>
where
    F: Fn(Request<Vec<u8>>) -> R,
    C: Telling<E>,
    R: Future<Output = Result<Response<Vec<u8>>, E>> + Send,
    E: Error + Send + Sync + 'static,
{
    type Error = E;

    fn send(&self, request: Request<Vec<u8>>) -> impl Future<Output = Result<Response<Vec<u8>>, E>> + Send {
        (self.send)(request)
    }

    fn failure(&self, error: &E) -> Failure {
        self.failure.failure(error)
    }
}

#[cfg(target_arch = "wasm32")]
impl<F, C, R, E> AsyncTransport for TransportFn<F, C>
where
    F: Fn(Request<Vec<u8>>) -> R,
    C: Telling<E>,
    R: Future<Output = Result<Response<Vec<u8>>, E>>,
    E: Error + Send + Sync + 'static,
{
    type Error = E;

    fn send(&self, request: Request<Vec<u8>>) -> impl Future<Output = Result<Response<Vec<u8>>, E>> {
        (self.send)(request)
    }

    fn failure(&self, error: &E) -> Failure {
        self.failure.failure(error)
    }
}

/// What points to a transport is one.
macro_rules! pointers_are_transports {
    ($($pointer:ty),*) => {$(
        impl<T: Transport + ?Sized> Transport for $pointer {
            type Error = T::Error;

            fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, T::Error> {
                (**self).send(request)
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

            fn failure(&self, error: &T::Error) -> Failure {
                (**self).failure(error)
            }
        }
    )*};
}

pointers_are_transports!(&T, Arc<T>);
