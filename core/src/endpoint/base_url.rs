//! Where calls go, and how a URL is made of it.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::uri::{Authority, Parts, Scheme};
use http::{Request, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde::Serialize;

use super::{get, post_json};
use crate::error::BuildError;

/// All but the characters that never need escaping (RFC 3986, section 2.3).
const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What an [`http::Uri`] holds at most.
const LONGEST_URL: usize = u16::MAX as usize - 1;

/// Scheme, host and, for a proxy of your own, port and path, without a slash at the end.
///
/// ```
/// # use wechat_material::BaseUrl;
/// assert_eq!(BaseUrl::default(), BaseUrl::API);
/// let proxy: BaseUrl = "https://gateway.example/wechat/".parse()?;
/// assert_eq!(proxy.to_string(), "https://gateway.example/wechat");
/// assert!("http://gateway.example".parse::<BaseUrl>().is_err());
/// # Ok::<(), wechat_material::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl(Base);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Base {
    /// A host of WeChat's own.
    WeChat(&'static str),
    /// Another one. The path has no slash at its end.
    Other { scheme: Scheme, authority: Authority, path: String },
}

impl BaseUrl {
    /// The general host: `https://api.weixin.qq.com`.
    pub const API: Self = Self(Base::WeChat("api.weixin.qq.com"));
    /// The general host's stand-in for disasters: `https://api2.weixin.qq.com`.
    pub const API2: Self = Self(Base::WeChat("api2.weixin.qq.com"));
    /// The host in Shanghai: `https://sh.api.weixin.qq.com`.
    pub const SHANGHAI: Self = Self(Base::WeChat("sh.api.weixin.qq.com"));
    /// The host in Shenzhen: `https://sz.api.weixin.qq.com`.
    pub const SHENZHEN: Self = Self(Base::WeChat("sz.api.weixin.qq.com"));
    /// The host in Hong Kong: `https://hk.api.weixin.qq.com`.
    pub const HONG_KONG: Self = Self(Base::WeChat("hk.api.weixin.qq.com"));

    /// Reads a base URL. The query of every call holds the token, so `http` is for loopback only.
    ///
    /// # Errors
    ///
    /// [`BuildError::BaseUrl`] says what is wrong with it.
    pub fn new(url: &str) -> Result<Self, BuildError> {
        let base = Base::read(url).map_err(|problem| BuildError::BaseUrl { problem })?;
        let vendors = [Self::API, Self::API2, Self::SHANGHAI, Self::SHENZHEN, Self::HONG_KONG];
        Ok(vendors.into_iter().find(|vendor| vendor.0.parts() == base.parts()).unwrap_or(Self(base)))
    }

    /// A POST of JSON to a path, without a token: for calls that obtain one.
    ///
    /// # Errors
    ///
    /// [`Path`](BuildError::Path), [`TooLong`](BuildError::TooLong), [`Body`](BuildError::Body).
    pub fn post_json(
        &self,
        path: &str,
        body: &(impl Serialize + ?Sized),
    ) -> Result<Request<Vec<u8>>, BuildError> {
        post_json(self.url(path, None)?, body)
    }

    /// A GET of a path, without a token. A query that the path has must be percent-encoded.
    ///
    /// # Errors
    ///
    /// [`Path`](BuildError::Path), [`TooLong`](BuildError::TooLong).
    pub fn get(&self, path: &str) -> Result<Request<Vec<u8>>, BuildError> {
        Ok(get(self.url(path, None)?))
    }

    /// The URL of a path, with a parameter added to its query, percent-encoded.
    pub(super) fn url(&self, path: &str, parameter: Option<(&str, &str)>) -> Result<Uri, BuildError> {
        // The base was checked and the parameter is encoded, so only the path can be wrong.
        let is_path =
            path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if !is_path {
            return Err(BuildError::Path);
        }
        let (scheme, authority, base_path) = self.0.parts();
        let joint = if path.contains('?') { "&" } else { "?" };
        let (name, value) = parameter.unwrap_or_default();
        let value = if is_unreserved(value) { value.into() } else { Cow::from(percent_encoded(value)) };
        let added = parameter.map_or(0, |_| joint.len() + name.len() + "=".len() + value.len());

        let target_length = base_path.len() + path.len() + added;
        let length = scheme.as_str().len() + "://".len() + authority.as_str().len() + target_length;
        if length > LONGEST_URL {
            return Err(BuildError::TooLong { length, limit: LONGEST_URL });
        }
        // With no byte to spare, `http` takes it over as it is.
        let mut target = String::with_capacity(target_length);
        target.push_str(base_path);
        target.push_str(path);
        if parameter.is_some() {
            target.push_str(joint);
            target.push_str(name);
            target.push('=');
            target.push_str(&value);
        }
        let mut parts = Parts::default();
        parts.scheme = Some(scheme);
        parts.authority = Some(authority);
        parts.path_and_query = Some(target.try_into().map_err(|_| BuildError::Path)?);
        Uri::from_parts(parts).map_err(|_| BuildError::Path)
    }
}

impl BaseUrl {
    /// With the host of WeChat's own parsed already, for callers that build more than one request.
    pub(crate) fn read_ahead(self) -> Self {
        let (scheme, authority, path) = self.0.parts();
        Self(Base::Other { scheme, authority, path: path.to_owned() })
    }
}

impl Base {
    /// A base URL, or what is wrong with it.
    fn read(url: &str) -> Result<Self, &'static str> {
        if url.contains('#') {
            return Err("has a fragment");
        }
        let uri: Uri = url.parse().map_err(|_| "is not a URL")?;
        let path = uri.path().trim_end_matches('/').to_owned();
        let Parts { scheme: Some(scheme), authority: Some(authority), path_and_query, .. } = uri.into_parts()
        else {
            return Err("has no scheme and host");
        };
        if authority.as_str().contains('@') {
            return Err("has user info");
        }
        if path_and_query.is_some_and(|path| path.query().is_some()) {
            return Err("has a query");
        }
        let host = authority.host();
        // What `http` does not read as a port it leaves out in silence.
        let port_length = authority.port().map_or(0, |port| 1 + port.as_str().len());
        if host.is_empty() || host.len() + port_length != authority.as_str().len() {
            return Err("has a host or port that is not one");
        }
        match scheme.as_str() {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => return Err("would send the token unencrypted (http is for loopback only)"),
            _ => return Err("has a scheme other than https"),
        }
        Ok(Self::Other { scheme, authority, path })
    }

    fn parts(&self) -> (Scheme, Authority, &str) {
        match self {
            Self::WeChat(host) => (Scheme::HTTPS, Authority::from_static(host), ""),
            Self::Other { scheme, authority, path } => (scheme.clone(), authority.clone(), path),
        }
    }
}

/// Whether nothing in it needs escaping, as in every token that was seen. All of it is looked at, which compilers turn
/// into vector instructions.
fn is_unreserved(value: &str) -> bool {
    let is = |byte: u8| byte.is_ascii_alphanumeric() | matches!(byte, b'-' | b'.' | b'_' | b'~');
    value.bytes().fold(true, |all, byte| all & is(byte))
}

/// A value for a query.
pub(super) fn percent_encoded(value: &str) -> PercentEncode<'_> {
    utf8_percent_encode(value, NOT_UNRESERVED)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self::API
    }
}

impl FromStr for BaseUrl {
    type Err = BuildError;

    fn from_str(url: &str) -> Result<Self, BuildError> {
        Self::new(url)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, authority, path) = self.0.parts();
        write!(f, "{scheme}://{authority}{path}")
    }
}
