//! Functions as transports.

use std::error::Error;
use std::fmt;
use std::future::Future;

use http::{Request, Response};

use super::{AsyncTransport, Failure, Transport};

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
