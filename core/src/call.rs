//! One call over a transport.

use thiserror::Error;

use crate::endpoint::{Endpoint, Target};
use crate::error::{ApiError, BuildError, Fault};
use crate::material::File;
use crate::transport::{AddressPolicy, AsyncTransport, Transport, TransportError};

/// Why a [`call`] failed. It prints the same text as the error inside.
#[derive(Debug, Error)]
#[error(transparent)]
pub enum CallError {
    /// The request could not be built; nothing was sent.
    Build(BuildError),
    /// The transport failed, so there is no response.
    Transport(TransportError),
    /// The response was rejected.
    Api(ApiError),
}

impl CallError {
    /// Removes what repeats one of these secrets.
    pub(crate) fn redacted(self, secrets: &[&str]) -> Self {
        match self {
            Self::Api(error) => Self::Api(error.redacted(secrets)),
            Self::Transport(error) => Self::Transport(error.redacted(secrets)),
            Self::Build(_) => self,
        }
    }

    /// The [`Fault`], if WeChat refused the call.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Api(error) => error.fault(),
            Self::Build(_) | Self::Transport(_) => None,
        }
    }
}

/// Builds the request of a call, sends it, and judges the response.
///
/// # Errors
///
/// A variant of [`CallError`] for each of these steps.
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
pub fn call<E, T>(endpoint: &E, target: &E::Target, transport: &T) -> Result<E::Output<File>, CallError>
where
    E: Endpoint + ?Sized,
    T: Transport + ?Sized,
{
    let attempt = || {
        let request = endpoint.to_request(target).map_err(CallError::Build)?;
        let checked = AddressPolicy::check(&request, transport.enforces_address_policy());
        let response = checked.and_then(|()| transport.send(request)).map_err(CallError::Transport)?;
        endpoint.parse(response).map_err(CallError::Api)
    };
    attempt().map_err(|error| without_token(error, target))
}

/// Like [`call`], over an async transport.
///
/// # Errors
///
/// As [`call`].
pub async fn call_async<E, T>(
    endpoint: &E,
    target: &E::Target,
    transport: &T,
) -> Result<E::Output<File>, CallError>
where
    E: Endpoint + ?Sized,
    T: AsyncTransport + ?Sized,
{
    let attempt = async {
        let request = endpoint.to_request(target).map_err(CallError::Build)?;
        AddressPolicy::check(&request, transport.enforces_address_policy()).map_err(CallError::Transport)?;
        let response = transport.send(request).await.map_err(CallError::Transport)?;
        endpoint.parse(response).map_err(CallError::Api)
    };
    attempt.await.map_err(|error| without_token(error, target))
}

/// An error of a call that was sent with this target's token.
fn without_token(error: CallError, target: &impl Target) -> CallError {
    match target.token() {
        Some(token) => error.redacted(&[token.expose()]),
        None => error,
    }
}
