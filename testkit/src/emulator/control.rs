//! Paths that control the emulator: programs in any language can set quirks and read the journal.
//!
//! - `POST /emulator/quirks` with `{"quirk":"html-page","media_id":"NEWS-ONE"}` or `{"quirk":"drip","next":3}`: set a quirk
//! - `GET /emulator/quirks`: the names of all quirks, each with a description
//! - `DELETE /emulator/quirks`: remove all quirks
//! - `GET /emulator/journal`: the calls since the journal was last read, each with its answer
//!
//! A header asks for a quirk for a single call.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Emulator;
use super::answer::text;
use super::journal::{Exchange, Journal, Sent};
use super::quirk::{Quirk, UnknownQuirk};

pub(super) async fn misbehave(State(journal): State<Arc<Journal>>, body: Bytes) -> Response {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let quirk = asked["quirk"].as_str().map(str::parse::<Quirk>);
    match (quirk, asked["media_id"].as_str(), asked["next"].as_u64()) {
        (Some(Ok(quirk)), Some(media_id), None) => journal.misbehave_for(media_id, quirk),
        (Some(Ok(quirk)), None, Some(calls)) => journal.misbehave_next(calls, quirk),
        (Some(Err(unknown)), _, _) => return refusal(&unknown.to_string()),
        _ => return refusal("expected a quirk, and either a media_id or a number of calls in next"),
    }
    StatusCode::NO_CONTENT.into_response()
}

pub(super) async fn behave(State(journal): State<Arc<Journal>>) -> StatusCode {
    journal.behave();
    StatusCode::NO_CONTENT
}

pub(super) async fn quirks() -> Response {
    let quirks: Vec<_> = Quirk::ALL
        .iter()
        .map(|quirk| json!({ "quirk": quirk.to_string(), "about": quirk.about() }))
        .collect();
    text("application/json", json!(quirks).to_string())
}

pub(super) async fn journal(State(journal): State<Arc<Journal>>) -> Response {
    let exchanges: Vec<_> = journal.take_exchanges().iter().map(line).collect();
    text("application/json", json!(exchanges).to_string())
}

/// The quirk that a call asks for.
pub(super) fn requested_quirk(headers: &HeaderMap) -> Result<Option<Quirk>, UnknownQuirk> {
    let name = headers.get(Emulator::QUIRK_HEADER);
    name.map(|name| name.to_str().unwrap_or_default().parse()).transpose()
}

fn line(exchange: &Exchange) -> Value {
    let sent = match &exchange.sent {
        Sent::Answer { status, body } => json!({ "status": status, "length": body.len() }),
        Sent::Quirk(quirk) => json!({ "quirk": quirk.to_string() }),
    };
    json!({
        "method": exchange.method.as_str(),
        "target": exchange.target,
        "body": String::from_utf8_lossy(&exchange.body),
        "sent": sent,
    })
}

pub(super) fn refusal(reason: &str) -> Response {
    let mut response = text("application/json", json!({ "error": reason }).to_string());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}
