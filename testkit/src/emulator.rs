//! The API on loopback, as it was seen to behave.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, FromRef, Path, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use wechat_material::{Access, AccessToken, BaseUrl, ErrorCode, MaterialType};

mod account;
mod answer;
mod control;
mod journal;
mod lists;
mod quirk;
mod script;
mod tokens;
mod wire;

pub use self::account::{Asset, account};
use self::answer::{Refusal, file, token_json};
use self::journal::Journal;
pub use self::journal::{Exchange, Sent};
use self::lists::{Lists, invalid_type};
pub use self::quirk::{Quirk, UnknownQuirk};
use self::script::Script;
use self::tokens::Tokens;
use self::wire::{Slot, Wires};

/// The API of a small account ([`account`]), served on 127.0.0.1 until it is dropped.
///
/// It takes any token that it has given out, until that expires, and any that it was told to
/// [accept](Self::accept).
#[derive(Debug)]
pub struct Emulator {
    base_url: BaseUrl,
    tokens: Arc<Tokens>,
    journal: Arc<Journal>,
    lists: Arc<Lists>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl Emulator {
    /// The app id of its account.
    pub const APP_ID: &'static str = "wx0000000000000000";
    /// The app secret of its account.
    pub const APP_SECRET: &'static str = "0123456789abcdef0123456789abcdef";
    /// The header by which a call asks for the [`Quirk`] that it is to be answered with, by its name.
    pub const QUIRK_HEADER: &'static str = "emulator-quirk";

    /// Starts it on a free port.
    ///
    /// # Errors
    ///
    /// When no socket can be had, or no thread.
    pub fn start() -> io::Result<Self> {
        Self::start_on(0)
    }

    /// Starts it on this port; 0 is a free one.
    ///
    /// # Errors
    ///
    /// When the port is taken, or no thread can be had.
    pub fn start_on(port: u16) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, port)))?;
        let address = listener.local_addr()?;
        let base_url = BaseUrl::new(&format!("http://{address}")).map_err(io::Error::other)?;
        let tokens = Arc::new(Tokens::default());
        let journal = Arc::new(Journal::default());
        let lists = Arc::new(Lists::default());
        let world = World {
            address,
            tokens: Arc::clone(&tokens),
            journal: Arc::clone(&journal),
            lists: Arc::clone(&lists),
        };
        let service = router(world).into_make_service_with_connect_info::<Slot>();
        let (stop, stopped) = oneshot::channel();
        let server = thread::Builder::new().name("wechat-material-emulator".to_owned()).spawn(move || {
            runtime.spawn(async move { axum::serve(Wires(listener), service).await });
            // Also over when the sender is gone; what is still being served ends with the runtime.
            let _ = runtime.block_on(stopped);
        })?;
        Ok(Self { base_url, tokens, journal, lists, stop: Some(stop), server: Some(server) })
    }

    /// Where it listens: plain http on 127.0.0.1.
    pub fn base_url(&self) -> BaseUrl {
        self.base_url.clone()
    }

    /// A token that is good for two hours: the one that `stable_token` would answer with.
    pub fn token(&self) -> AccessToken {
        AccessToken::new(self.tokens.stable().text)
    }

    /// Its base URL and a good token.
    pub fn access(&self) -> Access {
        Access::at(self.base_url(), &self.token())
    }

    /// Makes a token of your own good for two hours, whatever is in it.
    pub fn accept(&self, token: &AccessToken) {
        self.tokens.accept(token.expose());
    }

    /// Turns its clock forward, to see tokens expire.
    pub fn advance(&self, time: Duration) {
        self.tokens.advance(time);
    }

    /// Makes every token that was good until now an expired one.
    pub fn expire_tokens(&self) {
        self.tokens.expire_all();
    }

    /// Lists and counts so many assets of a type from now on, in place of those that the account has: to see
    /// pages come and go. They are named `0`, `1`, `2` and so on (articles have it for a title), in this order,
    /// and are served under their ids as the account's own still are.
    ///
    /// ```
    /// use wechat_material::MaterialType;
    /// # let emulator = wechat_material_testkit::Emulator::start()?;
    /// emulator.fill(MaterialType::Image, 45); // three pages, the last of five
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn fill(&self, material_type: MaterialType, assets: usize) {
        self.lists.fill(material_type, assets);
    }

    /// Answers every call for this media id with a quirk from now on.
    pub fn misbehave_for(&self, media_id: &str, quirk: Quirk) {
        self.journal.misbehave_for(media_id, quirk);
    }

    /// Answers the next calls with a quirk, whatever they ask for.
    pub fn misbehave_next(&self, calls: u64, quirk: Quirk) {
        self.journal.misbehave_next(calls, quirk);
    }

    /// Answers properly again.
    pub fn behave(&self) {
        self.journal.behave();
    }

    /// The calls since this was last asked for, in their order, and how each was answered.
    pub fn take_exchanges(&self) -> Vec<Exchange> {
        self.journal.take_exchanges()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            // A panic of the server was printed when it happened.
            let _ = server.join();
        }
    }
}

#[derive(Clone)]
struct World {
    address: SocketAddr,
    tokens: Arc<Tokens>,
    journal: Arc<Journal>,
    lists: Arc<Lists>,
}

impl FromRef<World> for Arc<Journal> {
    fn from_ref(world: &World) -> Self {
        Arc::clone(&world.journal)
    }
}

type Parameters = Query<HashMap<String, String>>;

fn router(world: World) -> Router {
    Router::new()
        .route("/cgi-bin/material/get_material", any(get_material))
        .route("/cgi-bin/material/batchget_material", any(batchget_material))
        .route("/cgi-bin/material/get_materialcount", any(get_materialcount))
        .route("/cgi-bin/stable_token", any(stable_token))
        .route("/cgi-bin/token", any(token))
        .route("/vweixinp.tc.qq.com/{file}", get(video_file))
        .layer(from_fn_with_state(world.clone(), journaled))
        .route("/emulator/quirks", get(control::quirks).post(control::misbehave).delete(control::behave))
        .route("/emulator/journal", get(control::journal))
        .with_state(world)
}

/// Notes a call and its answer, which a quirk may replace.
async fn journaled(
    State(world): State<World>,
    ConnectInfo(slot): ConnectInfo<Slot>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, LONGEST_BODY).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let asked: Option<Value> = serde_json::from_slice(&body).ok();
    let media_id = asked.as_ref().and_then(|asked| asked["media_id"].as_str());
    let note = |sent| {
        world.journal.note(Exchange {
            method: head.method.clone(),
            target: head.uri.to_string(),
            headers: head.headers.clone(),
            body: body.clone(),
            sent,
        });
    };
    let asked_for = match control::quirk_of(&head.headers) {
        Ok(asked_for) => asked_for,
        Err(unknown) => return Ok(control::refusal(&unknown.to_string())),
    };
    if let Some(quirk) = asked_for.or_else(|| world.journal.quirk(media_id)) {
        note(Sent::Quirk(quirk));
        slot.leave(Script::of(quirk, &world.address.to_string(), &head.uri.to_string()));
        return Ok(Response::default());
    }
    let response = next.run(Request::from_parts(head.clone(), Body::from(body.clone()))).await;
    let (answer, sent) = response.into_parts();
    let sent = to_bytes(sent, usize::MAX).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    note(Sent::Answer { status: answer.status.as_u16(), body: sent.clone() });
    Ok(Response::from_parts(answer, Body::from(sent)))
}

/// The most bytes of a request's body.
const LONGEST_BODY: usize = 16 << 20;

/// `POST /cgi-bin/material/get_material?access_token=…` with `{"media_id":"…"}`.
async fn get_material(
    State(world): State<World>,
    method: Method,
    Query(query): Parameters,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    require_post(&method)?;
    check_token(&world, &query)?;
    let invalid_media_id = || Refusal::hinted(ErrorCode::INVALID_MEDIA_ID, "invalid media_id");
    // A form, an empty body and an id in the query are all taken for an unknown id.
    if !is_json(&headers, &body) {
        return Err(invalid_media_id());
    }
    let asked = object(&body)?;
    let Some(media_id) = asked.get("media_id") else {
        return Err(Refusal::new(ErrorCode::MEDIA_ID_MISSING, "media_id missing"));
    };
    let material = media_id.as_str().and_then(|media_id| world.lists.material(media_id, world.address));
    material.ok_or_else(invalid_media_id)
}

/// `POST /cgi-bin/material/batchget_material?access_token=…` with `{"type":"image","offset":0,"count":20}`.
async fn batchget_material(
    State(world): State<World>,
    method: Method,
    Query(query): Parameters,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    require_post(&method)?;
    check_token(&world, &query)?;
    // What is no JSON is taken for an unknown type.
    if !is_json(&headers, &body) {
        return Err(invalid_type());
    }
    world.lists.page(&object(&body)?, world.address)
}

/// `GET /cgi-bin/material/get_materialcount?access_token=…`
async fn get_materialcount(
    State(world): State<World>,
    Query(query): Parameters,
) -> Result<Response, Refusal> {
    check_token(&world, &query)?;
    Ok(world.lists.counts())
}

/// `POST /cgi-bin/stable_token`
async fn stable_token(State(world): State<World>, method: Method, body: Bytes) -> Result<Response, Refusal> {
    require_post(&method)?;
    let asked = object(&body)?;
    let text = |name: &str| asked.get(name).and_then(Value::as_str);
    check_credentials(text("grant_type"), text("appid"), text("secret"))?;
    let token = match asked.get("force_refresh") {
        Some(Value::Bool(true)) => world.tokens.refresh()?,
        _ => world.tokens.stable(),
    };
    Ok(token_json(&token.to_json()))
}

/// `GET /cgi-bin/token?grant_type=client_credential&appid=…&secret=…`
async fn token(State(world): State<World>, Query(query): Parameters) -> Result<Response, Refusal> {
    let text = |name: &str| query.get(name).map(String::as_str);
    check_credentials(text("grant_type"), text("appid"), text("secret"))?;
    Ok(token_json(&world.tokens.replace().to_json()))
}

/// What a video's link leads to: signed, and no place for a token.
async fn video_file(Path(name): Path<String>, Query(query): Parameters) -> Result<Response, StatusCode> {
    let is_signed = query.get("vkey").is_some_and(|key| key == account::VIDEO_KEY);
    match (query.contains_key("access_token"), name == account::VIDEO_FILE, is_signed) {
        (true, _, _) => Err(StatusCode::BAD_REQUEST),
        (false, true, true) => Ok(file(&[("content-type", b"video/mp4")], account::VIDEO)),
        (false, true, false) => Err(StatusCode::FORBIDDEN),
        (false, false, _) => Err(StatusCode::NOT_FOUND),
    }
}

fn require_post(method: &Method) -> Result<(), Refusal> {
    if method == Method::POST {
        return Ok(());
    }
    Err(Refusal::hinted(ErrorCode::POST_REQUIRED, "require POST method"))
}

fn check_token(world: &World, query: &HashMap<String, String>) -> Result<(), Refusal> {
    world.tokens.check(query.get("access_token").map_or("", String::as_str))
}

/// Whether it is no form and begins like an object.
fn is_json(headers: &HeaderMap, body: &[u8]) -> bool {
    let is_form = headers
        .get("content-type")
        .is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form"));
    !is_form && body.trim_ascii_start().starts_with(b"{")
}

fn object(body: &[u8]) -> Result<Value, Refusal> {
    match serde_json::from_slice(body) {
        Ok(object @ Value::Object(_)) => Ok(object),
        Ok(_) | Err(_) => Err(Refusal::hinted(ErrorCode::INVALID_BODY, "data format error")),
    }
}

fn check_credentials(
    grant_type: Option<&str>,
    app_id: Option<&str>,
    secret: Option<&str>,
) -> Result<(), Refusal> {
    let refuse = |code, errmsg| Err(Refusal::new(code, errmsg));
    match (grant_type, app_id, secret) {
        (Some("client_credential"), Some(Emulator::APP_ID), Some(Emulator::APP_SECRET)) => Ok(()),
        (Some("client_credential"), Some(Emulator::APP_ID), Some(_)) => {
            refuse(ErrorCode::INVALID_APP_SECRET, "invalid appsecret")
        }
        (Some("client_credential"), Some(Emulator::APP_ID), None) => {
            refuse(ErrorCode::APP_SECRET_MISSING, "appsecret missing")
        }
        (Some("client_credential"), Some(_), _) => refuse(ErrorCode::INVALID_APP_ID, "invalid appid"),
        (Some("client_credential"), None, _) => refuse(ErrorCode::APP_ID_MISSING, "appid missing"),
        (_, _, _) => refuse(ErrorCode::INVALID_GRANT_TYPE, "invalid grant_type"),
    }
}
