//! A transport under test: blocking or async, it is asked in the same words.

use std::error::Error;
use std::future::Future;
use std::thread;

use futures_util::future::join;
use wechat_material::http::{Request, Response};
use wechat_material::{AsyncTransport, Failure, Transport};

pub(super) type Answered = Result<Response<Vec<u8>>, Failed>;

/// How a call failed.
pub(super) struct Failed {
    pub(super) failure: Failure,
    /// All that the error and its causes print.
    pub(super) printed: String,
}

impl Failed {
    fn of(error: &(dyn Error + 'static), failure: Failure) -> Self {
        let mut printed = Vec::new();
        let mut next = Some(error);
        while let Some(error) = next {
            printed.push(format!("{error} {error:?}"));
            next = error.source();
        }
        Self { failure, printed: printed.join(" ") }
    }
}

pub(super) trait Subject {
    fn send(&self, request: Request<Vec<u8>>) -> impl Future<Output = Answered>;

    /// Both at once.
    fn send_both(
        &self,
        first: Request<Vec<u8>>,
        second: Request<Vec<u8>>,
    ) -> impl Future<Output = (Answered, Answered)>;
}

pub(super) struct Blocking<'t, T>(pub(super) &'t T);

impl<T: Transport> Blocking<'_, T> {
    fn send_now(&self, request: Request<Vec<u8>>) -> Answered {
        self.0.send(request).map_err(|error| Failed::of(&error, self.0.failure(&error)))
    }
}

impl<T: Transport + Sync> Subject for Blocking<'_, T> {
    async fn send(&self, request: Request<Vec<u8>>) -> Answered {
        self.send_now(request)
    }

    async fn send_both(&self, first: Request<Vec<u8>>, second: Request<Vec<u8>>) -> (Answered, Answered) {
        thread::scope(|scope| {
            let first = scope.spawn(|| self.send_now(first));
            let second = self.send_now(second);
            let first = first.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (first, second)
        })
    }
}

pub(super) struct Async<'t, T>(pub(super) &'t T);

impl<T: AsyncTransport> Subject for Async<'_, T> {
    async fn send(&self, request: Request<Vec<u8>>) -> Answered {
        self.0.send(request).await.map_err(|error| Failed::of(&error, self.0.failure(&error)))
    }

    async fn send_both(&self, first: Request<Vec<u8>>, second: Request<Vec<u8>>) -> (Answered, Answered) {
        join(self.send(first), self.send(second)).await
    }
}
