//! The HTTP server, in its own thread with its own runtime.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, FromRef, Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::Value;
use tokio::sync::oneshot;
use wechat_material::BaseUrl;

use super::accounts::Accounts;
use super::answer::Refusal;
use super::builder::CustomAnswers;
use super::journal::{Exchange, Journal, Sent};
use super::script::Script;
use super::wire::{Slot, Wires};
use super::{Emulator, calls, control};

/// The maximum size of a request's body, in bytes.
const MAX_REQUEST: usize = 16 << 20;

#[derive(Clone)]
pub(super) struct World {
    pub(super) address: SocketAddr,
    pub(super) accounts: Arc<Accounts>,
    journal: Arc<Journal>,
    answers: Arc<CustomAnswers>,
}

impl FromRef<World> for Arc<Journal> {
    fn from_ref(world: &World) -> Self {
        Arc::clone(&world.journal)
    }
}

pub(super) fn start(port: u16, accounts: Arc<Accounts>, answers: CustomAnswers) -> io::Result<Emulator> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let base_url = BaseUrl::new(&format!("http://{address}")).map_err(io::Error::other)?;
    let journal = Arc::new(Journal::default());
    let world = World {
        address,
        accounts: Arc::clone(&accounts),
        journal: Arc::clone(&journal),
        answers: Arc::new(answers),
    };
    let (stop, stopped) = oneshot::channel();
    let (report, started) = mpsc::channel();
    let server = thread::Builder::new().name("wechat-material-emulator".to_owned()).spawn(move || {
        let _ = report.send(serve(listener, world, stopped, &report));
    })?;
    // The caller may be inside another runtime, where this one can neither run nor be dropped.
    started.recv().map_err(io::Error::other)??;
    Ok(Emulator { base_url, accounts, journal, stop: Some(stop), server: Some(server) })
}

/// Serves until it is stopped. Reports when it has started.
fn serve(
    listener: TcpListener,
    world: World,
    stopped: oneshot::Receiver<()>,
    report: &mpsc::Sender<io::Result<()>>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let listener = Wires(tokio::net::TcpListener::from_std(listener)?);
        let service = router(world).into_make_service_with_connect_info::<Slot>();
        let serving = tokio::spawn(async move { axum::serve(listener, service).await });
        let _ = report.send(Ok(()));
        // Also ends when the sender is dropped. Calls in progress end with the runtime.
        let _ = stopped.await;
        serving.abort();
        Ok(())
    })
}

fn router(world: World) -> Router {
    Router::new()
        .route("/cgi-bin/material/get_material", any(calls::get_material))
        .route("/cgi-bin/material/batchget_material", any(calls::batchget_material))
        .route("/cgi-bin/material/get_materialcount", any(calls::get_materialcount))
        .route("/cgi-bin/stable_token", any(calls::stable_token))
        .route("/cgi-bin/token", any(calls::token))
        .route("/vweixinp.tc.qq.com/{file}", get(calls::video_file))
        .layer(from_fn_with_state(world.clone(), journaled))
        .route("/emulator/quirks", get(control::quirks).post(control::misbehave).delete(control::behave))
        .route("/emulator/journal", get(control::journal))
        .with_state(world)
}

/// Records a call and its answer. A quirk or a configured answer may replace the normal answer.
async fn journaled(
    State(world): State<World>,
    ConnectInfo(slot): ConnectInfo<Slot>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, MAX_REQUEST).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let asked: Option<Value> = serde_json::from_slice(&body).ok();
    let media_id = asked.as_ref().and_then(|asked| asked["media_id"].as_str());
    let record = |sent| {
        world.journal.record(Exchange {
            method: head.method.clone(),
            target: head.uri.to_string(),
            headers: head.headers.clone(),
            body: body.clone(),
            sent,
        });
    };
    let requested = match control::requested_quirk(&head.headers) {
        Ok(requested) => requested,
        Err(unknown) => return Ok(control::refusal(&unknown.to_string())),
    };
    if let Some(quirk) = requested.or_else(|| world.journal.quirk(media_id)) {
        record(Sent::Quirk(quirk));
        slot.put(Script::new(quirk, &world.address.to_string(), &head.uri.to_string()));
        return Ok(Response::default());
    }
    let response = match world.answers.get(head.uri.path()) {
        Some(answer) => match check_token(&world, &head.uri) {
            Ok(()) => answer(Request::from_parts(head.clone(), body.to_vec())).map(Body::from),
            Err(refusal) => refusal.into_response(),
        },
        None => next.run(Request::from_parts(head.clone(), Body::from(body.clone()))).await,
    };
    let (answer, sent) = response.into_parts();
    let sent = to_bytes(sent, usize::MAX).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    record(Sent::Answer { status: answer.status.as_u16(), body: sent.clone() });
    Ok(Response::from_parts(answer, Body::from(sent)))
}

/// A call to a configured path may have no token, but not an invalid one.
fn check_token(world: &World, uri: &Uri) -> Result<(), Refusal> {
    calls::parameters(uri)
        .get("access_token")
        .map_or(Ok(()), |token| world.accounts.by_token(token).map(drop))
}
