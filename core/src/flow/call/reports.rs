//! What a driver reports to a call.

use std::io;
use std::mem;

use http::Response;
use http::response::Parts;

use super::{Call, Received, State};
use crate::call::CallError;
use crate::endpoint::{Access, Endpoint};
use crate::flow::retry::Next;
use crate::flow::{ClientError, EventKind, Moment, retry_after};
use crate::material::FileInfo;
use crate::parse::parse_whole;
use crate::receive::{Feed, Receiver};
use crate::transport::TransportError;

impl<E: Endpoint<Target = Access>, F: Received> Call<'_, E, F> {
    /// A whole response has arrived. Where the bytes of a file are handed on, report it in parts instead.
    pub fn handle_response(&mut self, response: Response<Vec<u8>>, now: Moment) {
        if !matches!(self.state, State::Sent) || !F::KEEPS_BYTES {
            self.wrong("handle_response");
            return;
        }
        self.retry_after = retry_after(response.headers());
        let max_file = self.max_file();
        let received = |info: FileInfo, bytes| F::received(info.redacted(&self.secrets()), bytes);
        match parse_whole(self.endpoint, &self.config.options, max_file, response, received) {
            Ok(parsed) => self.answered(parsed, now),
            Err(error) => self.failed(CallError::Api(error), now),
        }
    }

    /// The head of a response has arrived.
    pub fn handle_head(&mut self, head: Parts, _now: Moment) {
        if !matches!(self.state, State::Sent) {
            self.wrong("handle_head");
            return;
        }
        self.retry_after = retry_after(&head.headers);
        let receiver = Receiver::new(self.endpoint, &self.config.options, self.max_file(), head);
        self.state = State::Receiving(Box::new(receiver));
    }

    /// The next bytes of a body have arrived. Gives those that are to be written, if any.
    pub fn handle_chunk<'b>(&mut self, chunk: &'b [u8], now: Moment) -> Feed<'b> {
        let State::Receiving(receiver) = &mut self.state else {
            self.wrong("handle_chunk");
            return Feed::Held;
        };
        match receiver.feed(chunk) {
            Ok(feed) => self.hand_on(feed),
            Err(error) => {
                self.failed(CallError::Api(error), now);
                Feed::Held
            }
        }
    }

    /// The body has come to its orderly end. Gives the bytes that are still to be written, if any.
    pub fn handle_end(&mut self, now: Moment) -> Feed<'static> {
        let receiver = match mem::replace(&mut self.state, State::Ready) {
            State::Receiving(receiver) => receiver,
            state => {
                self.state = state;
                self.wrong("handle_end");
                return Feed::Held;
            }
        };
        let mut bytes = mem::take(&mut self.bytes);
        let mut rest = Vec::new();
        let ended = receiver.end(|info, held| {
            if F::KEEPS_BYTES {
                bytes.extend_from_slice(&held);
            } else {
                rest = held;
            }
            F::received(info.redacted(&self.secrets()), bytes)
        });
        match ended {
            Ok(parsed) => self.answered(parsed, now),
            Err(error) => {
                // The endpoint may have refused the file, whose bytes are not to be written then.
                rest.clear();
                self.failed(CallError::Api(error), now);
            }
        }
        self.written += rest.len() as u64;
        if rest.is_empty() { Feed::Held } else { Feed::File { held: rest, chunk: &[] } }
    }

    /// Keeps the bytes of a file here, or hands them to the driver.
    fn hand_on<'b>(&mut self, feed: Feed<'b>) -> Feed<'b> {
        let Feed::File { held, chunk } = feed else { return Feed::Held };
        if F::KEEPS_BYTES {
            self.bytes.extend_from_slice(&held);
            self.bytes.extend_from_slice(chunk);
            return Feed::Held;
        }
        self.written += (held.len() + chunk.len()) as u64;
        Feed::File { held, chunk }
    }

    /// There is no response, or no whole one.
    pub fn handle_failure(&mut self, error: TransportError, now: Moment) {
        match self.state {
            State::Sent | State::Receiving(_) => self.failed(CallError::Transport(error), now),
            _ => self.wrong("handle_failure"),
        }
    }

    /// The sink took no more than this many bytes in this attempt. That ends the call, even if the answer was complete.
    pub fn handle_sink_failure(&mut self, error: io::Error, written: u64, now: Moment) {
        if F::KEEPS_BYTES || matches!(self.state, State::Over(Err(_))) {
            self.wrong("handle_sink_failure");
            return;
        }
        let failure = || EventKind::Failure { kind: "sink", code: None, rid: None };
        self.events.push(self.retry.attempts(), now, failure);
        self.over(ClientError::sink(written, error));
    }

    /// The sink has taken back all that it held.
    pub fn handle_rewound(&mut self, now: Moment) {
        match self.state {
            State::Rewinding(next) => {
                self.written = 0;
                self.go_on(next, now);
            }
            _ => self.wrong("handle_rewound"),
        }
    }

    /// The sink cannot take back what it holds. That ends the call.
    pub fn handle_no_rewind(&mut self, now: Moment) {
        match self.state {
            State::Rewinding(_) => self.go_on(Next::Finish, now),
            _ => self.wrong("handle_no_rewind"),
        }
    }
}
