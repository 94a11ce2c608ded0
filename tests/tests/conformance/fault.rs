//! Faulty transports, each with one fault.

use std::collections::HashMap;
use std::fmt;
use std::io::Read;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use wechat_material::driver::Body;
use wechat_material::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, LOCATION};
use wechat_material::http::uri::Authority;
use wechat_material::http::{Request, Response, Uri};
use wechat_material::{AddressPolicy, FailureKind, Transport, TransportError};
use wechat_material_testkit::conformance::MAX_BODY;

use crate::plain;

/// The fault of a transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    // Faults in messages: added around a correct transport.
    ReencodesTheQuery,
    KeepsOnlyTheLastOfEqualHeaders,
    FailsOnServerErrors,
    FollowsRedirects,
    PanicsOnRedirects,
    DecodesSilently,
    UsesPlainHttpForHttps,
    ReportsRefusedAsInterrupted,
    RepeatsAnAnswer,
    ExchangesAnswers,
    PrintsTheUrl,
    TrustsUsedAddresses,
    // Faults in bytes: inside the transport.
    AcceptsAnEarlyEnd,
    IgnoresTheLengthWithIdentity,
    AcceptsAReset,
    DropsTransferCodings,
    ReturnsHttp10Chunks,
    HasNoLimit,
    WaitsForeverForTheHead,
    ReadsTrailersForever,
    KeepsReadingWhenDropped,
    HasNoCallTimeout,
    CutsOffSlowBodies,
    WaitsForeverInABody,
    ReportsBrokenAsFinal,
    FailsAsInterrupted,
    IgnoresTheAddressPolicy,
    ChecksAddressesAfterConnecting,
}

/// A transport over a socket, without TLS, that streams and enforces the address policy.
#[derive(Default)]
pub(crate) struct Faulty {
    fault: Option<Fault>,
    is_correct_in_send: bool,
    answers: Mutex<HashMap<Uri, Response<Vec<u8>>>>,
    used: Mutex<Vec<Authority>>,
    waiting: (Mutex<Vec<Response<Vec<u8>>>>, Condvar),
}

impl Faulty {
    /// A transport with this fault in both methods.
    pub(crate) fn new(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    /// A transport with this fault in `send_streaming` only.
    pub(crate) fn in_streaming(fault: Fault) -> Self {
        Self { is_correct_in_send: true, ..Self::new(fault) }
    }

    fn call(&self, fault: Option<Fault>, is_whole: bool, mut request: Request<Vec<u8>>) -> Opened {
        let uri = request.uri().clone();
        let has = |other| fault == Some(other);
        if has(Fault::ReencodesTheQuery) {
            *request.uri_mut() = replaced(&uri, "%20", "+");
        }
        if has(Fault::UsesPlainHttpForHttps) {
            *request.uri_mut() = replaced(&uri, "https:", "http:");
        }
        if has(Fault::RepeatsAnAnswer) {
            // Only once, because another server may get this port later.
            if let Some(answer) = self.answers.lock().unwrap().remove(&uri) {
                return Ok(held(answer));
            }
        }
        if has(Fault::TrustsUsedAddresses) {
            let mut used = self.used.lock().unwrap();
            let authority = uri.authority().cloned();
            if AddressPolicy::for_request(&request) == AddressPolicy::Any {
                used.extend(authority);
            } else if used.iter().any(|used| Some(used) == authority.as_ref()) {
                AddressPolicy::Any.apply_to(&mut request);
            }
        }
        let response = match plain::open(&request, fault, is_whole) {
            Err(error) if has(Fault::PrintsTheUrl) => {
                return Err(TransportError::new(error.kind(), Printing(uri)));
            }
            Err(error) if has(Fault::ReportsRefusedAsInterrupted) && error.kind() == FailureKind::Connect => {
                return Err(TransportError::new(FailureKind::Interrupted, "refused"));
            }
            opened => opened?,
        };
        if has(Fault::FailsOnServerErrors) && response.status().is_server_error() {
            return Err(TransportError::new(FailureKind::Interrupted, "a server error"));
        }
        if let Some(elsewhere) = response.headers().get(LOCATION) {
            assert!(!has(Fault::PanicsOnRedirects), "unexpected redirect");
            if has(Fault::FollowsRedirects) {
                *request.uri_mut() = elsewhere.to_str().unwrap().parse().unwrap();
                return plain::open(&request, fault, is_whole);
            }
        }
        if has(Fault::DecodesSilently) && response.headers().contains_key(CONTENT_ENCODING) {
            return Ok(response.map(|_| Box::new(&b"decoded"[..]) as Body));
        }
        let is_short = response.headers().get(CONTENT_LENGTH).is_some_and(|length| length.len() == 1);
        if has(Fault::RepeatsAnAnswer) && is_short {
            let answer = collected(response, u64::MAX)?;
            if answer.body() == b"one" {
                self.answers.lock().unwrap().insert(uri, answer.clone());
            }
            return Ok(held(answer));
        }
        if has(Fault::ExchangesAnswers) && is_short {
            return Ok(held(self.exchanged(collected(response, u64::MAX)?)));
        }
        if has(Fault::KeepsOnlyTheLastOfEqualHeaders) {
            let (mut head, body) = response.into_parts();
            let headers = head.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
            head.headers = headers.collect::<HashMap<_, _>>().into_iter().collect();
            return Ok(Response::from_parts(head, body));
        }
        Ok(response)
    }

    /// Returns the answer of a concurrent call, if there is one.
    fn exchanged(&self, answer: Response<Vec<u8>>) -> Response<Vec<u8>> {
        let (waiting, arrived) = &self.waiting;
        let mut waiting = waiting.lock().unwrap();
        if let Some(other) = waiting.pop() {
            waiting.push(answer);
            arrived.notify_all();
            return other;
        }
        // Waits a short time for another call to take the answer.
        waiting.push(answer.clone());
        let (mut waiting, _) = arrived.wait_timeout(waiting, Duration::from_millis(50)).unwrap();
        waiting.pop().unwrap_or(answer)
    }
}

impl Transport for Faulty {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let fault = self.fault.filter(|_| !self.is_correct_in_send);
        let response = self.call(fault, true, request)?;
        collected(response, if fault == Some(Fault::HasNoLimit) { u64::MAX } else { MAX_BODY })
    }

    fn send_streaming(&self, request: Request<Vec<u8>>) -> Opened {
        self.call(self.fault, false, request)
    }

    fn enforces_address_policy(&self) -> bool {
        true
    }
}

type Opened = Result<Response<Body>, TransportError>;

fn replaced(uri: &Uri, from: &str, to: &str) -> Uri {
    uri.to_string().replace(from, to).parse().unwrap()
}

fn held(response: Response<Vec<u8>>) -> Response<Body> {
    response.map(|bytes| Box::new(std::io::Cursor::new(bytes)) as Body)
}

fn collected(response: Response<Body>, limit: u64) -> Result<Response<Vec<u8>>, TransportError> {
    let (head, body) = response.into_parts();
    let mut bytes = Vec::new();
    body.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(TransportError::new(FailureKind::Final, "the body is too large"));
    }
    Ok(Response::from_parts(head, bytes))
}

#[derive(Debug)]
struct Printing(Uri);

impl std::error::Error for Printing {}

impl fmt::Display for Printing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer from {}", self.0)
    }
}
