//! Tokens and app secrets, and how to print a request without them.

use std::fmt;
use std::sync::Arc;

use http::Request;

mod repeats;

pub(crate) use self::repeats::repeats;
use crate::error::BuildError;

/// An access token, which WeChat expects in the query of every call.
///
/// Cheap to clone. Its `Debug` is redacted, and it has neither `Display` nor `Serialize`: [`expose`](Self::expose)
/// returns the text.
///
/// ```
/// # use wechat_material::AccessToken;
/// let token = AccessToken::new("81_Zx3");
/// assert_eq!(format!("{token:?}"), "AccessToken(redacted)");
/// assert_eq!(token.expose(), "81_Zx3");
/// ```
#[derive(Clone)]
pub struct AccessToken(Arc<str>);

impl AccessToken {
    /// Takes the token as WeChat issued it, unescaped. Any text is accepted here. An empty token is refused when a request
    /// is built.
    pub fn new(token: impl Into<Arc<str>>) -> Self {
        Self(token.into())
    }

    /// The text of the token.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether a text repeats the token: unchanged, percent-encoded up to three times, or form-encoded. Do not print such a
    /// text.
    ///
    /// ```
    /// # use wechat_material::AccessToken;
    /// let token = AccessToken::new("81_Zx3#");
    /// assert!(token.is_in("invalid URL /cgi-bin/token?access_token=81_Zx3%23"));
    /// assert!(!token.is_in("invalid URL"));
    /// ```
    pub fn is_in(&self, text: &str) -> bool {
        repeats(text.as_bytes(), &self.0)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(redacted)")
    }
}

/// An app secret, which is needed to obtain tokens. Its `Debug` is redacted, and it has neither `Display` nor `Serialize`.
#[derive(Clone)]
pub struct AppSecret(Arc<str>);

impl AppSecret {
    /// Takes the secret as the account's console shows it.
    pub fn new(secret: impl Into<Arc<str>>) -> Self {
        Self(secret.into())
    }

    /// The text of the secret.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether a text repeats the secret, like [`AccessToken::is_in`].
    pub fn is_in(&self, text: &str) -> bool {
        repeats(text.as_bytes(), &self.0)
    }
}

impl fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSecret(redacted)")
    }
}

impl From<&str> for AppSecret {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

impl From<String> for AppSecret {
    fn from(secret: String) -> Self {
        Self::new(secret)
    }
}

/// App id and app secret of an account.
#[derive(Clone, Debug)]
pub struct Credentials {
    app_id: Arc<str>,
    secret: AppSecret,
}

impl Credentials {
    /// Takes both as the account's console shows them. Empty texts are refused when a request is built.
    pub fn new(app_id: impl Into<Arc<str>>, secret: impl Into<AppSecret>) -> Self {
        Self { app_id: app_id.into(), secret: secret.into() }
    }

    /// The app id.
    pub fn app_id(&self) -> &str {
        &self.app_id
    }

    /// The app secret.
    pub(crate) fn secret(&self) -> &AppSecret {
        &self.secret
    }

    /// App id and secret, if neither is empty.
    pub(crate) fn checked(&self) -> Result<(&str, &str), BuildError> {
        if self.app_id.is_empty() {
            return Err(BuildError::EmptyAppId);
        }
        if self.secret.expose().is_empty() {
            return Err(BuildError::EmptyAppSecret);
        }
        Ok((&self.app_id, self.secret.expose()))
    }
}

/// How a call is authorized, which decides the category of a refused credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// With an access token, like nearly every call.
    AccessToken,
    /// Not at all: the call goes to another server.
    None,
    /// With app id and app secret, like a call that obtains a token. Its errors do not store the body.
    AppSecret,
}

/// Prints a request without its secrets: method, scheme, host and path, but not the query (which contains the token), user
/// info, headers or body.
///
/// [`http::Request`]'s own `Debug` prints the whole URI, so log this instead.
///
/// ```
/// # use wechat_material::driver::Redacted;
/// # use wechat_material::{Access, AccessToken, Endpoint, GetMaterial};
/// let access = Access::new(&AccessToken::new("81_Zx3"));
/// let request = GetMaterial::new("61224425").to_request(&access)?;
/// assert_eq!(
///     Redacted(&request).to_string(),
///     "POST https://api.weixin.qq.com/cgi-bin/material/get_material?(redacted)"
/// );
/// # Ok::<(), wechat_material::BuildError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Redacted<'r, B>(pub &'r Request<B>);

impl<B> fmt::Display for Redacted<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.0.uri();
        write!(f, "{} ", self.0.method())?;
        if let Some(scheme) = uri.scheme() {
            write!(f, "{scheme}://")?;
        }
        if let Some(host) = uri.host() {
            f.write_str(host)?;
        }
        if let Some(port) = uri.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(uri.path())?;
        if uri.query().is_some() { f.write_str("?(redacted)") } else { Ok(()) }
    }
}

impl<B> fmt::Debug for Redacted<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_info_query_and_headers_of_a_request_are_not_printed() {
        let request = Request::get("http://user:pass@127.0.0.1:8080/path?access_token=SECRET")
            .header("authorization", "SECRET")
            .body("SECRET")
            .unwrap();
        let printed = format!("{} {:?}", Redacted(&request), Redacted(&request));
        assert_eq!(printed, ["GET http://127.0.0.1:8080/path?(redacted)"; 2].join(" "));
    }
}
