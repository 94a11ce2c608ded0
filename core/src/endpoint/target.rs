//! Where a call goes.

use http::{Request, Uri};

use super::{Access, BaseUrl, get};
use crate::error::BuildError;
use crate::flow::ClientConfig;
use crate::secret::{AccessToken, Authorization};
use crate::transport::AddressPolicy;

/// Where a call goes: [`Access`], [`BaseUrl`] or [`OwnUrl`].
pub trait Target: Sized + sealed::Sealed {
    #[doc(hidden)]
    const AUTHORIZATION: Authorization;
    #[doc(hidden)]
    const NEEDS_TOKEN: bool;
    /// The token is `None` if none is needed.
    #[doc(hidden)]
    fn from_client(config: &ClientConfig, token: Option<&AccessToken>) -> Self;
    #[doc(hidden)]
    fn token(&self) -> Option<&AccessToken> {
        None
    }
}

impl Target for Access {
    const AUTHORIZATION: Authorization = Authorization::AccessToken;
    const NEEDS_TOKEN: bool = true;

    fn from_client(config: &ClientConfig, token: Option<&AccessToken>) -> Self {
        // An empty token is refused when the request is built.
        let none = || AccessToken::new("");
        Self::with_base_url(&token.cloned().unwrap_or_else(none), config.base_url.clone())
    }

    fn token(&self) -> Option<&AccessToken> {
        Some(&self.token)
    }
}

impl Target for BaseUrl {
    const AUTHORIZATION: Authorization = Authorization::AppSecret;
    const NEEDS_TOKEN: bool = false;

    fn from_client(config: &ClientConfig, _token: Option<&AccessToken>) -> Self {
        config.base_url.clone()
    }
}

/// For endpoints that have a URL of their own, such as a link from an answer. The call carries no token.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnUrl {
    policy: AddressPolicy,
}

impl OwnUrl {
    /// Allows the addresses that the policy allows.
    pub fn new(policy: AddressPolicy) -> Self {
        Self { policy }
    }

    /// A GET of this URL, without compression. The request carries the address policy.
    ///
    /// # Errors
    ///
    /// [`BuildError::Link`] if it is not a URL, or not an `http` or `https` URL.
    pub fn get(&self, url: &str) -> Result<Request<Vec<u8>>, BuildError> {
        let problem = |problem| Err(BuildError::Link { problem });
        let Ok(uri) = url.parse::<Uri>() else { return problem("is not a URL") };
        match uri.scheme_str() {
            Some("http" | "https") => {
                let mut request = get(uri);
                self.policy.apply_to(&mut request);
                Ok(request)
            }
            Some(_) | None => problem("is not an http or https URL"),
        }
    }
}

impl Target for OwnUrl {
    const AUTHORIZATION: Authorization = Authorization::None;
    const NEEDS_TOKEN: bool = false;

    fn from_client(config: &ClientConfig, _token: Option<&AccessToken>) -> Self {
        Self::new(config.address_policy)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Access {}
    impl Sealed for super::BaseUrl {}
    impl Sealed for super::OwnUrl {}
}
