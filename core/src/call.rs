//! One call over a transport.

use std::error::Error;
use std::io;
use std::sync::Arc;

use thiserror::Error;

use crate::endpoint::Endpoint;
use crate::error::{ApiError, BuildError, Category, Fault};
use crate::exchange::Exchange;
use crate::transport::{AsyncTransport, Transport};

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

/// Why a download did not come to its end. What was written before is the beginning of a file, or nothing.
#[derive(Debug, Error)]
pub enum DownloadError<T: Error + 'static, S: Error + 'static> {
    /// There is no answer, or no whole one.
    #[error("the download failed after {written} bytes were written: the cause says why")]
    Call {
        /// How many bytes went into the sink before.
        written: u64,
        /// Why.
        #[source]
        source: Box<CallError<T>>,
    },
    /// The sink took no more.
    #[error("the download could not be written beyond {written} bytes: make room for it, or mend the sink")]
    Sink {
        /// How many bytes went into it before.
        written: u64,
        /// Why.
        #[source]
        source: S,
    },
}

/// Why a client's call has no answer, after all that could be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError<T: Error + 'static> {
    /// The call was made, and failed for good.
    #[error("{}", after(*.attempts, *.renewed, .source))]
    #[non_exhaustive]
    Call {
        /// How often it was made.
        attempts: u32,
        /// Whether a token was refused on the way, and the call made with another one.
        renewed: bool,
        /// How many bytes a download had written the last time: a sink that can start over holds none of them.
        written: u64,
        /// What came of it the last time.
        #[source]
        source: Box<CallError<T>>,
    },
    /// There is no access token to make it with. Callers who waited for the same token get the same cause: a
    /// [`CallError`], or what a token source of your own says.
    #[error("no access token could be obtained: the cause says why")]
    Token(#[source] Arc<dyn Error + Send + Sync>),
    /// The sink of a download took no more.
    #[error("the download could not be written beyond {written} bytes: make room for it, or mend the sink")]
    #[non_exhaustive]
    Sink {
        /// How many bytes went into it before.
        written: u64,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl<T: Error + Send + Sync + 'static> ClientError<T> {
    /// A call that failed for good, after this exchange.
    pub fn call(exchange: &Exchange, written: u64, source: Box<CallError<T>>) -> Self {
        Self::Call { attempts: exchange.attempts(), renewed: exchange.has_renewed(), written, source }
    }

    /// A sink that took no more.
    pub fn sink(written: u64, source: io::Error) -> Self {
        Self::Sink { written, source }
    }

    /// What WeChat said, if it is WeChat that said no: to the call, or to obtaining a token.
    pub fn fault(&self) -> Option<&Fault> {
        let call = match self {
            Self::Call { source, .. } => source.as_ref(),
            Self::Token(source) => source.downcast_ref::<CallError<T>>()?,
            Self::Sink { .. } => return None,
        };
        match call {
            CallError::Api(ApiError::Fault(fault)) => Some(fault),
            CallError::Api(_) | CallError::Build(_) | CallError::Transport(_) => None,
        }
    }
}

fn after<T: Error>(attempts: u32, renewed: bool, source: &CallError<T>) -> String {
    let is_refused =
        matches!(source, CallError::Api(ApiError::Fault(fault)) if fault.category() == Category::Token);
    match attempts {
        0 | 1 => "the call failed: the cause says why".to_owned(),
        _ if is_refused && renewed => "the call failed: WeChat refused the new token as well".to_owned(),
        _ => format!("the call failed {attempts} times: the cause says why the last time"),
    }
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
