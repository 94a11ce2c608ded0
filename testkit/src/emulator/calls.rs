//! The calls of the API.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use serde_json::Value;
use wechat_material::ErrorCode;

use super::accounts::AccountState;
use super::answer::{Refusal, file, token_json};
use super::assets;
use super::lists::invalid_type;
use super::server::World;

type Parameters = HashMap<String, String>;

/// `POST /cgi-bin/material/get_material?access_token=…` with `{"media_id":"…"}`.
pub(super) async fn get_material(
    State(world): State<World>,
    method: Method,
    Query(query): Query<Parameters>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    require_post(&method)?;
    let account = account(&world, &query)?;
    let invalid_media_id = || Refusal::with_hint(ErrorCode::INVALID_MEDIA_ID, "invalid media_id");
    // For a form, an empty body or an id in the query, WeChat reports an unknown id.
    if !is_json(&headers, &body) {
        return Err(invalid_media_id());
    }
    let asked = object(&body)?;
    let Some(media_id) = asked.get("media_id") else {
        return Err(Refusal::new(ErrorCode::MEDIA_ID_MISSING, "media_id missing"));
    };
    let material = media_id.as_str().and_then(|media_id| account.lists.material(media_id, world.address));
    material.ok_or_else(invalid_media_id)
}

/// `POST /cgi-bin/material/batchget_material?access_token=…` with `{"type":"image","offset":0,"count":20}`.
pub(super) async fn batchget_material(
    State(world): State<World>,
    method: Method,
    Query(query): Query<Parameters>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    require_post(&method)?;
    let account = account(&world, &query)?;
    // For a body that is not JSON, WeChat reports an unknown type.
    if !is_json(&headers, &body) {
        return Err(invalid_type());
    }
    account.lists.page(&object(&body)?, world.address)
}

/// `GET /cgi-bin/material/get_materialcount?access_token=…`
pub(super) async fn get_materialcount(
    State(world): State<World>,
    Query(query): Query<Parameters>,
) -> Result<Response, Refusal> {
    Ok(account(&world, &query)?.lists.counts())
}

/// `POST /cgi-bin/stable_token`
pub(super) async fn stable_token(
    State(world): State<World>,
    method: Method,
    body: Bytes,
) -> Result<Response, Refusal> {
    require_post(&method)?;
    let asked = object(&body)?;
    let text = |name: &str| asked.get(name).and_then(Value::as_str);
    let account = world.accounts.by_credentials(text("grant_type"), text("appid"), text("secret"))?;
    let token = match asked.get("force_refresh") {
        Some(Value::Bool(true)) => account.tokens.refresh()?,
        _ => account.tokens.stable(),
    };
    Ok(token_json(&token.to_json()))
}

/// `GET /cgi-bin/token?grant_type=client_credential&appid=…&secret=…`
pub(super) async fn token(
    State(world): State<World>,
    Query(query): Query<Parameters>,
) -> Result<Response, Refusal> {
    let text = |name: &str| query.get(name).map(String::as_str);
    let account = world.accounts.by_credentials(text("grant_type"), text("appid"), text("secret"))?;
    Ok(token_json(&account.tokens.replace().to_json()))
}

/// The file that a video's link points to. The link must be signed and must not contain a token.
pub(super) async fn video_file(
    Path(name): Path<String>,
    Query(query): Query<Parameters>,
) -> Result<Response, StatusCode> {
    let is_signed = query.get("vkey").is_some_and(|key| key == assets::VIDEO_KEY);
    match (query.contains_key("access_token"), name == assets::VIDEO_FILE, is_signed) {
        (true, _, _) => Err(StatusCode::BAD_REQUEST),
        (false, true, true) => Ok(file(assets::video_headers(), assets::VIDEO.into())),
        (false, true, false) => Err(StatusCode::FORBIDDEN),
        (false, false, _) => Err(StatusCode::NOT_FOUND),
    }
}

/// The parameters of a query. A malformed query has none.
pub(super) fn parameters(uri: &Uri) -> Parameters {
    Query::try_from_uri(uri).map(|Query(parameters)| parameters).unwrap_or_default()
}

fn account<'w>(world: &'w World, query: &Parameters) -> Result<&'w AccountState, Refusal> {
    world.accounts.by_token(query.get("access_token").map_or("", String::as_str))
}

fn require_post(method: &Method) -> Result<(), Refusal> {
    if method == Method::POST {
        return Ok(());
    }
    Err(Refusal::with_hint(ErrorCode::POST_REQUIRED, "require POST method"))
}

/// Whether the body is not a form and starts like a JSON object.
fn is_json(headers: &HeaderMap, body: &[u8]) -> bool {
    let is_form = headers
        .get("content-type")
        .is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form"));
    !is_form && body.trim_ascii_start().starts_with(b"{")
}

fn object(body: &[u8]) -> Result<Value, Refusal> {
    match serde_json::from_slice(body) {
        Ok(object @ Value::Object(_)) => Ok(object),
        Ok(_) | Err(_) => Err(Refusal::with_hint(ErrorCode::INVALID_BODY, "data format error")),
    }
}
