//! The loop of a call: asks the machine what to do, does it, and reports what happened.

use std::future::poll_fn;

use wechat_material::bytes::Bytes;
use wechat_material::driver::{Action, AsyncBody, Call, Feed, MaybeSend, MaybeSync, Received};
use wechat_material::http::Request;
use wechat_material::{Access, AsyncTransport, ClientError, Endpoint, Expect, Parsed, TransportError};

use super::Client;
use super::drain::Drain;

impl<T: AsyncTransport + MaybeSend + MaybeSync + 'static> Client<T> {
    pub(super) async fn drive<E, F, D>(
        &self,
        endpoint: &E,
        drain: &mut D,
    ) -> Result<Parsed<E::Output<F>>, ClientError>
    where
        E: Endpoint<Target = Access>,
        F: Received,
        D: Drain,
    {
        let mut now = self.now();
        let mut call = self.inner.call::<E, F>(endpoint, now);
        loop {
            if let Some(renewal) = self.lease(now, |tokens, now| call.lease(tokens, now)) {
                renewal.wait().await;
                now = self.now();
                continue;
            }
            let action = call.next_action(now);
            self.inner.report(|| call.next_event());
            match action {
                Action::Send { request, expect: Expect::Json } => {
                    match self.inner.transport.send(request).await {
                        Ok(response) => call.handle_response(response, self.now()),
                        Err(error) => call.handle_failure(error, self.now()),
                    }
                }
                Action::Send { request, expect: Expect::File } => {
                    self.receive(&mut call, request, drain).await;
                }
                Action::Sleep { until } => self.inner.runtime().sleep(until.since(self.now())).await,
                // It is asked for above.
                Action::NeedToken { .. } => {}
                Action::Rewind => match drain.rewind().await {
                    Ok(true) => call.handle_rewound(self.now()),
                    Ok(false) => call.handle_no_rewind(self.now()),
                    Err(error) => call.handle_sink_failure(error, drain.written(), self.now()),
                },
                Action::Finish => return call.finish(),
            }
            self.inner.report(|| call.next_event());
            now = self.now();
        }
    }

    /// Receives a response as it arrives.
    async fn receive<E, F, D>(&self, call: &mut Call<'_, E, F>, request: Request<Vec<u8>>, drain: &mut D)
    where
        E: Endpoint<Target = Access>,
        F: Received,
        D: Drain,
    {
        let mut body = match self.inner.transport.send_streaming(request).await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                call.handle_head(head, self.now());
                body
            }
            Err(error) => return call.handle_failure(error, self.now()),
        };
        while call.is_receiving() {
            let drained = match next_chunk(&mut body).await {
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
    }
}

/// The next bytes of a body; trailers are skipped.
async fn next_chunk(body: &mut AsyncBody) -> Option<Result<Bytes, TransportError>> {
    loop {
        match poll_fn(|context| body.as_mut().poll_frame(context)).await? {
            Ok(frame) => {
                if let Ok(bytes) = frame.into_data() {
                    return Some(Ok(bytes));
                }
            }
            Err(error) => return Some(Err(error)),
        }
    }
}
