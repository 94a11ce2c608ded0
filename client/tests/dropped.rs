//! A future that is dropped at any point loses no renewal and blocks no other call.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use wechat_material::http::{Request, Response};
use wechat_material::{AsyncTransport, ClientError, RetryPolicy, TransportError};
use wechat_material_client::Client;

#[allow(dead_code, reason = "each test file uses what it needs of it")]
mod common;

use common::{Leap, NoTimer, Server, Slow, TOKEN_TURNS, credentials, quick};

/// Pseudorandom numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

type Calling = Pin<Box<dyn Future<Output = Result<u64, ClientError>>>>;

#[test]
fn a_thousand_calls_dropped_at_random_points_lose_no_renewal() {
    let mut random = Random(7);
    let (mut dropped, mut answered, mut refused) = (0, 0, 0);
    for round in 0..100 {
        let server = Server::with_life(20 + round % 7);
        let client = Client::builder(credentials(), Slow(server.clone()))
            .retry(quick())
            .runtime(NoTimer::new())
            .build();
        let mut calls: Vec<Calling> = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..200 {
            let client = client.clone();
            if calls.len() < 8 {
                calls
                    .push(Box::pin(async move { client.count_materials().await.map(|counts| counts.image) }));
            }
            let which = usize::try_from(random.below(calls.len() as u64)).unwrap();
            if random.below(16) == 0 {
                drop(calls.swap_remove(which));
                dropped += 1;
            } else if let Poll::Ready(count) = calls[which].as_mut().poll(&mut context) {
                match count {
                    Ok(count) => answered += u64::from(count == 3),
                    // Two tokens expired while it was not polled.
                    Err(ClientError::Call { renewed: true, attempts: 2, .. }) => refused += 1,
                    Err(error) => panic!("{error:?}"),
                }
                drop(calls.swap_remove(which));
            }
        }
        // The calls that are left are never polled again. Others continue anyway.
        let end = client.clone();
        let mut last: Calling =
            Box::pin(async move { end.count_materials().await.map(|counts| counts.image) });
        let polls = (1..1000).find(|_| last.as_mut().poll(&mut context).is_ready());
        assert!(polls.is_some_and(|polls| polls < 100), "{polls:?}");
        assert!(server.tokens() <= 1 + server.calls(), "{} tokens", server.tokens());
    }
    assert!(dropped > 1000 && answered > 1000 && refused < 50, "{dropped} {answered} {refused}");
}

#[test]
fn another_call_continues_the_renewal_of_a_call_that_was_dropped() {
    let server = Server::with_life(100);
    let client = Client::builder(credentials(), Slow(server.clone())).runtime(NoTimer::new()).build();
    let mut context = Context::from_waker(Waker::noop());
    for polls in 1..=TOKEN_TURNS {
        server.expire();
        let mut first = Box::pin(client.count_materials());
        for _ in 0..polls {
            assert!(first.as_mut().poll(&mut context).is_pending());
        }
        let (tokens, calls) = (server.tokens(), server.calls());
        drop(first);
        let mut second = Box::pin(client.count_materials());
        let more = (1..1000).find(|_| second.as_mut().poll(&mut context).is_ready()).unwrap();
        assert_eq!(server.tokens(), polls);
        if polls == 1 {
            // The first call had not sent a request yet.
            assert_eq!((tokens, calls), (0, 0));
            assert_eq!(more, TOKEN_TURNS + 2, "the second call began another renewal");
        }
    }
}

/// Never answers a request for a token.
struct Silent;

impl AsyncTransport for Silent {
    async fn send(&self, _request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        std::future::pending().await
    }
}

#[test]
fn no_wait_for_a_token_exceeds_the_time_of_the_call() {
    let policy = RetryPolicy::default().max_elapsed(Duration::from_secs(7));
    let client = Client::builder(credentials(), Silent).retry(policy).runtime(Leap::default()).build();
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..3 {
        let mut call = Box::pin(client.count_materials());
        let error = loop {
            if let Poll::Ready(result) = call.as_mut().poll(&mut context) {
                break result.unwrap_err();
            }
        };
        let ClientError::TokenTimeout { waited, .. } = error else { panic!("{error:?}") };
        assert_eq!(waited.as_secs(), 7);
    }
}

#[test]
fn a_client_that_is_dropped_during_a_renewal_is_freed() {
    struct Counted(Arc<()>);
    impl AsyncTransport for Counted {
        async fn send(&self, _request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
            let _held = Arc::clone(&self.0);
            std::future::pending().await
        }
    }
    let alive = Arc::new(());
    let client = Client::builder(credentials(), Counted(Arc::clone(&alive))).runtime(NoTimer::new()).build();
    let mut call = Box::pin(async move { client.count_materials().await });
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert!(Arc::strong_count(&alive) > 1);
    drop(call);
    assert_eq!(Arc::strong_count(&alive), 1);
}

/// A waker that drops another call when it is woken or dropped, as the waker of an executor may.
struct Drops(Mutex<Option<SendCalling>>);

type SendCalling = Pin<Box<dyn Future<Output = Result<u64, ClientError>> + Send>>;

impl Wake for Drops {
    fn wake(self: Arc<Self>) {
        drop(self.0.lock().unwrap().take());
    }
}

#[test]
fn a_waker_may_drop_another_call_that_waits_for_the_same_token() {
    let server = Server::with_life(100);
    let client = Client::builder(credentials(), Slow(server.clone())).runtime(NoTimer::new()).build();
    let call = || -> SendCalling {
        let client = client.clone();
        Box::pin(async move { client.count_materials().await.map(|counts| counts.image) })
    };
    let (mut first, mut second, mut third) = (call(), call(), call());
    assert!(third.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let waker = Waker::from(Arc::new(Drops(Mutex::new(Some(third)))));
    assert!(first.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(waker);
    let mut context = Context::from_waker(Waker::noop());
    while second.as_mut().poll(&mut context).is_pending() {}
    while first.as_mut().poll(&mut context).is_pending() {}
    assert_eq!(server.tokens(), 1);
}
