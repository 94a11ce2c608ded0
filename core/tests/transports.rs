//! One call over any transport: blocking or async, a closure or a type, by value or behind a pointer.

use std::future::{Future, ready};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use wechat_material::http::{Request, Response};
use wechat_material::{
    Access, AccessToken, ApiError, AsyncTransport, BuildError, CallError, Failure, GetMaterial, Material,
    Transport, TransportFn, call, call_async,
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
}
