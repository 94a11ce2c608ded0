//! A panic in code of the user ends the call that it happened in. Other calls continue.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use futures_sink::Sink;
use wechat_material::bytes::Bytes;
use wechat_material::driver::Renewal;
use wechat_material::http::{Request, Response};
use wechat_material::{
    AccessToken, AsyncTransport, GetMaterial, IssuedToken, Material, Transport, TransportError,
};
use wechat_material_client::{Client, SourceError, TokenSource, blocking};

#[allow(dead_code, reason = "each test file uses what it needs of it")]
mod common;

use common::{NoTimer, PICTURE, Server, credentials, quick};

/// Panics at the step with this number, once.
#[derive(Clone, Default)]
struct Mine(Arc<(AtomicU64, AtomicBool)>);

impl Mine {
    fn at(step: u64) -> Self {
        let mine = Self::default();
        mine.0.0.store(step, Ordering::SeqCst);
        mine
    }

    fn step(&self) {
        if self.0.0.fetch_sub(1, Ordering::SeqCst) == 0 {
            self.0.1.store(true, Ordering::SeqCst);
            panic!("at this step");
        }
    }

    fn has_exploded(&self) -> bool {
        self.0.1.load(Ordering::SeqCst)
    }
}

struct Mined(Server, Mine);

impl Transport for Mined {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        self.1.step();
        Ok(self.0.answer(&request))
    }
}

impl AsyncTransport for Mined {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        self.1.step();
        common::turns(2).await;
        Ok(self.0.answer(&request))
    }
}

impl Write for Mine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.step();
        Ok(bytes.len().min(3))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn source(mine: &Mine) -> impl Fn(&Renewal) -> Result<IssuedToken, SourceError> + Send + Sync + use<> {
    let mine = mine.clone();
    move |_| {
        mine.step();
        Ok(IssuedToken::new(AccessToken::new("T0"), None))
    }
}

/// Makes calls until one of them panics, and then some more.
fn survives(mine: &Mine, mut call: impl FnMut()) {
    std::panic::set_hook(Box::new(|_| {}));
    let panics = (0..20).filter(|_| catch_unwind(AssertUnwindSafe(&mut call)).is_err()).count();
    assert!(mine.has_exploded(), "the step was never reached");
    assert_eq!(panics, 1);
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

#[test]
fn a_blocking_client_survives_a_panic_in_its_transport() {
    for step in 0..8 {
        let (mine, server) = (Mine::at(step), Server::with_life(2));
        let client =
            blocking::Client::builder(credentials(), Mined(server, mine.clone())).retry(quick()).build();
        survives(&mine, || assert_eq!(client.count_materials().unwrap().image, 3));
    }
}

#[test]
fn an_async_client_survives_a_panic_in_its_transport() {
    for step in 0..8 {
        let (mine, server) = (Mine::at(step), Server::with_life(2));
        let client = Client::builder(credentials(), Mined(server, mine.clone()))
            .retry(quick())
            .runtime(NoTimer::new())
            .build();
        survives(&mine, || assert_eq!(block_on(client.count_materials()).unwrap().image, 3));
    }
}

#[test]
fn other_calls_continue_if_the_renewal_that_they_wait_for_panics() {
    let (mine, server) = (Mine::at(0), Server::with_life(100));
    let client = Client::builder(credentials(), Mined(server.clone(), mine.clone()))
        .retry(quick())
        .runtime(NoTimer::new())
        .build();
    let mut context = Context::from_waker(Waker::noop());
    let (mut first, mut second) = (Box::pin(client.count_materials()), Box::pin(client.count_materials()));
    std::panic::set_hook(Box::new(|_| {}));
    // The first call begins the renewal, and polls it.
    let polled = catch_unwind(AssertUnwindSafe(|| first.as_mut().poll(&mut context).is_ready()));
    assert!(polled.is_err() && mine.has_exploded());
    assert_eq!(block_on(&mut second).unwrap().image, 3);
    drop(first);
    assert_eq!(block_on(client.count_materials()).unwrap().image, 3);
    assert_eq!(server.tokens(), 1);
}

#[test]
fn calls_that_wait_continue_if_a_token_source_panics_in_the_poll_of_another_call() {
    let mine = Mine::at(1);
    let obtain = source(&mine);
    let obtain = move |renewal: &Renewal| {
        // The second step panics, some turns later.
        let (first, mine) = (obtain(renewal), mine.clone());
        async move {
            common::turns(3).await;
            mine.step();
            first
        }
    };
    let client = Client::builder(TokenSource::from_fn(obtain), AnyToken).runtime(NoTimer::new()).build();
    let mut context = Context::from_waker(Waker::noop());
    let mut calls: Vec<_> = (0..3).map(|_| Box::pin(client.count_materials())).collect();
    std::panic::set_hook(Box::new(|_| {}));
    let mut outcomes = Vec::new();
    while let Some(mut call) = calls.pop() {
        match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut context))) {
            Ok(Poll::Pending) => calls.insert(0, call),
            Ok(Poll::Ready(counts)) => outcomes.push(counts.is_ok()),
            Err(_) => outcomes.push(false),
        }
    }
    outcomes.sort_unstable();
    assert_eq!(outcomes, [false, true, true]);
}

#[test]
fn a_blocking_client_survives_a_panic_in_its_sink() {
    for step in 0..4 {
        let server = Server::with_life(100);
        let client = blocking::Client::builder(credentials(), server).build();
        let mut mine = Mine::at(step);
        let written = mine.clone();
        survives(&written, || drop(client.download("M", &mut mine).unwrap()));
        let mut sink = Vec::new();
        client.download("M", &mut sink).unwrap();
        assert_eq!(sink, PICTURE);
    }
}

impl Sink<Bytes> for Mine {
    type Error = io::Error;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.step();
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, _: Bytes) -> io::Result<()> {
        self.step();
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.step();
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn an_async_client_survives_a_panic_in_its_sink() {
    for step in 0..3 {
        let server = Server::with_life(100);
        let client = Client::builder(credentials(), common::Slow(server)).runtime(NoTimer::new()).build();
        let get = GetMaterial::new("M");
        let mut mine = Mine::at(step);
        let written = mine.clone();
        survives(&written, || drop(block_on(client.call_into(&get, &mut mine)).unwrap()));
        assert!(matches!(block_on(client.get_material("M")), Ok(Material::File(_))));
    }
}

#[test]
fn clients_survive_a_panic_in_their_token_source() {
    let mine = Mine::at(0);
    let client = blocking::Client::builder(blocking::TokenSource::from_fn(source(&mine)), AnyToken).build();
    survives(&mine, || assert_eq!(client.count_materials().unwrap().image, 3));

    let mine = Mine::at(0);
    let obtain = source(&mine);
    let obtain = move |renewal: &Renewal| {
        let issued = obtain(renewal);
        async move { issued }
    };
    let client = Client::builder(TokenSource::from_fn(obtain), AnyToken).runtime(NoTimer::new()).build();
    survives(&mine, || assert_eq!(block_on(client.count_materials()).unwrap().image, 3));
}

/// Accepts any token.
struct AnyToken;

impl Transport for AnyToken {
    fn send(&self, _request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        Ok(Response::new(br#"{"image_count":3}"#.to_vec()))
    }
}

impl AsyncTransport for AnyToken {
    async fn send(&self, _request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        Ok(Response::new(br#"{"image_count":3}"#.to_vec()))
    }
}

#[test]
fn clients_survive_a_panic_in_their_listener() {
    // Renewal, attempt and answer of the request for a token; attempt and answer of the call; and the events after a refusal.
    for step in 0..12 {
        let (mine, server) = (Mine::at(step), Server::with_life(2));
        let listener = mine.clone();
        let client = blocking::Client::builder(credentials(), server)
            .retry(quick())
            .on_event(move |_| listener.step())
            .build();
        survives(&mine, || assert_eq!(client.count_materials().unwrap().image, 3));

        let (mine, server) = (Mine::at(step), Server::with_life(2));
        let listener = mine.clone();
        let client = Client::builder(credentials(), common::Slow(server))
            .retry(quick())
            .on_event(move |_| listener.step())
            .runtime(NoTimer::new())
            .build();
        survives(&mine, || assert_eq!(block_on(client.count_materials()).unwrap().image, 3));
    }
}
