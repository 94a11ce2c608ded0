//! Calls that are dropped while they wait.

use std::future::{pending, ready};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use tokio::sync::Semaphore;
use wechat_material::driver::{Moment, Renewal, Runtime, Sleep};
use wechat_material::http::Response;
use wechat_material::{AccessToken, AsyncTransport, IssuedToken, TransportFn};
use wechat_material_client::{Client, SourceError, TokenSource};

use crate::polled::Polled;
use crate::waits::Waits;
use crate::{PICTURE, assert_picture};

/// A source that issues a token for each permit: `ISSUED-1`, `ISSUED-2` and so on.
#[derive(Clone)]
pub(crate) struct Slow {
    permits: Arc<Semaphore>,
    asked: Arc<AtomicUsize>,
    waits: Waits,
}

impl Slow {
    /// Returns the source and a client that uses it. The calls of the client get no answer.
    pub(crate) fn new() -> (Self, Client<impl AsyncTransport + Send + Sync + 'static>) {
        let slow =
            Self { permits: Arc::new(Semaphore::new(0)), asked: Arc::default(), waits: Waits::default() };
        let source = slow.clone();
        let source = move |_: &Renewal| {
            let number = source.asked.fetch_add(1, Ordering::SeqCst) + 1;
            let permits = Arc::clone(&source.permits);
            async move {
                permits.acquire().await?.forget();
                Ok::<_, SourceError>(IssuedToken::new(AccessToken::new(format!("ISSUED-{number}")), None))
            }
        };
        let silent = TransportFn::new(|_| pending::<io::Result<Response<Vec<u8>>>>());
        let client =
            Client::builder(TokenSource::from_fn(source), silent).runtime(slow.waits.clone()).build();
        (slow, client)
    }

    pub(crate) fn issue(&self) {
        self.permits.add_permits(1);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[test]
fn a_renewal_continues_without_the_caller_that_started_it() {
    let (source, client) = Slow::new();
    let mut first = Polled::new(client.token());
    assert!(first.poll().is_pending());
    let mut waiting = [(); 3].map(|()| Polled::new(client.token()));
    for caller in &mut waiting {
        assert!(caller.poll().is_pending());
    }
    assert_eq!(source.asked(), 1);

    drop(first);
    source.issue();
    let [mut second, mut third, fourth] = waiting;
    assert_eq!([second.wakes(), third.wakes(), fourth.wakes()], [1, 1, 1]);
    // A caller that was woken may be dropped before it is polled.
    drop(fourth);
    assert_eq!(third.expect().unwrap().token.expose(), "ISSUED-1");
    assert_eq!(second.expect().unwrap().token.expose(), "ISSUED-1");
    assert_eq!(source.asked(), 1);
}

#[test]
fn a_renewal_that_every_caller_has_left_is_continued_by_the_next_one() {
    let (source, client) = Slow::new();
    for _ in 0..3 {
        let mut gone = Polled::new(client.token());
        assert!(gone.poll().is_pending());
    }
    let mut next = Polled::new(client.token());
    assert!(next.poll().is_pending());
    source.issue();
    assert_eq!(next.wakes(), 1);
    assert_eq!(next.expect().unwrap().token.expose(), "ISSUED-1");
    assert_eq!(source.asked(), 1);
}

#[test]
fn a_renewal_continues_while_the_caller_that_started_it_is_not_polled() {
    let (source, client) = Slow::new();
    let mut neglected = Polled::new(client.token());
    assert!(neglected.poll().is_pending());
    source.issue();
    assert_eq!(Polled::new(client.token()).expect().unwrap().token.expose(), "ISSUED-1");
    assert_eq!(neglected.expect().unwrap().token.expose(), "ISSUED-1");
    assert_eq!(source.asked(), 1);
}

#[test]
fn an_early_renewal_that_its_caller_has_left_is_continued_by_the_next_one() {
    let (source, client) = Slow::new();
    source.issue();
    assert_eq!(Polled::new(client.token()).expect().unwrap().token.expose(), "ISSUED-1");
    // The token expires after two hours.
    source.waits.advance(Duration::from_secs(2 * 60 * 60 - 60));
    let mut renewing = Polled::new(client.token());
    assert!(renewing.poll().is_pending());
    assert_eq!(Polled::new(client.token()).expect().unwrap().token.expose(), "ISSUED-1");
    drop(renewing);
    let mut next = Polled::new(client.token());
    assert!(next.poll().is_pending());
    source.issue();
    assert_eq!(next.expect().unwrap().token.expose(), "ISSUED-2");
    assert_eq!(source.asked(), 2);
}

#[test]
fn the_waker_of_a_dropped_caller_is_dropped() {
    let (source, client) = Slow::new();
    let mut first = Polled::new(client.token());
    assert!(first.poll().is_pending());
    let mut patient = Polled::new(client.token());
    for _ in 0..1000 {
        let mut waiting = Polled::new(client.token());
        assert!(waiting.poll().is_pending() && waiting.poll().is_pending());
        let wakes = Arc::clone(&waiting.wakes);
        assert_eq!(Arc::strong_count(&wakes), 3);
        drop(waiting);
        assert_eq!(Arc::strong_count(&wakes), 1);

        let before = std::mem::take(&mut patient.wakes);
        assert!(patient.poll().is_pending());
        assert_eq!(Arc::strong_count(&before), 1);
    }
    drop(first);
    source.issue();
    assert_eq!(patient.wakes(), 1);
    assert!(patient.expect().is_ok());
    assert_eq!(source.asked(), 1);
}

/// A task that is owned only by its waker, as in executors without a list of tasks.
struct Task<F>(Mutex<Option<Pin<Box<F>>>>);

impl<F: Future + Send + 'static> Wake for Task<F> {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_waker_whose_drop_drops_a_waiting_task_causes_no_deadlock() {
    let (source, client) = Slow::new();
    let mut first = Polled::new(client.token());
    assert!(first.poll().is_pending());
    let waiting = client.clone();
    let future = async move { waiting.token().await };
    let task = Arc::new(Task(Mutex::new(Some(Box::pin(future)))));
    let waker = Waker::from(Arc::clone(&task));
    let polled = task.0.lock().unwrap().as_mut().unwrap().as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    let weak = Arc::downgrade(&task);
    drop((waker, task));
    assert_eq!(weak.strong_count(), 1);
    drop(first);
    source.issue();
    assert_eq!(weak.strong_count(), 0);
    assert!(Polled::new(client.token()).expect().is_ok());
    assert_eq!(source.asked(), 1);
}

/// A runtime in which the test ends each wait.
struct ByHand {
    now: Arc<Mutex<Moment>>,
    permits: Arc<Semaphore>,
}

impl Runtime for ByHand {
    fn now(&self) -> Moment {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, time: Duration) -> Sleep {
        let (now, permits) = (Arc::clone(&self.now), Arc::clone(&self.permits));
        Box::pin(async move {
            permits.acquire().await.unwrap().forget();
            let mut now = now.lock().unwrap();
            *now = now.after(time);
        })
    }
}

#[test]
fn a_call_waits_until_the_sleep_of_the_runtime_ends() {
    let (sent, permits) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let counted = Arc::clone(&sent);
    let transport = TransportFn::new(move |_| {
        let is_first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        ready(if is_first { Err(io::Error::other("broken")) } else { Ok(Response::new(PICTURE.to_vec())) })
    });
    let runtime = ByHand { now: Arc::default(), permits: Arc::clone(&permits) };
    let source = TokenSource::fixed(AccessToken::new("81_Zx3"));
    let client = Client::builder(source, transport).runtime(runtime).build();
    let mut call = Polled::new(client.get_material("id"));
    assert!(call.poll().is_pending() && call.poll().is_pending());
    assert_eq!(sent.load(Ordering::SeqCst), 1);
    permits.add_permits(1);
    assert_eq!(call.wakes(), 1);
    assert_picture(&call.expect().unwrap());
    assert_eq!(sent.load(Ordering::SeqCst), 2);
}
