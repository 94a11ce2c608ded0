//! `GET /cgi-bin/token`: the classic access token, a new one for every call.

use std::time::Duration;

use http::Request;
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, BaseUrl, Endpoint, percent_encoded};
use crate::error::{ApiError, BuildError};
use crate::secret::{AccessToken, Credentials};

/// Obtains the classic access token. Every call replaces the previous token, which stays valid for five minutes.
///
/// If several machines obtain their own, they invalidate each other's tokens. So prefer
/// [`StableToken`](crate::StableToken), or let one machine obtain the token for all of them. App id and app secret are sent
/// in the URL.
///
/// WeChat's page: [getAccessToken](https://developers.weixin.qq.com/doc/service/api/base/api_getaccesstoken).
#[derive(Clone, Debug)]
pub struct Token {
    credentials: Credentials,
}

impl Token {
    pub(crate) const NAME: &str = "token";

    /// Asks for a new token.
    pub fn new(credentials: &Credentials) -> Self {
        Self { credentials: credentials.clone() }
    }
}

impl Endpoint for Token {
    type Target = BaseUrl;
    type Output<F> = IssuedToken;

    fn to_request(&self, base: &BaseUrl) -> Result<Request<Vec<u8>>, BuildError> {
        let (app_id, secret) = self.credentials.checked()?;
        base.get(&format!(
            "/cgi-bin/token?grant_type=client_credential&appid={}&secret={}",
            percent_encoded(app_id),
            percent_encoded(secret)
        ))
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<IssuedToken, ApiError> {
        IssuedToken::read(answer)
    }

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn is_idempotent(&self) -> bool {
        true
    }
}

/// A token that was issued, and its remaining lifetime.
///
/// It deserializes from WeChat's JSON, so your own token server can return the same JSON. The text of an
/// error can quote the input, so do not print it.
///
/// ```
/// # use wechat_material::{IssuedToken, serde_json};
/// let issued: IssuedToken = serde_json::from_str(r#"{"access_token":"81_Zx3","expires_in":7200}"#)?;
/// assert_eq!(issued.expires_in.map(|life| life.as_secs()), Some(7200));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Issued")]
#[non_exhaustive]
pub struct IssuedToken {
    /// The token.
    pub token: AccessToken,
    /// How long it is valid from now on; `None` if the answer does not say, or cannot be read. Negative values count as
    /// zero.
    pub expires_in: Option<Duration>,
}

#[derive(Deserialize)]
struct Issued {
    access_token: String,
    #[serde(default)]
    expires_in: Value,
}

impl IssuedToken {
    /// A token from another source, and how long it is valid.
    pub fn new(token: AccessToken, expires_in: Option<Duration>) -> Self {
        Self { token, expires_in }
    }

    pub(crate) fn read<F>(answer: Answer<'_, F>) -> Result<Self, ApiError> {
        answer.deserialize("a token")
    }
}

impl TryFrom<Issued> for IssuedToken {
    type Error = &'static str;

    fn try_from(issued: Issued) -> Result<Self, &'static str> {
        if issued.access_token.is_empty() {
            return Err("the access token is empty");
        }
        Ok(Self::new(AccessToken::new(issued.access_token), seconds(&issued.expires_in)))
    }
}

/// Seconds as a number, with or without quotes.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    // A value that does not fit becomes the longest duration.
    Some(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;

    #[test]
    fn every_lifetime_is_accepted() {
        let life = |json: &str| {
            let body = format!(r#"{{"access_token":"CANARY","expires_in":{json}}}"#);
            let token = Token::new(&Credentials::new("id", "secret"));
            token.parse(Response::new(body.into_bytes())).map(|issued| issued.expires_in).unwrap()
        };
        assert_eq!(life("7200"), Some(Duration::from_secs(7200)));
        assert_eq!(life("\"7200\""), Some(Duration::from_secs(7200)));
        assert_eq!(life("0"), Some(Duration::ZERO));
        assert_eq!(life("-1"), Some(Duration::ZERO));
        assert_eq!(life("9223372036854775808"), Some(Duration::from_secs(1 << 63)));
        assert_eq!(life("1e300"), Some(Duration::MAX));
        assert_eq!((life("null"), life("[]"), life("\"soon\"")), (None, None, None));
    }

    #[test]
    fn an_answer_without_a_token_is_refused_and_the_error_stores_no_body() {
        let token = Token::new(&Credentials::new("id", "secret"));
        for body in [
            r#"{"expires_in":7200,"x":"CANARY"}"#,
            r#"{"access_token":"","x":"CANARY"}"#,
            r#"{"access_token":1}"#,
        ] {
            let error = token.parse(Response::new(body.as_bytes().to_vec())).unwrap_err();
            assert_eq!((error.kind(), error.body()), ("shape", &[][..]), "{body}");
        }
    }

    #[test]
    fn the_classic_call_encodes_its_parameters() {
        let request = Token::new(&Credentials::new("wx&1", "s#=中")).to_request(&BaseUrl::API).unwrap();
        assert_eq!(
            request.uri().query(),
            Some("grant_type=client_credential&appid=wx%261&secret=s%23%3D%E4%B8%AD")
        );
    }
}
