//! A call of the API: how it is sent, where to, and how its answer is read.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

mod get_material;

pub use get_material::GetMaterial;

use crate::classify::{self, Content};
use crate::error::{ApiError, BuildError};
use crate::parse::{ParseOptions, Parsed};
use crate::secret::{AccessToken, Authorization};

/// One call of the API, without any I/O: it builds the request and reads the response.
///
/// To call something that this crate does not know, implement it with [`Access::post_json`] and
/// [`parse_json`], the pieces that its own endpoints are made of:
///
/// ```
/// use http::{Request, Response};
/// use wechat_material::{
///     Access, AccessToken, ApiError, Authorization, BuildError, Endpoint, ParseOptions, Parsed, parse_json,
/// };
///
/// /// `POST /cgi-bin/material/del_material`
/// struct DeleteMaterial {
///     media_id: String,
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Deleted {}
///
/// impl Endpoint for DeleteMaterial {
///     type Target = Access;
///     type Output = Deleted;
///
///     fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
///         access.post_json("/cgi-bin/material/del_material", &serde_json::json!({ "media_id": self.media_id }))
///     }
///
///     fn parse_with(&self, options: &ParseOptions, response: Response<Vec<u8>>) -> Result<Parsed<Deleted>, ApiError> {
///         parse_json(Authorization::AccessToken, options, response)
///     }
/// }
///
/// let delete = DeleteMaterial { media_id: "61224425".to_owned() };
/// let request = delete.to_request(&Access::new(&AccessToken::new("81_Zx3")))?;
/// assert_eq!(request.body(), br#"{"media_id":"61224425"}"#);
/// let response = Response::new(br#"{"errcode":0,"errmsg":"ok"}"#.to_vec());
/// assert!(delete.parse(response).is_ok());
/// # Ok::<(), BuildError>(())
/// ```
pub trait Endpoint {
    /// Where the call goes: [`Access`], or [`BaseUrl`] for the calls that obtain a token.
    type Target;
    /// What it answers with.
    type Output;

    /// Builds the request.
    ///
    /// # Errors
    ///
    /// [`BuildError`]: nothing has been sent; correct the argument that it names.
    fn to_request(&self, target: &Self::Target) -> Result<Request<Vec<u8>>, BuildError>;

    /// Judges the response, and tells how.
    ///
    /// # Errors
    ///
    /// [`ApiError`], as under [How a response is judged](crate#how-a-response-is-judged).
    fn parse_with(
        &self,
        options: &ParseOptions,
        response: Response<Vec<u8>>,
    ) -> Result<Parsed<Self::Output>, ApiError>;

    /// Judges the response with the default options, for the output alone.
    ///
    /// # Errors
    ///
    /// As [`parse_with`](Self::parse_with).
    fn parse(&self, response: Response<Vec<u8>>) -> Result<Self::Output, ApiError> {
        self.parse_with(&ParseOptions::default(), response).map(|parsed| parsed.output)
    }

    /// Whether it may be sent again when nobody knows if it arrived.
    fn is_repeatable(&self) -> bool {
        false
    }
}

/// Reads the answer of a call that answers with a JSON object into a type of your own.
///
/// # Errors
///
/// [`ApiError`] as for every call; [`Shape`](ApiError::Shape) for a file, and for JSON that does not fit `T`.
pub fn parse_json<T: DeserializeOwned>(
    authorization: Authorization,
    options: &ParseOptions,
    response: Response<Vec<u8>>,
) -> Result<Parsed<T>, ApiError> {
    let answer = classify::judge(authorization, options, response)?;
    let output = match answer.content {
        // What serde says of a mismatch can quote the body, so it is left out.
        Content::Json(object) => T::deserialize(serde_json::Value::Object(object)).ok(),
        Content::File(_) => None,
    };
    match output {
        Some(output) => Ok(Parsed { output, repairs: answer.repairs, evidence: answer.evidence }),
        None => Err(ApiError::shape("the JSON object of this call", &answer.body, authorization)),
    }
}

/// Where an authorized call goes: a base URL and a token. Prints neither token nor URL query.
#[derive(Clone, Debug)]
pub struct Access {
    base: BaseUrl,
    token: AccessToken,
}

impl Access {
    /// Access to [`BaseUrl::API`].
    pub fn new(token: &AccessToken) -> Self {
        Self::at(BaseUrl::API, token)
    }

    /// Access to another base URL.
    pub fn at(base: BaseUrl, token: &AccessToken) -> Self {
        Self { base, token: token.clone() }
    }

    /// A POST of JSON to a path, such as `/cgi-bin/material/get_material`. The token goes into the query,
    /// percent-encoded, behind a query that the path may have.
    ///
    /// # Errors
    ///
    /// [`EmptyToken`](BuildError::EmptyToken), [`Path`](BuildError::Path),
    /// [`TooLong`](BuildError::TooLong), [`Body`](BuildError::Body).
    pub fn post_json(
        &self,
        path: &str,
        body: &(impl Serialize + ?Sized),
    ) -> Result<Request<Vec<u8>>, BuildError> {
        post_json(self.url(path)?, body)
    }

    /// A GET of a path, with the token in the query likewise.
    ///
    /// # Errors
    ///
    /// [`EmptyToken`](BuildError::EmptyToken), [`Path`](BuildError::Path), [`TooLong`](BuildError::TooLong).
    pub fn get(&self, path: &str) -> Result<Request<Vec<u8>>, BuildError> {
        Ok(get(self.url(path)?))
    }

    fn url(&self, path: &str) -> Result<Uri, BuildError> {
        if self.token.expose().is_empty() {
            return Err(BuildError::EmptyToken);
        }
        let joint = if path.contains('?') { '&' } else { '?' };
        let token = utf8_percent_encode(self.token.expose(), NOT_UNRESERVED);
        self.base.url(path, format_args!("{joint}access_token={token}"))
    }
}

/// All but the characters that never need escaping (RFC 3986, section 2.3).
const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What an [`http::Uri`] holds at most.
const LONGEST_URL: usize = u16::MAX as usize - 1;

fn post_json(url: Uri, body: &(impl Serialize + ?Sized)) -> Result<Request<Vec<u8>>, BuildError> {
    let mut request = get(url);
    *request.method_mut() = Method::POST;
    *request.body_mut() = serde_json::to_vec(body).map_err(BuildError::Body)?;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(request)
}

fn get(url: Uri) -> Request<Vec<u8>> {
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = url;
    // A compressed answer could not be judged: this crate has nothing to undo it with.
    request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    request
}

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
pub struct BaseUrl(Cow<'static, str>);

impl BaseUrl {
    /// The general host: `https://api.weixin.qq.com`.
    pub const API: Self = Self(Cow::Borrowed("https://api.weixin.qq.com"));
    /// The general host's stand-in for disasters.
    pub const API2: Self = Self(Cow::Borrowed("https://api2.weixin.qq.com"));
    /// The host in Shanghai.
    pub const SHANGHAI: Self = Self(Cow::Borrowed("https://sh.api.weixin.qq.com"));
    /// The host in Shenzhen.
    pub const SHENZHEN: Self = Self(Cow::Borrowed("https://sz.api.weixin.qq.com"));
    /// The host in Hong Kong.
    pub const HONG_KONG: Self = Self(Cow::Borrowed("https://hk.api.weixin.qq.com"));

    /// Reads a base URL. The query of every call holds the token, so `http` is for loopback only.
    ///
    /// # Errors
    ///
    /// [`BuildError::BaseUrl`] says what is wrong with it.
    pub fn new(url: &str) -> Result<Self, BuildError> {
        match Self::problem(url) {
            None => Ok(Self(Cow::Owned(url.trim_end_matches('/').to_owned()))),
            Some(problem) => Err(BuildError::BaseUrl { problem }),
        }
    }

    fn problem(url: &str) -> Option<&'static str> {
        if url.contains('#') {
            return Some("has a fragment");
        }
        let Ok(uri) = url.parse::<Uri>() else {
            return Some("is not a URL");
        };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Some("has no scheme and host");
        };
        if authority.as_str().contains('@') {
            return Some("has user info");
        }
        if uri.query().is_some() {
            return Some("has a query");
        }
        let host = authority.host();
        // What `http` does not read as a port it leaves out in silence.
        let port_length = authority.port().map_or(0, |port| 1 + port.as_str().len());
        if host.is_empty() || host.len() + port_length != authority.as_str().len() {
            return Some("has a host or port that is not one");
        }
        match scheme {
            "https" => None,
            "http" if is_loopback(host) => None,
            "http" => Some("would send the token unencrypted (http is for loopback only)"),
            _ => Some("has a scheme other than https"),
        }
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
        post_json(self.url(path, format_args!(""))?, body)
    }

    /// A GET of a path, without a token. A query that the path has must be percent-encoded.
    ///
    /// # Errors
    ///
    /// [`Path`](BuildError::Path), [`TooLong`](BuildError::TooLong).
    pub fn get(&self, path: &str) -> Result<Request<Vec<u8>>, BuildError> {
        Ok(get(self.url(path, format_args!(""))?))
    }

    fn url(&self, path: &str, more: fmt::Arguments<'_>) -> Result<Uri, BuildError> {
        // The base was checked and `more` is encoded, so only the path can be wrong.
        let is_path =
            path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if !is_path {
            return Err(BuildError::Path);
        }
        let url = format!("{self}{path}{more}");
        let length = url.len();
        if length > LONGEST_URL {
            return Err(BuildError::TooLong { length, limit: LONGEST_URL });
        }
        Uri::try_from(url).map_err(|_| BuildError::Path)
    }
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
        f.write_str(&self.0)
    }
}
