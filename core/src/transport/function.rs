//! Functions as transports.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use http::{Request, Response};

use super::{AsyncTransport, FailureKind, MaybeSend, Transport, TransportError};

/// A function as a transport: blocking if it returns a result, async if it returns a future of one.
#[derive(Clone)]
pub struct TransportFn<F> {
    send: F,
    kind: Option<Arc<KindFn>>,
}

type KindFn = dyn Fn(&(dyn Error + 'static)) -> FailureKind + Send + Sync;

impl<F> TransportFn<F> {
    /// Takes the function that sends a request. Its errors count as [`FailureKind::Interrupted`], unless they are of the
    /// type [`TransportError`].
    pub fn new<R>(send: F) -> Self
    where
        F: Fn(Request<Vec<u8>>) -> R,
    {
        Self { send, kind: None }
    }

    /// Sets a function that decides the kind of an error.
    ///
    /// ```
    /// use std::io::{Error, ErrorKind};
    /// use wechat_material::{FailureKind, Transport, TransportFn};
    ///
    /// # fn my_http(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, Error> {
    /// #     Err(ErrorKind::TimedOut.into())
    /// # }
    /// let transport = TransportFn::new(|request| my_http(request)).with_failure(|error: &Error| match error.kind() {
    ///     ErrorKind::TimedOut => FailureKind::Timeout,
    ///     _ => FailureKind::Interrupted,
    /// });
    /// let error = transport.send(http::Request::new(Vec::new())).unwrap_err();
    /// assert_eq!(error.kind(), FailureKind::Timeout);
    /// ```
    #[must_use]
    pub fn with_failure<E: Error + 'static>(
        self,
        failure: impl Fn(&E) -> FailureKind + Send + Sync + 'static,
    ) -> Self {
        let kind = move |error: &(dyn Error + 'static)| {
            error.downcast_ref().map_or(FailureKind::Interrupted, &failure)
        };
        Self { kind: Some(Arc::new(kind)), ..self }
    }
}

impl<F> fmt::Debug for TransportFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransportFn")
    }
}

fn described(kind: Option<&KindFn>, error: impl Error + Send + Sync + 'static) -> TransportError {
    let kind = kind.map_or(FailureKind::Interrupted, |kind| kind(&error));
    TransportError::new(kind, error)
}

impl<F, E> Transport for TransportFn<F>
where
    F: Fn(Request<Vec<u8>>) -> Result<Response<Vec<u8>>, E>,
    E: Error + Send + Sync + 'static,
{
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        (self.send)(request).map_err(|error| described(self.kind.as_deref(), error))
    }
}

impl<F, R, E> AsyncTransport for TransportFn<F>
where
    F: Fn(Request<Vec<u8>>) -> R,
    R: Future<Output = Result<Response<Vec<u8>>, E>> + MaybeSend,
    E: Error + Send + Sync + 'static,
{
    fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, TransportError>> + MaybeSend {
        let sent = (self.send)(request);
        let kind = self.kind.clone();
        async move { sent.await.map_err(|error| described(kind.as_deref(), error)) }
    }
}
