//! The transport under test, with one interface for blocking and async, whole and streamed responses.

use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io::{self, Read};
use std::thread;

use futures_util::future::join;
use wechat_material::http::{Request, Response};
use wechat_material::{AsyncTransport, FailureKind, Transport, TransportError};

/// The method of the transport that is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Send,
    /// The body is read to its end, or until `max` bytes have arrived.
    SendStreaming {
        max: usize,
    },
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Send => "send",
            Self::SendStreaming { .. } => "send_streaming",
        })
    }
}

pub(super) type Answered = Result<Response<Vec<u8>>, Failed>;

/// How a call failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) kind: FailureKind,
    /// Everything that the error and its causes print.
    pub(super) printed: String,
    /// Whether the transport had already returned the head of the response.
    pub(super) is_within_body: bool,
    /// Whether readers such as `io::copy` continue after this error.
    pub(super) is_read_again: bool,
}

impl Failed {
    fn new(error: &TransportError) -> Self {
        let (kind, printed) = (error.kind(), printed(error));
        Self { kind, printed, is_within_body: false, is_read_again: false }
    }

    fn within_body(error: &TransportError) -> Self {
        Self { is_within_body: true, ..Self::new(error) }
    }

    fn reading(error: io::Error) -> Self {
        let is_read_again = error.kind() == io::ErrorKind::Interrupted;
        let printed = printed(&error);
        Self { printed, is_read_again, ..Self::within_body(&TransportError::from(error)) }
    }
}

fn printed(error: &(dyn Error + 'static)) -> String {
    let mut printed = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        printed.push(format!("{error} {error:?}"));
        next = error.source();
    }
    printed.join(" ")
}

pub(super) trait Subject {
    fn enforces_address_policy(&self) -> bool;

    fn ask(&self, way: Way, request: Request<Vec<u8>>) -> impl Future<Output = Answered>;

    /// Sends both requests at once.
    fn ask_both(
        &self,
        way: Way,
        first: Request<Vec<u8>>,
        second: Request<Vec<u8>>,
    ) -> impl Future<Output = (Answered, Answered)>;
}

pub(super) struct Blocking<'t, T>(pub(super) &'t T);

impl<T: Transport> Blocking<'_, T> {
    fn ask_now(&self, way: Way, request: Request<Vec<u8>>) -> Answered {
        let Way::SendStreaming { max } = way else {
            return self.0.send(request).map_err(|error| Failed::new(&error));
        };
        let response = self.0.send_streaming(request).map_err(|error| Failed::new(&error))?;
        let (head, mut body) = response.into_parts();
        let (mut bytes, mut buffer) = (Vec::new(), [0; 16 << 10]);
        while bytes.len() < max {
            match body.read(&mut buffer).map_err(Failed::reading)? {
                0 => break,
                read => bytes.extend_from_slice(&buffer[..read]),
            }
        }
        Ok(Response::from_parts(head, bytes))
    }
}

impl<T: Transport + Sync> Subject for Blocking<'_, T> {
    fn enforces_address_policy(&self) -> bool {
        self.0.enforces_address_policy()
    }

    async fn ask(&self, way: Way, request: Request<Vec<u8>>) -> Answered {
        self.ask_now(way, request)
    }

    async fn ask_both(
        &self,
        way: Way,
        first: Request<Vec<u8>>,
        second: Request<Vec<u8>>,
    ) -> (Answered, Answered) {
        thread::scope(|scope| {
            let first = scope.spawn(|| self.ask_now(way, first));
            let second = self.ask_now(way, second);
            let first = first.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (first, second)
        })
    }
}

pub(super) struct Async<'t, T>(pub(super) &'t T);

impl<T: AsyncTransport> Subject for Async<'_, T> {
    fn enforces_address_policy(&self) -> bool {
        self.0.enforces_address_policy()
    }

    async fn ask(&self, way: Way, request: Request<Vec<u8>>) -> Answered {
        let Way::SendStreaming { max } = way else {
            return self.0.send(request).await.map_err(|error| Failed::new(&error));
        };
        let response = self.0.send_streaming(request).await.map_err(|error| Failed::new(&error))?;
        let (head, mut body) = response.into_parts();
        let mut bytes = Vec::new();
        while bytes.len() < max {
            let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await else { break };
            let frame = frame.map_err(|error| Failed::within_body(&error))?;
            // Trailers are not part of the body.
            if let Ok(data) = frame.into_data() {
                bytes.extend_from_slice(&data);
            }
        }
        Ok(Response::from_parts(head, bytes))
    }

    async fn ask_both(
        &self,
        way: Way,
        first: Request<Vec<u8>>,
        second: Request<Vec<u8>>,
    ) -> (Answered, Answered) {
        join(self.ask(way, first), self.ask(way, second)).await
    }
}
