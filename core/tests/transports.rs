//! One call over any transport: blocking or async, a closure or a type, by value or behind a pointer.

use std::error::Error;
use std::future::{Future, ready};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wechat_material::http::{Request, Response};
use wechat_material::{
    Access, AccessToken, ApiError, AsyncTransport, BuildError, CallError, ClientError, Endpoint, Event,
    Exchange, Failure, GetMaterial, Material, Moment, RetryPolicy, Step, Transport, TransportFn, call,
    call_async,
};

type Answer = Result<Response<Vec<u8>>, io::Error>;

fn access() -> Access {
    Access::new(&AccessToken::new("token"))
}

/// Articles for NEWS, an error for ERROR, and no response at all for anything else.
fn answer(request: &Request<Vec<u8>>) -> Answer {
    assert_eq!(request.uri().query(), Some("access_token=token"));
    match request.body().as_slice() {
        br#"{"media_id":"NEWS"}"# => Ok(Response::new(br#"{"news_item":[]}"#.to_vec())),
        br#"{"media_id":"ERROR"}"# => Ok(Response::new(br#"{"errcode":40007,"errmsg":""}"#.to_vec())),
        _ => Err(io::Error::other("no response")),
    }
}

/// Drives a future that never waits.
fn at_once<F: Future + Send>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

#[test]
fn each_step_that_fails_is_told_from_the_others() {
    let blocking = TransportFn::new(|request| answer(&request));
    let waiting = TransportFn::new(|request| ready(answer(&request)));
    for media_id in ["NEWS", "ERROR", "OTHER", ""] {
        let get = GetMaterial::new(media_id);
        for outcome in [call(&get, &access(), &blocking), at_once(call_async(&get, &access(), &waiting))] {
            let as_expected = match media_id {
                "NEWS" => matches!(outcome, Ok(Material::News(_))),
                "ERROR" => matches!(outcome, Err(CallError::Api(ApiError::Fault(_)))),
                "OTHER" => matches!(outcome, Err(CallError::Transport(_))),
                _ => matches!(outcome, Err(CallError::Build(BuildError::EmptyMediaId))),
            };
            assert!(as_expected, "{media_id}: {outcome:?}");
        }
    }
}

/// Its errors are final, unlike those of a transport that says nothing of them.
struct Careful;

impl Transport for Careful {
    type Error = io::Error;

    fn send(&self, request: Request<Vec<u8>>) -> Answer {
        answer(&request)
    }

    fn failure(&self, _error: &io::Error) -> Failure {
        Failure::Final
    }
}

impl AsyncTransport for Careful {
    type Error = io::Error;

    async fn send(&self, request: Request<Vec<u8>>) -> Answer {
        answer(&request)
    }

    fn failure(&self, _error: &io::Error) -> Failure {
        Failure::Final
    }
}

fn blocking_failure(transport: impl Transport<Error = io::Error>) -> Failure {
    assert!(call(&GetMaterial::new("NEWS"), &access(), &transport).is_ok());
    transport.failure(&io::Error::other("x"))
}

fn async_failure(transport: impl AsyncTransport<Error = io::Error> + Sync) -> Failure {
    let get = GetMaterial::new("NEWS");
    assert!(at_once(async { call_async(&get, &access(), &transport).await.is_ok() }));
    transport.failure(&io::Error::other("x"))
}

#[test]
fn what_points_to_a_transport_says_of_errors_what_the_transport_says() {
    assert_eq!(blocking_failure(&Careful), Failure::Final);
    assert_eq!(blocking_failure(Arc::new(Careful)), Failure::Final);
    assert_eq!(blocking_failure(Arc::new(&Careful)), Failure::Final);
    assert_eq!(blocking_failure(TransportFn::new(|request| answer(&request))), Failure::Interrupted);
}

#[test]
fn the_same_goes_for_async_ones() {
    assert_eq!(async_failure(TransportFn::new(|request| ready(answer(&request)))), Failure::Interrupted);
    assert_eq!(async_failure(Careful), Failure::Final);
    assert_eq!(async_failure(&Careful), Failure::Final);
    assert_eq!(async_failure(Arc::new(Careful)), Failure::Final);
}

/// Says nothing of its errors, and has no chunks.
struct Plain;

impl Transport for Plain {
    type Error = io::Error;

    fn send(&self, request: Request<Vec<u8>>) -> Answer {
        answer(&request)
    }
}

impl AsyncTransport for Plain {
    type Error = io::Error;

    fn send(&self, request: Request<Vec<u8>>) -> impl Future<Output = Answer> + Send {
        ready(answer(&request))
    }
}

#[test]
fn a_plain_transport_hands_a_body_over_in_one_chunk() {
    let request = || GetMaterial::new("NEWS").to_request(&access()).unwrap();
    let mut body = Transport::open(&&Plain, request()).unwrap().into_body();
    assert_eq!(body.next().unwrap(), Some(&br#"{"news_item":[]}"#[..]));
    assert_eq!(body.next().unwrap(), None);

    let mut body = at_once(AsyncTransport::open(&&Plain, request())).unwrap().into_body();
    let mut next = || match body.poll_next(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(chunk) => chunk.unwrap().map(|chunk| chunk.to_vec()),
        Poll::Pending => panic!("the body waits"),
    };
    assert_eq!(next().as_deref(), Some(&br#"{"news_item":[]}"#[..]));
    assert_eq!(next(), None);
}

#[test]
fn of_errors_that_nothing_is_said_of_nobody_knows_whether_the_request_arrived() {
    assert_eq!((blocking_failure(Plain), async_failure(Plain)), (Failure::Interrupted, Failure::Interrupted));
}

#[test]
fn a_closure_prints_as_a_transport() {
    assert_eq!(format!("{:?}", TransportFn::new(|request| answer(&request))), "TransportFn");
}

#[test]
fn a_client_that_failed_says_what_wechat_said_to_the_call_or_for_the_token() {
    let refused = || {
        let transport = TransportFn::new(|request| answer(&request));
        Box::new(call(&GetMaterial::new("ERROR"), &access(), &transport).unwrap_err())
    };
    let code = |error: ClientError<io::Error>| error.fault().map(|fault| fault.code.0);
    let exchange = Exchange::new(&RetryPolicy::default(), true, 7);
    assert_eq!(code(ClientError::call(&exchange, 0, refused())), Some(40007));
    assert_eq!(code(ClientError::Token(Arc::from(refused() as Box<dyn Error + Send + Sync>))), Some(40007));
    assert_eq!(code(ClientError::Token(Arc::new(io::Error::other("a source's own")))), None);
    assert_eq!(code(ClientError::sink(5, io::Error::other("full"))), None);
    let interrupted = CallError::Transport(io::Error::other("no response"));
    assert_eq!(code(ClientError::call(&exchange, 0, Box::new(interrupted))), None);
}

#[test]
fn a_client_says_that_the_new_token_was_refused_only_if_there_was_one() {
    let refusal = || {
        let body = br#"{"errcode":40001,"errmsg":""}"#.to_vec();
        let transport = TransportFn::new(|_| Ok::<_, io::Error>(Response::new(body.clone())));
        call(&GetMaterial::new("NEWS"), &access(), &transport).unwrap_err()
    };
    let CallError::Api(refused) = refusal() else { panic!("no refusal") };
    let now = Moment::default();
    let again = || Event::Refused { error: &refused, retry_after: None };
    let said = |failure: Event<'_>, next: Event<'_>| {
        let mut exchange = Exchange::new(&RetryPolicy::default().attempts(2), true, 7);
        for event in [Event::Start, failure, next, again()] {
            let _ = exchange.next(now, event);
        }
        assert_eq!(exchange.attempts(), 2);
        ClientError::call(&exchange, 0, Box::new(refusal())).to_string()
    };
    let renewed = said(again(), Event::Renewed);
    assert_eq!(renewed, "the call failed: WeChat refused the new token as well");
    let busy = said(Event::Failed(Failure::Connect), Event::Waited);
    assert_eq!(busy, "the call failed 2 times: the cause says why the last time");

    // A new one that comes too late is not refused, as it is not used.
    let mut exchange = Exchange::new(&RetryPolicy::default(), true, 7);
    for event in [Event::Start, Event::Failed(Failure::Connect), Event::Waited, again()] {
        let _ = exchange.next(now, event);
    }
    assert_eq!(exchange.next(now.after(Duration::from_secs(121)), Event::Renewed), Step::Finish);
    let late = ClientError::call(&exchange, 0, Box::new(refusal())).to_string();
    assert_eq!(late, "the call failed 2 times: the cause says why the last time");
}
