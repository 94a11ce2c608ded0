//! Renewals that hang, take long or are left. No call waits for a renewal that is not driven, and none loses a valid token.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use wechat_material::driver::{Moment, Renewal, Runtime, Sleep};
use wechat_material::http::{Request, Response};
use wechat_material::{
    AccessToken, AsyncTransport, ClientError, FailureKind, IssuedToken, MaterialCounts, RetryPolicy,
    Transport, TransportError,
};
use wechat_material_client::{AsyncObtainToken, Client, Obtaining, SourceError, TokenSource, blocking};

#[allow(dead_code, reason = "each test file uses what it needs of it")]
mod common;

/// A runtime whose time a test sets.
#[derive(Clone, Default)]
struct Manual(Arc<Mutex<Duration>>);

impl Manual {
    fn pass(&self, seconds: u64) {
        *self.0.lock().unwrap() += Duration::from_secs(seconds) + Duration::from_nanos(1);
    }
}

impl Runtime for Manual {
    fn now(&self) -> Moment {
        Moment(*self.0.lock().unwrap())
    }

    fn sleep(&self, time: Duration) -> Sleep {
        let (until, runtime) = (self.now().after(time), self.clone());
        Box::pin(poll_fn(move |_| if runtime.now() >= until { Poll::Ready(()) } else { Poll::Pending }))
    }
}

/// Answers every call except requests for a token.
struct Counts;

impl AsyncTransport for Counts {
    async fn send(&self, _request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        Ok(Response::new(br#"{"image_count":3}"#.to_vec()))
    }
}

impl Transport for Counts {
    fn send(&self, _request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        Ok(Response::new(br#"{"image_count":3}"#.to_vec()))
    }
}

fn issued(seconds: u64) -> IssuedToken {
    IssuedToken::new(AccessToken::new("T"), Some(Duration::from_secs(seconds)))
}

type Issuing = Pin<Box<dyn Future<Output = Result<IssuedToken, SourceError>> + Send>>;

/// Issues tokens that live for this many seconds. The requests with certain numbers hang.
fn source(seconds: u64, hangs: impl Fn(u64) -> bool + Send + Sync + 'static) -> TokenSource {
    let asked = AtomicU64::new(0);
    TokenSource::from_fn(move |_| -> Issuing {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        if hangs(number) { Box::pin(pending()) } else { Box::pin(async move { Ok(issued(seconds)) }) }
    })
}

fn client(source: TokenSource, policy: RetryPolicy, time: &Manual) -> Client<Counts> {
    Client::builder(source, Counts).retry(policy).runtime(time.clone()).build()
}

type Counting = Pin<Box<dyn Future<Output = Result<MaterialCounts, ClientError>> + Send>>;

fn call(client: &Client<Counts>) -> Counting {
    let client = client.clone();
    Box::pin(async move { client.count_materials().await })
}

fn poll(call: &mut Counting) -> Poll<u64> {
    call.as_mut().poll(&mut Context::from_waker(Waker::noop())).map(|counts| counts.unwrap().image)
}

#[test]
fn a_call_uses_its_valid_token_if_an_early_renewal_hangs() {
    let time = Manual::default();
    let policy = RetryPolicy::default().max_elapsed(Duration::from_secs(5));
    let client = client(source(100, |number| number > 0), policy, &time);
    assert_eq!(poll(&mut call(&client)), Poll::Ready(3));
    // More than half of its life is over.
    time.pass(60);
    let mut second = call(&client);
    assert!(poll(&mut second).is_pending());
    time.pass(5);
    assert_eq!(poll(&mut second), Poll::Ready(3));
}

#[test]
fn an_early_renewal_that_hangs_delays_only_one_call() {
    let time = Manual::default();
    let client = client(source(200, |number| number > 0), RetryPolicy::default(), &time);
    assert_eq!(poll(&mut call(&client)), Poll::Ready(3));
    time.pass(120);
    let mut waits = 0;
    for _ in 0..5 {
        let mut call = call(&client);
        while poll(&mut call).is_pending() {
            time.pass(10);
            waits += 1;
        }
    }
    assert_eq!(waits, 1);
}

#[test]
fn a_call_without_time_is_made_if_there_is_a_token() {
    let policy = RetryPolicy::default().max_elapsed(Duration::ZERO);
    let fixed = blocking::TokenSource::fixed(AccessToken::new("T"));
    let client = blocking::Client::builder(fixed, Counts).retry(policy.clone()).build();
    assert_eq!(client.count_materials().unwrap().image, 3);
    let fixed = TokenSource::fixed(AccessToken::new("T"));
    let client = Client::builder(fixed, Counts).retry(policy).runtime(common::NoTimer::new()).build();
    assert_eq!(poll(&mut call(&client)), Poll::Ready(3));
}

/// Becomes ready, and wakes, before the poll that found it pending returns.
#[derive(Default)]
struct Quick {
    is_ready: AtomicBool,
    in_the_poll: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

struct QuickSource(Arc<Quick>);

impl AsyncObtainToken for QuickSource {
    fn obtain<'s>(&'s self, _renewal: &'s Renewal) -> Obtaining<'s> {
        Box::pin(poll_fn(|context| {
            if self.0.is_ready.load(Ordering::SeqCst) {
                return Poll::Ready(Ok(issued(7200)));
            }
            if let Some(run) = self.0.in_the_poll.lock().unwrap().take() {
                self.0.is_ready.store(true, Ordering::SeqCst);
                context.waker().wake_by_ref();
                run();
            }
            Poll::Pending
        }))
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_call_that_is_woken_while_another_one_polls_the_renewal_is_woken_again() {
    let quick = Arc::new(Quick::default());
    let client = client(
        TokenSource::custom(QuickSource(Arc::clone(&quick))),
        RetryPolicy::default(),
        &Manual::default(),
    );
    let (mut first, second) = (call(&client), Arc::new(Mutex::new(call(&client))));
    let woken = Arc::new(Flag(AtomicBool::new(false)));
    let poll_second = {
        let (second, woken) = (Arc::clone(&second), Arc::clone(&woken));
        move || {
            let waker = Waker::from(Arc::clone(&woken));
            second.lock().unwrap().as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
        }
    };
    assert!(poll(&mut first).is_pending());
    assert!(!poll_second());
    let poll_on_a_thread = {
        let (woken, poll_second) = (Arc::clone(&woken), poll_second.clone());
        move || {
            assert!(woken.0.swap(false, Ordering::SeqCst));
            // Another thread polls it at once.
            assert!(!thread::spawn(poll_second).join().unwrap());
        }
    };
    *quick.in_the_poll.lock().unwrap() = Some(Box::new(poll_on_a_thread));
    assert!(poll(&mut first).is_pending());
    drop(first);
    assert!(woken.0.load(Ordering::SeqCst), "its wake was lost");
    assert!(poll_second());
}

#[test]
fn a_renewal_whose_end_is_never_reported_is_taken_over_by_a_call_that_waits_for_it() {
    let policy = RetryPolicy::default().max_elapsed(Duration::from_secs(3600));
    for is_alone in [true, false] {
        let time = Manual::default();
        let client = client(source(7200, |number| number == 0), policy.clone(), &time);
        let mut first = call(&client);
        assert!(poll(&mut first).is_pending());
        time.pass(301);
        if !is_alone {
            assert_eq!(poll(&mut call(&client)), Poll::Ready(3));
        }
        assert_eq!(poll(&mut first), Poll::Ready(3));
    }
}

/// The first request for a token times out after two minutes, if it is polled.
struct Slow(Manual, AtomicU64);

impl AsyncTransport for Slow {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        if !request.uri().path().ends_with("token") {
            return Ok(Response::new(br#"{"image_count":3}"#.to_vec()));
        }
        if self.1.fetch_add(1, Ordering::SeqCst) == 0 {
            self.0.sleep(Duration::from_secs(120)).await;
            return Err(TransportError::new(FailureKind::Timeout, "the call took too long"));
        }
        Ok(Response::new(br#"{"access_token":"T","expires_in":7200}"#.to_vec()))
    }
}

#[test]
fn a_request_for_a_token_that_was_not_polled_for_long_is_sent_again() {
    let time = Manual::default();
    let transport = Slow(time.clone(), AtomicU64::new(0));
    let client = Client::builder(common::credentials(), transport).runtime(time.clone()).build();
    let mut context = Context::from_waker(Waker::noop());
    let mut first = Box::pin(client.count_materials());
    assert!(first.as_mut().poll(&mut context).is_pending());
    drop(first);
    time.pass(180);
    let mut second = Box::pin(client.count_materials());
    let Poll::Ready(counts) = second.as_mut().poll(&mut context) else {
        panic!("the call waits for the old request")
    };
    assert_eq!(counts.unwrap().image, 3);
}
