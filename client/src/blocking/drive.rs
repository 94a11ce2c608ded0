//! The loop that drives a call: it asks the machine what to do, does it, and reports what happened.

use std::io::{ErrorKind, Write};

use wechat_material::driver::{Action, Body, Call, Moment, Received};
use wechat_material::http::Request;
use wechat_material::{Endpoint, Expect, Transport};

use super::Client;
use super::sink::Sink;

impl<T> Client<T> {
    pub(super) fn now(&self) -> Moment {
        self.inner.runtime().now()
    }

    pub(super) fn begin<'c, E: Endpoint, F: Received>(&'c self, endpoint: &'c E) -> Call<'c, E, F> {
        self.inner.call(endpoint, self.now())
    }
}

impl<T: Transport> Client<T> {
    /// Drives a call until it has ended or opened a file. Returns the call, and the rest of that file's body.
    pub(super) fn drive<'c, E, F, W>(
        &self,
        mut call: Call<'c, E, F>,
        sink: &mut Sink<'_, W>,
    ) -> (Call<'c, E, F>, Option<Body>)
    where
        E: Endpoint,
        W: Write + ?Sized,
    {
        let mut now = call.started();
        let mut body = None;
        loop {
            if let Some(renewing) = self.lease(now, |tokens, now| call.lease(tokens, now)) {
                self.drive_renewal(renewing);
                now = self.now();
                continue;
            }
            let action = call.next_action(now);
            self.inner.report(|| call.next_event());
            match action {
                Action::Send { request, expect: Expect::Json } => match self.send(request) {
                    Ok(response) => call.handle_response(response, self.now()),
                    Err(error) => call.handle_failure(error, self.now()),
                },
                Action::Send { request, expect: Expect::File } => {
                    body = self.receive(&mut call, request, sink);
                }
                Action::Sleep { until } => self.inner.runtime().sleep(until.since(self.now())),
                // `lease` has asked for it above.
                Action::NeedToken { .. } => {}
                Action::Rewind => match sink.rewind() {
                    Ok(true) => call.handle_rewound(self.now()),
                    Ok(false) => call.handle_no_rewind(self.now()),
                    Err(error) => call.handle_sink_failure(error, sink.written, self.now()),
                },
                Action::Opened | Action::Finish => return (call, body),
            }
            self.inner.report(|| call.next_event());
            now = self.now();
        }
    }

    /// Receives a response until the call needs no more of it. Returns the rest of the body, unless it has ended.
    fn receive<E, F, W>(
        &self,
        call: &mut Call<'_, E, F>,
        request: Request<Vec<u8>>,
        sink: &mut Sink<'_, W>,
    ) -> Option<Body>
    where
        E: Endpoint,
        W: Write + ?Sized,
    {
        const SMALL: usize = 8 << 10;
        const LARGE: usize = 64 << 10;
        let mut body = match self.send_streaming(request) {
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
        let mut buffer = vec![0; SMALL];
        let mut received = 0;
        let mut has_ended = false;
        while call.is_receiving() {
            let written = match body.read(&mut buffer) {
                Ok(0) => {
                    has_ended = true;
                    let written = sink.write(&call.handle_end(self.now()));
                    if call.is_answered() { written.and_then(|()| sink.flush()) } else { written }
                }
                Ok(length) => {
                    received += length;
                    sink.write(&call.handle_chunk(&buffer[..length], self.now()))
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
                Err(error) => {
                    call.handle_failure(error.into(), self.now());
                    Ok(())
                }
            };
            if let Err(error) = written {
                call.handle_sink_failure(error, sink.written, self.now());
            }
            // Most bodies are short. A longer one gets a larger buffer.
            if received > SMALL && buffer.len() == SMALL {
                buffer.resize(LARGE, 0);
            }
        }
        // Any other body is dropped here: the next attempt may need its connection.
        (call.has_opened() && !has_ended).then_some(body)
    }
}
