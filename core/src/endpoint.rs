//! A call of the API: where it goes, how it is sent, and how its answer is read.

use http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use http::response::Parts;
use http::{HeaderValue, Method, Request, Response, Uri};
use serde::Serialize;

mod base_url;
mod count_materials;
mod get_material;
mod get_video;
mod list_materials;
mod stable_token;
mod target;
mod token;

pub use base_url::BaseUrl;
use base_url::percent_encoded;
pub use count_materials::{CountMaterials, MaterialCounts};
pub use get_material::GetMaterial;
pub use get_video::GetVideo;
pub use list_materials::{ListMaterials, MaterialItem, MaterialPage, MaterialType, UnknownMaterialType};
pub use stable_token::StableToken;
pub use target::{OwnUrl, Target};
pub use token::{IssuedToken, Token};

pub(crate) use crate::answer::Answer;
use crate::error::{ApiError, BuildError};
use crate::flow::Expect;
use crate::material::File;
#[cfg(doc)]
use crate::material::FileInfo;
use crate::parse::{ParseOptions, Parsed, parse_whole};
use crate::receive::Receiver;
use crate::secret::AccessToken;

/// One call of the API, without any I/O: it builds the request and reads the response.
///
/// Implement it for a call that this crate does not have. Your endpoint can do everything that those here can: its
/// responses are judged in the same way, it can return a file, be streamed and be retried, and it can keep undocumented
/// fields.
///
/// ```
/// use http::{Request, Response};
/// use serde_json::{Map, Value, json};
/// use wechat_material::{Access, AccessToken, Answer, ApiError, BuildError, Endpoint};
///
/// /// `POST /cgi-bin/material/del_material`
/// struct DeleteMaterial {
///     media_id: String,
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Deleted {
///     #[serde(flatten)]
///     extra: Map<String, Value>,
/// }
///
/// impl Endpoint for DeleteMaterial {
///     type Target = Access;
///     type Output<F> = Deleted;
///
///     fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
///         access.post_json("/cgi-bin/material/del_material", &json!({ "media_id": self.media_id }))
///     }
///
///     fn read<F>(&self, answer: Answer<'_, F>) -> Result<Deleted, ApiError> {
///         answer.deserialize("the outcome of a deletion")
///     }
/// }
///
/// let delete = DeleteMaterial { media_id: "61224425".to_owned() };
/// let request = delete.to_request(&Access::new(&AccessToken::new("81_Zx3")))?;
/// assert_eq!(request.body(), br#"{"media_id":"61224425"}"#);
/// let response = Response::new(br#"{"errcode":0,"errmsg":"ok"}"#.to_vec());
/// assert!(delete.parse(response)?.extra.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Endpoint {
    /// Where the call goes: [`Access`] for most calls, [`BaseUrl`] for calls without a token, [`OwnUrl`] for links to other
    /// servers.
    type Target: Target;
    /// What the call returns. `F` is the type of a file in it, if there is one: [`File`] or [`FileInfo`].
    type Output<F>;

    /// Builds the request.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if an argument cannot be used. It names the argument; nothing was sent.
    fn to_request(&self, target: &Self::Target) -> Result<Request<Vec<u8>>, BuildError>;

    /// Reads an answer that is not an error.
    ///
    /// # Errors
    ///
    /// Return [`ApiError::shape`] if the answer does not fit this call.
    fn read<F>(&self, answer: Answer<'_, F>) -> Result<Self::Output<F>, ApiError>;

    /// Whether the answer may be a file. A client receives a file for as long as bytes arrive, and JSON
    /// within the total timeout that its transport sets for a call.
    fn expect(&self) -> Expect {
        Expect::Json
    }

    /// What the call is about, for logs, such as a media id. It must not be secret. Empty by default.
    #[expect(clippy::unnecessary_literal_bound, reason = "other endpoints return a field")]
    fn subject(&self) -> &str {
        ""
    }

    /// The name of a file if the response does not name it: by default the [`subject`](Self::subject).
    fn fallback_name(&self) -> &str {
        self.subject()
    }

    /// The name of the call in errors, events and logs. The calls of this crate use the names of the API, such as
    /// `get_material`. By default it is the name of the type.
    fn name(&self) -> &'static str {
        let path = std::any::type_name::<Self>();
        let path = path.split('<').next().unwrap_or(path);
        path.rsplit("::").next().unwrap_or(path)
    }

    /// Whether the call can be retried even if it may have reached the server, as after a timeout or a broken connection.
    /// The statuses 429 and 5xx are refusals, after which any call is retried. False by default.
    fn is_idempotent(&self) -> bool {
        false
    }

    /// Judges a whole response and reads it. The result includes the repairs and the evidence.
    ///
    /// # Errors
    ///
    /// [`ApiError`], as described in [How a response is judged](crate#how-a-response-is-judged).
    fn parse_with(
        &self,
        options: &ParseOptions,
        response: Response<Vec<u8>>,
    ) -> Result<Parsed<Self::Output<File>>, ApiError> {
        let received = |info, bytes| File { info, bytes };
        parse_whole(self, options, options.max_whole_file(), response, received)
    }

    /// Judges a whole response with the default options, and returns the output alone.
    ///
    /// # Errors
    ///
    /// As [`parse_with`](Self::parse_with).
    fn parse(&self, response: Response<Vec<u8>>) -> Result<Self::Output<File>, ApiError> {
        self.parse_with(&ParseOptions::default(), response).map(|parsed| parsed.output)
    }

    /// Judges a response as it arrives, so that a file is not held in memory. See [`Receiver`].
    fn receiver<'e>(&'e self, options: &ParseOptions, head: Parts) -> Receiver<'e, Self> {
        Receiver::new(self, options, options.max_received_file(), head)
    }
}

/// Where an authorized call goes: a base URL and a token. Its `Debug` does not print the token.
#[derive(Clone, Debug)]
pub struct Access {
    base: BaseUrl,
    token: AccessToken,
}

impl Access {
    /// Access to [`BaseUrl::API`].
    pub fn new(token: &AccessToken) -> Self {
        Self::with_base_url(token, BaseUrl::API)
    }

    /// Access to another base URL.
    pub fn with_base_url(token: &AccessToken, base: BaseUrl) -> Self {
        Self { base: base.parsed(), token: token.clone() }
    }

    /// A POST of JSON to a path, such as `/cgi-bin/material/get_material`. The token is percent-encoded and added to the
    /// query of the path.
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

    /// A GET of a path. The token is added to the query in the same way.
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
        self.base.url(path, Some(("access_token", self.token.expose())))
    }
}

static JSON: HeaderValue = HeaderValue::from_static("application/json");
static IDENTITY: HeaderValue = HeaderValue::from_static("identity");

fn post_json(url: Uri, body: &(impl Serialize + ?Sized)) -> Result<Request<Vec<u8>>, BuildError> {
    let mut request = get(url);
    *request.method_mut() = Method::POST;
    *request.body_mut() = serde_json::to_vec(body).map_err(BuildError::Body)?;
    request.headers_mut().insert(CONTENT_TYPE, JSON.clone());
    Ok(request)
}

/// A GET that asks for no compression.
pub(crate) fn get(url: Uri) -> Request<Vec<u8>> {
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = url;
    // This crate cannot decompress, so it could not judge a compressed answer.
    request.headers_mut().insert(ACCEPT_ENCODING, IDENTITY.clone());
    request
}
