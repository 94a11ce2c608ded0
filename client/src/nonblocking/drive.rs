//! The loop that drives a call: it asks the machine what to do, does it, and reports what happened.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use wechat_material::bytes::Bytes;
use wechat_material::driver::{Action, AsyncBody, Call, Feed, MaybeSend, MaybeSync, Received};
use wechat_material::http::Request;
use wechat_material::{AsyncTransport, Endpoint, Expect, TransportError};

use super::Client;
use super::drain::Drain;

impl<T: AsyncTransport + MaybeSend + MaybeSync + 'static> Client<T> {
    pub(super) fn begin<'c, E: Endpoint, F: Received>(&'c self, endpoint: &'c E) -> Call<'c, E, F> {
        self.inner.call(endpoint, self.now())
    }

    /// Drives a call until it has ended or opened a file. Returns the call, and the rest of that file's body.
    pub(super) async fn drive<'c, E, F, D>(
        &self,
        mut call: Call<'c, E, F>,
        drain: &mut D,
    ) -> (Call<'c, E, F>, Option<AsyncBody>)
    where
        E: Endpoint,
        D: Drain,
    {
        let mut now = call.started();
        let mut body = None;
        loop {
            if let Some(renewal) = self.lease(now, |tokens, now| call.lease(tokens, now)) {
                renewal.wait().await;
                now = self.now();
                continue;
            }
            let action = call.next_action(now);
            self.inner.report(|| call.next_event());
            match action {
                Action::Send { request, expect: Expect::Json } => match self.send(request).await {
                    Ok(response) => call.handle_response(response, self.now()),
                    Err(error) => call.handle_failure(error, self.now()),
                },
                Action::Send { request, expect: Expect::File } => {
                    body = self.receive(&mut call, request, drain).await;
                }
                Action::Sleep { until } => self.inner.runtime().sleep(until.since(self.now())).await,
                // `lease` has asked for it above.
                Action::NeedToken { .. } => {}
                Action::Rewind => match drain.rewind().await {
                    Ok(true) => call.handle_rewound(self.now()),
                    Ok(false) => call.handle_no_rewind(self.now()),
                    Err(error) => call.handle_sink_failure(error, drain.written(), self.now()),
                },
                Action::Opened | Action::Finish => return (call, body),
            }
            self.inner.report(|| call.next_event());
            now = self.now();
        }
    }

    /// Receives a response until the call needs no more of it. Returns the rest of the body, unless it has ended.
    async fn receive<E, F, D>(
        &self,
        call: &mut Call<'_, E, F>,
        request: Request<Vec<u8>>,
        drain: &mut D,
    ) -> Option<AsyncBody>
    where
        E: Endpoint,
        D: Drain,
    {
        let mut body = match self.send_streaming(request).await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                call.handle_head(head, self.now());
                body
            }
            Err(error) => {
                call.handle_failure(error, self.now());
                return None;
            }
        };
        let mut has_ended = false;
        while call.is_receiving() {
            let drained = match poll_fn(|context| poll_chunk(&mut body, context)).await {
                Some(Ok(chunk)) => {
                    let written = match call.handle_chunk(&chunk, self.now()) {
                        Feed::File { held, chunk: _ } => Some(held),
                        Feed::Held => None,
                    };
                    match written {
                        Some(held) => drain.write_both(held.into(), chunk).await,
                        None => Ok(()),
                    }
                }
                Some(Err(error)) => {
                    call.handle_failure(error, self.now());
                    Ok(())
                }
                None => {
                    has_ended = true;
                    let rest = match call.handle_end(self.now()) {
                        Feed::File { held, chunk: _ } => held,
                        Feed::Held => Vec::new(),
                    };
                    drain.end(rest.into(), call.is_answered()).await
                }
            };
            if let Err(error) = drained {
                call.handle_sink_failure(error, drain.written(), self.now());
            }
        }
        // Any other body is dropped here: the next attempt may need its connection.
        (call.has_opened() && !has_ended).then_some(body)
    }
}

/// The next bytes of a body. Trailers are skipped.
pub(super) fn poll_chunk(
    body: &mut AsyncBody,
    context: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, TransportError>>> {
    loop {
        match ready!(body.as_mut().poll_frame(context)) {
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    return Poll::Ready(Some(Ok(bytes)));
                }
            }
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => return Poll::Ready(None),
        }
    }
}
