//! Base URLs, and the URLs of calls.

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

/// All characters except those that never need escaping (RFC 3986, section 2.3).
const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The length of the longest [`http::Uri`], in bytes.
const MAX_URL: usize = u16::MAX as usize - 1;

/// The base URL of calls: a scheme and a host, and for your own gateway a port and a path.
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
    /// A host of WeChat.
    WeChat(&'static str),
    /// Another base URL. The path does not end with a slash.
    Other { scheme: Scheme, authority: Authority, path: String },
}

impl BaseUrl {
    /// The general host: `https://api.weixin.qq.com`.
    pub const API: Self = Self(Base::WeChat("api.weixin.qq.com"));
    /// The fallback of the general host: `https://api2.weixin.qq.com`.
    pub const API2: Self = Self(Base::WeChat("api2.weixin.qq.com"));
    /// The host in Shanghai: `https://sh.api.weixin.qq.com`.
    pub const SHANGHAI: Self = Self(Base::WeChat("sh.api.weixin.qq.com"));
    /// The host in Shenzhen: `https://sz.api.weixin.qq.com`.
    pub const SHENZHEN: Self = Self(Base::WeChat("sz.api.weixin.qq.com"));
    /// The host in Hong Kong: `https://hk.api.weixin.qq.com`.
    pub const HONG_KONG: Self = Self(Base::WeChat("hk.api.weixin.qq.com"));

    /// Parses a base URL. The query of every call contains the token, so `http` is accepted for loopback only.
    ///
    /// # Errors
    ///
    /// [`BuildError::BaseUrl`] names the problem.
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

    /// A GET of a path, without a token. If the path has a query, it must be percent-encoded.
    ///
    /// # Errors
    ///
    /// [`Path`](BuildError::Path), [`TooLong`](BuildError::TooLong).
    pub fn get(&self, path: &str) -> Result<Request<Vec<u8>>, BuildError> {
        Ok(get(self.url(path, None)?))
    }

    /// The URL of a path. The parameter is percent-encoded and added to the query.
    pub(super) fn url(&self, path: &str, parameter: Option<(&str, &str)>) -> Result<Uri, BuildError> {
        // The base was checked and the parameter is encoded, so only the path can be invalid.
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
        if length > MAX_URL {
            return Err(BuildError::TooLong { length, limit: MAX_URL });
        }
        // With the exact capacity, `http` takes over the allocation.
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
    /// With a host of WeChat parsed in advance, for callers that build more than one request.
    pub(crate) fn parsed(self) -> Self {
        let (scheme, authority, path) = self.0.parts();
        Self(Base::Other { scheme, authority, path: path.to_owned() })
    }
}

impl Base {
    /// Parses a base URL, or returns the problem with it.
    fn read(url: &str) -> Result<Self, &'static str> {
        if url.contains('#') {
            return Err("has a fragment");
        }
        let uri: Uri = url.parse().map_err(|_| "is not a URL")?;
        let path = uri.path().trim_end_matches('/').to_owned();
        let Parts { scheme: Some(scheme), authority: Some(authority), path_and_query, .. } = uri.into_parts()
        else {
            return Err("has no scheme or no host");
        };
        if authority.as_str().contains('@') {
            return Err("has user info");
        }
        if path_and_query.is_some_and(|path| path.query().is_some()) {
            return Err("has a query");
        }
        let host = authority.host();
        // `http` silently drops a port that it cannot parse.
        let port_length = authority.port().map_or(0, |port| 1 + port.as_str().len());
        if host.is_empty() || host.len() + port_length != authority.as_str().len() {
            return Err("has an invalid host or port");
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

/// Whether nothing in a value needs escaping, as in every token seen in practice. There is no early exit, so that the
/// compiler can use vector instructions.
fn is_unreserved(value: &str) -> bool {
    let is = |byte: u8| byte.is_ascii_alphanumeric() | matches!(byte, b'-' | b'.' | b'_' | b'~');
    value.bytes().fold(true, |all, byte| all & is(byte))
}

/// Percent-encodes a value for a query.
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
