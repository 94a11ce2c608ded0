//! The token for calls made elsewhere: the time that is left, refusals, and renewals on request.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wechat_material::driver::Runtime;
use wechat_material::http::{Request, Response};
use wechat_material::{AccessToken, AsyncTransport, ClientError, IssuedToken, Transport, TransportFn};
use wechat_material_client::{Client, TokenSource, blocking};
use wechat_material_testkit::TestClock;

#[allow(dead_code, reason = "each test file uses what it needs of it")]
mod common;

use common::{Server, Slow, credentials};

fn clients(server: &Server, clock: &TestClock) -> (blocking::Client<Server>, Client<Slow>) {
    (
        blocking::Client::builder(credentials(), server.clone()).clock(clock.clone()).build(),
        Client::builder(credentials(), Slow(server.clone())).runtime(clock.clone()).build(),
    )
}

fn text(issued: Result<IssuedToken, ClientError>) -> String {
    issued.unwrap().token.expose().to_owned()
}

#[test]
fn the_token_comes_with_the_time_that_is_left() {
    let clock = TestClock::new();
    let (blocking, nonblocking) = clients(&Server::with_life(10), &clock);
    assert_eq!(blocking.token().unwrap().expires_in, Some(Duration::from_secs(7200)));
    assert_eq!(clock.block_on(nonblocking.token()).unwrap().expires_in, Some(Duration::from_secs(7200)));
    clock.advance(Duration::from_secs(200));
    assert_eq!(blocking.token().unwrap().expires_in, Some(Duration::from_secs(7000)));
    assert_eq!(clock.block_on(nonblocking.token()).unwrap().expires_in, Some(Duration::from_secs(7000)));
}

#[test]
fn a_token_that_was_refused_elsewhere_is_renewed() {
    let clock = TestClock::new();
    let server = Server::with_life(10);
    let (blocking, _) = clients(&server, &clock);
    let old = blocking.token().unwrap().token;
    blocking.refused(&AccessToken::new("T0"));
    assert_eq!(text(blocking.token()), "T1");
    blocking.refused(&old);
    assert_eq!(text(blocking.token()), "T2");
    blocking.refused(&old);
    assert_eq!((text(blocking.token()).as_str(), server.tokens()), ("T2", 2));

    let server = Server::with_life(10);
    let (_, nonblocking) = clients(&server, &clock);
    let old = clock.block_on(nonblocking.token()).unwrap().token;
    nonblocking.refused(&old);
    assert_eq!(text(clock.block_on(nonblocking.token())), "T2");
    nonblocking.refused(&old);
    assert_eq!((text(clock.block_on(nonblocking.token())).as_str(), server.tokens()), ("T2", 2));
}

#[test]
fn another_token_is_obtained_on_request_and_calls_are_made_with_it() {
    let (clock, server) = (TestClock::new(), Server::with_life(10));
    let (blocking, _) = clients(&server, &clock);
    assert_eq!(text(blocking.renew()), "T1");
    clock.advance(Duration::from_secs(10));
    let another = blocking.renew().unwrap();
    assert_eq!((another.token.expose(), another.expires_in), ("T2", Some(Duration::from_secs(7200))));
    assert_eq!(blocking.count_materials().unwrap().image, 3);
    assert_eq!((server.tokens(), server.calls()), (2, 1));
}

#[test]
fn many_requests_for_another_token_at_once_cause_one_renewal() {
    let (clock, server) = (TestClock::new(), Server::with_life(100));
    let (slow, answering) = (clock.clone(), server.clone());
    let transport = TransportFn::new(move |request| {
        let (answer, second) = (answering.answer(&request), slow.sleep(Duration::from_secs(1)));
        async move {
            second.await;
            Ok::<_, io::Error>(answer)
        }
    });
    let nonblocking = Client::builder(credentials(), transport).runtime(clock.clone()).build();
    for round in 1..5 {
        let renewals = (0..50).map(|_| nonblocking.renew());
        let issued = clock.block_on(futures_util::future::join_all(renewals));
        assert!(issued.into_iter().all(|issued| text(issued) == format!("T{round}")));
        assert_eq!(server.tokens(), round);
    }
}

/// Issues `OLD` until it is forced, and then `FORCED`. If it fails, it issues one token only.
fn stable(fails: bool) -> impl Fn(Request<Vec<u8>>) -> io::Result<Response<Vec<u8>>> {
    let (issued, forced) = (AtomicU64::new(0), AtomicU64::new(0));
    move |request| {
        let body = if !request.uri().path().ends_with("token") {
            r#"{"image_count":3}"#
        } else if fails && issued.fetch_add(1, Ordering::SeqCst) > 0 {
            r#"{"errcode":40164,"errmsg":"invalid ip"}"#
        } else if request.body().ends_with(b":true}") || forced.load(Ordering::SeqCst) > 0 {
            forced.fetch_add(1, Ordering::SeqCst);
            r#"{"access_token":"FORCED","expires_in":7200}"#
        } else {
            r#"{"access_token":"OLD","expires_in":7200}"#
        };
        Ok(Response::new(body.as_bytes().to_vec()))
    }
}

/// The same answers, as a blocking and as an async transport.
fn transports(fails: bool) -> (impl Transport, impl AsyncTransport + Send + Sync + 'static) {
    let answer = stable(fails);
    let ready = move |request| std::future::ready(answer(request));
    (TransportFn::new(stable(fails)), TransportFn::new(ready))
}

#[test]
fn if_the_same_stable_token_is_handed_out_another_one_is_forced_as_often_as_wechat_allows() {
    let (clock, (transport, async_transport)) = (TestClock::new(), transports(false));
    let blocking = blocking::Client::builder(credentials(), transport).clock(clock.clone()).build();
    assert_eq!(text(blocking.token()), "OLD");
    assert_eq!(text(blocking.renew()), "FORCED");
    // Another one can be forced only after thirty seconds.
    assert_eq!(text(blocking.renew()), "FORCED");

    let nonblocking = Client::builder(credentials(), async_transport).runtime(clock.clone()).build();
    assert_eq!(text(clock.block_on(nonblocking.token())), "OLD");
    assert_eq!(text(clock.block_on(nonblocking.renew())), "FORCED");
}

#[test]
fn calls_use_the_old_token_after_a_renewal_on_request_failed() {
    let (clock, (transport, async_transport)) = (TestClock::new(), transports(true));
    let blocking = blocking::Client::builder(credentials(), transport).clock(clock.clone()).build();
    assert_eq!(text(blocking.token()), "OLD");
    let error = blocking.renew().unwrap_err();
    assert_eq!(error.fault().map(|fault| fault.code.0), Some(40164), "{error:?}");
    assert_eq!((text(blocking.token()).as_str(), blocking.count_materials().unwrap().image), ("OLD", 3));

    let nonblocking = Client::builder(credentials(), async_transport).runtime(clock.clone()).build();
    assert_eq!(text(clock.block_on(nonblocking.token())), "OLD");
    let error = clock.block_on(nonblocking.renew()).unwrap_err();
    assert_eq!(error.fault().map(|fault| fault.code.0), Some(40164), "{error:?}");
    assert_eq!(text(clock.block_on(nonblocking.token())), "OLD");
}

#[test]
fn a_fixed_token_is_returned_and_never_renewed() {
    let clock = TestClock::new();
    let (transport, async_transport) = transports(false);
    let fixed = AccessToken::new("FIXED");
    let cause = |error: ClientError| match error {
        ClientError::Token(cause) => cause.to_string(),
        error => panic!("{error:?}"),
    };

    let source = blocking::TokenSource::fixed(fixed.clone());
    let blocking = blocking::Client::builder(source, transport).build();
    blocking.refused(&fixed);
    let issued = blocking.token().unwrap();
    assert_eq!((issued.token.expose(), issued.expires_in), ("FIXED", None));
    assert!(cause(blocking.renew().unwrap_err()).contains("a fixed token cannot be renewed"));

    let source = TokenSource::fixed(fixed.clone());
    let nonblocking = Client::builder(source, async_transport).runtime(clock.clone()).build();
    nonblocking.refused(&fixed);
    let issued = clock.block_on(nonblocking.token()).unwrap();
    assert_eq!((issued.token.expose(), issued.expires_in), ("FIXED", None));
    assert!(
        cause(clock.block_on(nonblocking.renew()).unwrap_err()).contains("a fixed token cannot be renewed")
    );
}
