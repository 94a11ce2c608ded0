//! Calls that go away in the middle.

use std::future::{pending, ready};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use tokio::sync::Semaphore;
use wechat_material::http::Response;
use wechat_material::{AccessToken, AsyncTransport, IssuedToken, Renewal, TransportFn};
use wechat_material_reqwest::{Client, SourceError};

use crate::polled::Polled;
use crate::{PICTURE, assert_picture};

/// A client with a source whose first token never comes, and how often that was asked. Nothing answers its calls.
pub(crate) fn stuck() -> (Client<impl AsyncTransport + Send + Sync>, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let source = move |_: &Renewal| {
        let is_first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if is_first {
                pending::<()>().await;
            }
            Ok::<_, SourceError>(IssuedToken::new(AccessToken::new("SECOND"), None))
        }
    };
    let silent = TransportFn::new(|_| pending::<io::Result<Response<Vec<u8>>>>());
    (Client::with_source(source, silent).build(), asked)
}

#[test]
fn a_renewal_that_is_dropped_is_picked_up_by_another_caller() {
    let (client, asked) = stuck();
    let mut renewing = Polled::new(client.access_token());
    assert!(renewing.poll().is_pending());
    let mut waiting = [(); 3].map(|()| Polled::new(client.access_token()));
    for caller in &mut waiting {
        assert!(caller.poll().is_pending());
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    drop(renewing);
    let [mut first, mut second, gone] = waiting;
    assert_eq!([first.wakes(), second.wakes(), gone.wakes()], [1, 1, 1]);
    // Whoever was woken may be gone before it looks.
    drop(gone);
    assert_eq!(second.expect().unwrap().expose(), "SECOND");
    assert_eq!(first.expect().unwrap().expose(), "SECOND");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_call_waits_until_its_timer_says_so() {
    let (sent, time) = (AtomicUsize::new(0), Arc::new(Semaphore::new(0)));
    let transport = TransportFn::new(|_| {
        let is_first = sent.fetch_add(1, Ordering::SeqCst) == 0;
        ready(if is_first { Err(io::Error::other("broken")) } else { Ok(Response::new(PICTURE.to_vec())) })
    });
    let source = |_: &Renewal| ready(Ok::<_, SourceError>(IssuedToken::new(AccessToken::new("t"), None)));
    let timer = Arc::clone(&time);
    let client = Client::with_source(source, transport).timer(move |_| {
        let timer = Arc::clone(&timer);
        async move { timer.acquire().await.unwrap().forget() }
    });
    let client = client.build();
    let mut call = Polled::new(client.get_material("id"));
    assert!(call.poll().is_pending() && call.poll().is_pending());
    assert_eq!(sent.load(Ordering::SeqCst), 1);
    time.add_permits(1);
    assert_eq!(call.wakes(), 1);
    assert_picture(&call.expect().unwrap());
    assert_eq!(sent.load(Ordering::SeqCst), 2);
}

#[test]
fn a_caller_that_goes_away_leaves_nothing_behind() {
    let (client, asked) = stuck();
    let mut renewing = Polled::new(client.access_token());
    assert!(renewing.poll().is_pending());
    let mut patient = Polled::new(client.access_token());
    for _ in 0..1000 {
        let mut waiting = Polled::new(client.access_token());
        assert!(waiting.poll().is_pending() && waiting.poll().is_pending());
        let wakes = Arc::clone(&waiting.wakes);
        assert_eq!(Arc::strong_count(&wakes), 3);
        drop(waiting);
        assert_eq!(Arc::strong_count(&wakes), 1);

        let before = std::mem::take(&mut patient.wakes);
        assert!(patient.poll().is_pending());
        assert_eq!(Arc::strong_count(&before), 1);
    }
    drop(renewing);
    assert!(patient.expect().is_ok());
    assert_eq!((patient.wakes(), asked.load(Ordering::SeqCst)), (1, 2));
}

/// A task that is kept alive by its waker alone, as in executors without a list of tasks.
struct Task<F>(Mutex<Option<Pin<Box<F>>>>);

impl<F: Future + Send + 'static> Wake for Task<F> {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_task_that_goes_with_its_waker_leaves_its_place_as_well() {
    let (client, _) = stuck();
    let mut renewing = Polled::new(client.access_token());
    assert!(renewing.poll().is_pending());
    let waiting = client.clone();
    let task = Arc::new(Task(Mutex::new(Some(Box::pin(async move { waiting.access_token().await })))));
    let waker = Waker::from(Arc::clone(&task));
    let polled = task.0.lock().unwrap().as_mut().unwrap().as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    drop((waker, task));
    drop(renewing);
    assert!(Polled::new(client.access_token()).expect().is_ok());
}
