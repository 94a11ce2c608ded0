//! One call over a transport.

use std::error::Error;

use thiserror::Error;

use crate::endpoint::Endpoint;
use crate::error::{ApiError, BuildError};
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
