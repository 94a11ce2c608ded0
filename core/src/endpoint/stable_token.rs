//! `POST /cgi-bin/stable_token`: the access token, the same for every caller.

use http::Request;
use serde::Serialize;

use super::{Answer, BaseUrl, Endpoint, IssuedToken};
use crate::error::{ApiError, BuildError};
use crate::secret::Credentials;

/// Obtains the stable access token. Every caller gets the same token while it is valid, so several machines do not need a
/// shared store. App id and app secret are sent in the body.
///
/// WeChat's page:
/// [getStableAccessToken](https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken).
///
/// ```
/// # use wechat_material::{BaseUrl, Credentials, Endpoint, StableToken};
/// let get = StableToken::new(&Credentials::new("wx0123456789abcdef", "app secret"));
/// let request = get.to_request(&BaseUrl::API)?;
/// assert_eq!(request.uri().path(), "/cgi-bin/stable_token");
/// let response = http::Response::new(br#"{"access_token":"81_Zx3","expires_in":7200}"#.to_vec());
/// assert_eq!(get.parse(response)?.token.expose(), "81_Zx3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct StableToken {
    credentials: Credentials,
    is_forced: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    grant_type: &'static str,
    appid: &'a str,
    secret: &'a str,
    force_refresh: bool,
}

impl StableToken {
    pub(crate) const NAME: &str = "stable_token";

    /// Asks for the current token, or for a new one if it has expired.
    pub fn new(credentials: &Credentials) -> Self {
        Self { credentials: credentials.clone(), is_forced: false }
    }

    /// Asks for a new token if `is_forced`. The current token becomes invalid at once. WeChat allows this 20 times a day,
    /// with 30 seconds between requests.
    #[must_use]
    pub fn forced(self, is_forced: bool) -> Self {
        Self { is_forced, ..self }
    }
}

impl Endpoint for StableToken {
    type Target = BaseUrl;
    type Output<F> = IssuedToken;

    fn to_request(&self, base: &BaseUrl) -> Result<Request<Vec<u8>>, BuildError> {
        let (appid, secret) = self.credentials.checked()?;
        let body = Body { grant_type: "client_credential", appid, secret, force_refresh: self.is_forced };
        base.post_json("/cgi-bin/stable_token", &body)
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<IssuedToken, ApiError> {
        IssuedToken::read(answer)
    }

    fn name(&self) -> &'static str {
        Self::NAME
    }

    /// A forced request is not: a second one would invalidate the token that the first one obtained.
    fn is_idempotent(&self) -> bool {
        !self.is_forced
    }
}
