//! A call of the API: how it is sent, where to, and how its answer is read.

use http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, Uri};
use serde::Serialize;
use serde::de::DeserializeOwned;

mod base_url;
mod count_materials;
mod get_material;
mod list_materials;
mod stable_token;
mod token;

pub use base_url::BaseUrl;
use base_url::percent_encoded;
pub use count_materials::{CountMaterials, MaterialCounts};
pub use get_material::GetMaterial;
pub use list_materials::{ListMaterials, MaterialItem, MaterialPage, MaterialType, UnknownMaterialType};
pub use stable_token::StableToken;
pub use token::{IssuedToken, Token};

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

    /// What the call is about, for logs: a media id. Nothing secret.
    #[expect(clippy::unnecessary_literal_bound, reason = "others have one of their own")]
    fn subject(&self) -> &str {
        ""
    }

    /// Whether it may be sent again when nobody knows if it arrived: after a timeout or a broken connection. An answer
    /// of 429 or 5xx counts as a refusal, after which any call is sent again.
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
    let (answer, _, body) = classify::judge(authorization, options, response)?;
    let output = match answer.content {
        // What serde says of a mismatch can quote the body, so it is left out.
        Content::Json(object) => T::deserialize(serde_json::Value::Object(object)).ok(),
        Content::File => None,
    };
    match output {
        Some(output) => Ok(Parsed { output, repairs: answer.repairs, evidence: answer.evidence }),
        None => Err(ApiError::shape("the JSON object of this call", &body, authorization)),
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
        Self { base: base.read_ahead(), token: token.clone() }
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
    // A compressed answer could not be judged: this crate has nothing to undo it with.
    request.headers_mut().insert(ACCEPT_ENCODING, IDENTITY.clone());
    request
}
