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

/// Issues tokens that are good for some calls, and answers others with a count or with a picture.
#[derive(Clone, Default)]
pub(crate) struct Server(Arc<State>);

#[derive(Default)]
struct State {
    tokens: AtomicU64,
    calls: AtomicU64,
    /// The last token that is good, and for how many more calls.
    good: Mutex<(u64, u64)>,
    life: AtomicU64,
}

impl Server {
    /// Each token is good for this many calls.
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

    /// From now on the present token is refused.
    pub(crate) fn expire(&self) {
        self.0.good.lock().unwrap().1 = 0;
    }

    pub(crate) fn answer(&self, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        let mut good = self.0.good.lock().unwrap();
        if request.uri().path() == "/cgi-bin/stable_token" {
            let number = self.0.tokens.fetch_add(1, Ordering::SeqCst) + 1;
            *good = (number, self.0.life.load(Ordering::SeqCst));
            return json(&format!(r#"{{"access_token":"T{number}","expires_in":7200}}"#));
        }
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        let is_good = request.uri().query() == Some(&format!("access_token=T{}", good.0)) && good.1 > 0;
        if !is_good {
            return json(r#"{"errcode":42001,"errmsg":"access_token expired"}"#);
        }
        good.1 -= 1;
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

/// The same, where each request waits for some turns of the executor.
#[derive(Clone)]
pub(crate) struct Slow(pub(crate) Server);

/// How many: another number for each path.
pub(crate) const TOKEN_TURNS: u64 = 5;

impl AsyncTransport for Slow {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let is_for_token = request.uri().path().ends_with("token");
        turns(if is_for_token { TOKEN_TURNS } else { 2 }).await;
        Ok(self.0.answer(&request))
    }
}

/// Ready after as many polls.
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

/// Waits that are over before anyone notices.
pub(crate) fn quick() -> RetryPolicy {
    RetryPolicy::default().backoff(Duration::from_nanos(10), Duration::from_nanos(100))
}

/// A runtime without a timer: waits of less than a millisecond are over at once, longer ones never.
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

/// A runtime whose time passes as it is waited for.
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
