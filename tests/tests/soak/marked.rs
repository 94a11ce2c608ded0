//! Requests with the number of their call, and with a header that asks the emulator for a quirk.

use std::cell::Cell;

use wechat_material::driver::{AsyncBody, Body};
use wechat_material::http::{Request, Response};
use wechat_material::{AsyncTransport, Transport, TransportError};
use wechat_material_testkit::{Emulator, Quirk};

pub(crate) const NUMBER: &str = "x-number";

thread_local! {
    static MARK: Cell<Option<Mark>> = const { Cell::new(None) };
}

/// The number of a call, and how many times it was sent.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    number: u64,
    sent: u64,
}

impl Mark {
    pub(crate) fn new(number: u64) -> Self {
        Self { number, sent: 0 }
    }

    /// Makes a call whose requests are sent from this thread.
    pub(crate) fn during<T>(self, call: impl FnOnce() -> T) -> T {
        MARK.set(Some(self));
        let got = call();
        MARK.set(None);
        got
    }

    /// Makes a call whose requests are sent when it is polled.
    pub(crate) async fn during_future<T>(self, call: impl Future<Output = T>) -> T {
        let mut mark = Some(self);
        let mut call = std::pin::pin!(call);
        std::future::poll_fn(|context| {
            MARK.set(mark);
            let polled = call.as_mut().poll(context);
            mark = MARK.take();
            polled
        })
        .await
    }
}

/// A transport that marks the requests for assets and lists.
#[derive(Clone)]
pub(crate) struct Marked<T>(pub(crate) T);

fn marked(mut request: Request<Vec<u8>>) -> Request<Vec<u8>> {
    if let Some(mark) = MARK.get().filter(|_| request.uri().path().contains("/material/")) {
        MARK.set(Some(Mark { sent: mark.sent + 1, ..mark }));
        request.headers_mut().insert(NUMBER, mark.number.into());
        if let Some(quirk) = quirk(mark) {
            let name = quirk.to_string().parse().expect("a name is a header value");
            request.headers_mut().insert(Emulator::QUIRK_HEADER, name);
        }
    }
    request
}

/// The quirk of an attempt. One attempt in four has one.
fn quirk(mark: Mark) -> Option<Quirk> {
    let chance = chance(mark.number * 64 + mark.sent);
    let all = Quirk::ALL.len() as u64;
    let quirk = match chance / 4 % (all + 1) {
        last if last == all => Quirk::Errcode(45009),
        number => Quirk::ALL[usize::try_from(number).ok()?],
    };
    // A drip takes as long as a hundred other calls.
    let is_rare = quirk == Quirk::Drip && chance / 4096 % 50 != 0;
    (chance % 4 == 0 && !is_rare).then_some(quirk)
}

/// A random number, the same for the same seed.
pub(crate) fn chance(seed: u64) -> u64 {
    fastrand::Rng::with_seed(seed).u64(..)
}

impl<T: Transport> Transport for Marked<T> {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        self.0.send(marked(request))
    }

    fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
        self.0.send_streaming(marked(request))
    }
}

impl<T: AsyncTransport> AsyncTransport for Marked<T> {
    fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send {
        self.0.send(marked(request))
    }

    fn send_streaming(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<AsyncBody>, TransportError>> + Send {
        self.0.send_streaming(marked(request))
    }
}
