//! A server in memory, as a blocking and as an async transport.

use std::future::poll_fn;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use wechat_material::driver::{AsyncBody, Body, Moment, Runtime, Sleep};
use wechat_material::http::{Request, Response};
use wechat_material::{AsyncTransport, Credentials, FailureKind, RetryPolicy, Transport, TransportError};

pub(crate) const PICTURE: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 4, 5, 6, 7, 8];

/// Issues tokens that are valid for some calls, and answers these with a count or a picture.
#[derive(Clone, Default)]
pub(crate) struct Server(Arc<State>);

#[derive(Default)]
struct State {
    tokens: AtomicU64,
    calls: AtomicU64,
    /// The number of the valid token, and for how many more calls it is valid.
    valid: Mutex<(u64, u64)>,
    life: AtomicU64,
}

impl Server {
    /// Each token is valid for this many calls.
    pub(crate) fn with_life(life: u64) -> Self {
        let server = Self::default();
        server.0.life.store(life, Ordering::SeqCst);
        server
    }

    pub(crate) fn tokens(&self) -> u64 {
        self.0.tokens.load(Ordering::SeqCst)
    }

    pub(crate) fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    /// Refuses the current token from now on.
    pub(crate) fn expire(&self) {
        self.0.valid.lock().unwrap().1 = 0;
    }

    pub(crate) fn answer(&self, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        let mut valid = self.0.valid.lock().unwrap();
        if request.uri().path() == "/cgi-bin/stable_token" {
            let number = self.0.tokens.fetch_add(1, Ordering::SeqCst) + 1;
            *valid = (number, self.0.life.load(Ordering::SeqCst));
            return json(&format!(r#"{{"access_token":"T{number}","expires_in":7200}}"#));
        }
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        let is_valid = request.uri().query() == Some(&format!("access_token=T{}", valid.0)) && valid.1 > 0;
        if !is_valid {
            return json(r#"{"errcode":42001,"errmsg":"access_token expired"}"#);
        }
        valid.1 -= 1;
        if request.uri().path().ends_with("get_material") {
            return Response::new(PICTURE.to_vec());
        }
        json(r#"{"image_count":3}"#)
    }
}

fn json(body: &str) -> Response<Vec<u8>> {
    Response::new(body.as_bytes().to_vec())
}

impl Transport for Server {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        Ok(self.answer(&request))
    }
}

/// The same server, as an async transport whose requests take some turns of the executor.
#[derive(Clone)]
pub(crate) struct Slow(pub(crate) Server);

/// How many turns a request for a token takes. Other requests take two.
pub(crate) const TOKEN_TURNS: u64 = 5;

impl AsyncTransport for Slow {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let is_for_token = request.uri().path().ends_with("token");
        turns(if is_for_token { TOKEN_TURNS } else { 2 }).await;
        Ok(self.0.answer(&request))
    }
}

/// Becomes ready after this many polls.
pub(crate) async fn turns(mut left: u64) {
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

pub(crate) fn credentials() -> Credentials {
    Credentials::new("wx0123456789abcdef", "app secret")
}

/// Retries after waits of almost no time.
pub(crate) fn quick() -> RetryPolicy {
    RetryPolicy::default().backoff(Duration::from_nanos(10), Duration::from_nanos(100))
}

/// A runtime without a timer: waits of less than a millisecond end at once, longer ones never.
pub(crate) struct NoTimer(Instant);

impl NoTimer {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Runtime for NoTimer {
    fn now(&self) -> Moment {
        Moment(self.0.elapsed())
    }

    fn sleep(&self, time: Duration) -> Sleep {
        if time < Duration::from_millis(1) { Box::pin(async {}) } else { Box::pin(std::future::pending()) }
    }
}

/// A runtime whose sleeps move its clock forward.
#[derive(Clone, Default)]
pub(crate) struct Leap(Arc<Mutex<Duration>>);

impl Runtime for Leap {
    fn now(&self) -> Moment {
        Moment(*self.0.lock().unwrap())
    }

    fn sleep(&self, time: Duration) -> Sleep {
        let now = Arc::clone(&self.0);
        Box::pin(async move {
            turns(1).await;
            let mut now = now.lock().unwrap();
            // A nanosecond more: time never stands still.
            *now = now.saturating_add(time).saturating_add(Duration::from_nanos(1));
        })
    }
}

/// A body that breaks off.
pub(crate) struct Broken(pub(crate) Vec<u8>);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            let error = TransportError::new(FailureKind::Interrupted, "the connection broke");
            return Err(io::Error::other(error));
        }
        let length = buffer.len().min(self.0.len());
        buffer[..length].copy_from_slice(&self.0[..length]);
        self.0.drain(..length);
        Ok(length)
    }
}

impl http_body::Body for Broken {
    type Data = wechat_material::bytes::Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Self::Data>, TransportError>>> {
        let bytes = std::mem::take(&mut self.0);
        Poll::Ready(Some(if bytes.is_empty() {
            Err(TransportError::new(FailureKind::Interrupted, "the connection broke"))
        } else {
            Ok(http_body::Frame::data(bytes.into()))
        }))
    }
}

pub(crate) fn boxed(body: impl Read + Send + 'static) -> Body {
    Box::new(body)
}

pub(crate) fn pinned(
    body: impl http_body::Body<Data = wechat_material::bytes::Bytes, Error = TransportError> + Send + 'static,
) -> AsyncBody {
    Box::pin(body)
}
