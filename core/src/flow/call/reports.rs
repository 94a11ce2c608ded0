//! What a driver reports to a call.

use std::io;
use std::mem;

use http::Response;
use http::response::Parts;

use super::{Call, OpenFile, Receipt, State};
use crate::call::CallError;
use crate::classify::{Answer, Content};
use crate::endpoint::Endpoint;
use crate::error::ApiError;
use crate::flow::retry::Next;
use crate::flow::{ClientError, EventKind, Moment, retry_after};
use crate::material::FileInfo;
use crate::parse::{Parsed, parse_whole};
use crate::receive::{Feed, PartialResponse, Receiver};
use crate::transport::TransportError;

impl<'c, E: Endpoint, F> Call<'c, E, F> {
    /// Reports a whole response. A call that does not collect the bytes of a file must get the response in parts instead.
    pub fn handle_response(&mut self, response: Response<Vec<u8>>, now: Moment) {
        let (State::Sent, Receipt::Keep(received)) = (&self.state, &self.receipt) else {
            self.wrong("handle_response");
            return;
        };
        self.retry_after = retry_after(response.headers());
        let max_file = self.max_file();
        let received = |info: FileInfo, bytes| received(info.redacted(&self.secrets.texts()), bytes);
        match parse_whole(self.endpoint, &self.config.options, max_file, response, received) {
            Ok(parsed) => self.answered(parsed, now),
            Err(error) => self.failed(CallError::Api(error), now),
        }
    }

    /// Reports the head of a response.
    pub fn handle_head(&mut self, head: Parts, _now: Moment) {
        if !matches!(self.state, State::Sent) {
            self.wrong("handle_head");
            return;
        }
        self.retry_after = retry_after(&head.headers);
        let receiver = Receiver::new(self.endpoint, &self.config.options, self.max_file(), head);
        self.state = State::Receiving(Box::new(receiver));
    }

    /// Reports the next bytes of the body, and returns the bytes to write, if any.
    pub fn handle_chunk<'b>(&mut self, chunk: &'b [u8], now: Moment) -> Feed<'b> {
        let State::Receiving(receiver) = &mut self.state else {
            self.wrong("handle_chunk");
            return Feed::Held;
        };
        match receiver.feed(chunk) {
            Ok(feed) => self.hand_on(feed, now),
            Err(error) => {
                self.failed(CallError::Api(error), now);
                Feed::Held
            }
        }
    }

    /// Reports the orderly end of the body, and returns the last bytes to write, if any.
    pub fn handle_end(&mut self, now: Moment) -> Feed<'static> {
        let Some(receiver) = self.take_receiver() else {
            self.wrong("handle_end");
            return Feed::Held;
        };
        let mut rest = Vec::new();
        match self.end(*receiver, &mut rest, now) {
            Ok(Some(parsed)) => self.answered(parsed, now),
            Ok(None) => {}
            Err(error) => {
                // The endpoint may have refused the file. Its bytes must not be written.
                rest.clear();
                self.failed(CallError::Api(error), now);
            }
        }
        self.written += rest.len() as u64;
        if rest.is_empty() { Feed::Held } else { Feed::File { held: rest, chunk: &[] } }
    }

    /// The answer; `None` if it is a file that the caller reads.
    fn end(
        &mut self,
        receiver: Receiver<'_, E>,
        rest: &mut Vec<u8>,
        now: Moment,
    ) -> Result<Option<Parsed<E::Output<F>>>, ApiError> {
        let Answer { content, repairs, evidence } = receiver.answer()?;
        if let Content::Json(object) = content {
            return receiver.read_json(object, repairs, evidence).map(Some);
        }
        let secrets = self.secrets.texts();
        let parsed = match self.receipt {
            Receipt::Open => {
                self.opened(receiver.into_response(), None, now);
                return Ok(None);
            }
            Receipt::Keep(file) => {
                let mut bytes = mem::take(&mut self.bytes);
                receiver.read_file(evidence, |info, held| {
                    bytes.extend_from_slice(&held);
                    file(info.redacted(&secrets), bytes)
                })
            }
            Receipt::Pass(file) => receiver.read_file(evidence, |info, held| {
                *rest = held;
                file(info.redacted(&secrets), Vec::new())
            }),
        };
        parsed.map(Some)
    }

    fn take_receiver(&mut self) -> Option<Box<Receiver<'c, E>>> {
        match mem::replace(&mut self.state, State::Ready) {
            State::Receiving(receiver) => Some(receiver),
            state => {
                self.state = state;
                None
            }
        }
    }

    /// Collects the bytes of a file, or returns them to the driver, or stops the call with them.
    fn hand_on<'b>(&mut self, feed: Feed<'b>, now: Moment) -> Feed<'b> {
        let Feed::File { mut held, chunk } = feed else { return Feed::Held };
        match self.receipt {
            Receipt::Keep(_) => {
                self.bytes.extend_from_slice(&held);
                self.bytes.extend_from_slice(chunk);
                Feed::Held
            }
            Receipt::Pass(_) => {
                self.written += (held.len() + chunk.len()) as u64;
                Feed::File { held, chunk }
            }
            Receipt::Open => {
                held.extend_from_slice(chunk);
                if let Some(receiver) = self.take_receiver() {
                    self.opened(receiver.into_response(), Some(held), now);
                }
                Feed::Held
            }
        }
    }

    /// The first bytes of the file have arrived. The caller reads the rest.
    fn opened(&mut self, response: PartialResponse, first_bytes: Option<Vec<u8>>, now: Moment) {
        let events = self.events.for_file();
        let secrets = mem::take(&mut self.secrets);
        let outcome = (self.endpoint.name(), self.retry.attempts(), self.has_renewed);
        let name = self.endpoint.fallback_name();
        let file = OpenFile::new(response, first_bytes, name, (events, secrets), outcome, now);
        self.state = State::Opened(Box::new(file));
    }

    /// Hands the file over after [`Action::Opened`](super::Action::Opened): `file` makes the file in the output from it. The
    /// call is over then.
    pub fn handle_open(&mut self, file: impl FnOnce(OpenFile) -> F, now: Moment) {
        let open = match mem::replace(&mut self.state, State::Ready) {
            State::Opened(open) => open,
            state => {
                self.state = state;
                return self.wrong("handle_open");
            }
        };
        let evidence = open.evidence();
        match self.endpoint.read(crate::answer::Answer::File(file(*open))) {
            // The file has events of its own.
            Ok(output) => self.state = State::Over(Ok(Parsed { output, repairs: Vec::new(), evidence })),
            Err(error) => self.failed(CallError::Api(error), now),
        }
    }

    /// Reports that there is no whole response.
    pub fn handle_failure(&mut self, error: TransportError, now: Moment) {
        match self.state {
            State::Sent | State::Receiving(_) => self.failed(CallError::Transport(error), now),
            _ => self.wrong("handle_failure"),
        }
    }

    /// Reports that the sink failed after this many bytes of this attempt. That ends the call, even if the answer is
    /// complete.
    pub fn handle_sink_failure(&mut self, error: io::Error, written: u64, now: Moment) {
        if !matches!(self.receipt, Receipt::Pass(_)) || matches!(self.state, State::Over(Err(_))) {
            self.wrong("handle_sink_failure");
            return;
        }
        let failure = || EventKind::Failure { kind: "sink", code: None, rid: None };
        self.events.push(self.retry.attempts(), now, failure);
        self.over(ClientError::sink(written, error));
    }

    /// Reports that the sink has discarded its bytes.
    pub fn handle_rewound(&mut self, now: Moment) {
        match self.state {
            State::Rewinding(next) => {
                self.written = 0;
                self.go_on(next, now);
            }
            _ => self.wrong("handle_rewound"),
        }
    }

    /// Reports that the sink cannot discard its bytes. That ends the call.
    pub fn handle_no_rewind(&mut self, now: Moment) {
        match self.state {
            State::Rewinding(_) => self.go_on(Next::Finish, now),
            _ => self.wrong("handle_no_rewind"),
        }
    }
}
