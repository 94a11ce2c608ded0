//! One call over any transport: blocking or async, a closure or a type, by value or behind a pointer.

use std::error::Error;
use std::future::{Future, ready};
use std::io::{self, ErrorKind, Read};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use wechat_material::bytes::Bytes;
use wechat_material::driver::{AsyncBody, Body};
use wechat_material::http::{Request, Response};
use wechat_material::{
    Access, AccessToken, AddressPolicy, ApiError, AsyncTransport, BoxAsyncTransport, BoxTransport,
    BuildError, CallError, Endpoint, FailureKind, GetMaterial, GetVideo, Material, OwnUrl, Transport,
    TransportError, TransportFn, Video, call, call_async,
};

type Answer = Result<Response<Vec<u8>>, io::Error>;

fn access() -> Access {
    Access::new(&AccessToken::new("token"))
}

fn request(media_id: &str) -> Request<Vec<u8>> {
    GetMaterial::new(media_id).to_request(&access()).unwrap()
}

/// Responds with articles to NEWS, with an error to ERROR, and not at all to anything else.
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
fn an_error_names_the_step_that_failed() {
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
            let code = outcome.err().and_then(|error| error.fault().map(|fault| fault.code.0));
            assert_eq!(code, (media_id == "ERROR").then_some(40007));
        }
    }
}

/// Its errors are final, its bodies come in two pieces, and it says that it enforces the address policy.
struct Careful;

fn carefully(answer: Answer) -> Result<Response<Vec<u8>>, TransportError> {
    answer.map_err(|error| TransportError::new(FailureKind::Final, error))
}

impl Transport for Careful {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        carefully(answer(&request))
    }

    fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
        let response = carefully(answer(&request))?;
        Ok(response.map(|body| Box::new(io::Cursor::new(body).chain(&b" end"[..])) as Body))
    }

    fn enforces_address_policy(&self) -> bool {
        true
    }
}

impl AsyncTransport for Careful {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        carefully(answer(&request))
    }

    async fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<AsyncBody>, TransportError> {
        let response = carefully(answer(&request))?;
        Ok(response.map(|body| Box::pin(Pieces(vec![b" end".to_vec(), body])) as AsyncBody))
    }

    fn enforces_address_policy(&self) -> bool {
        true
    }
}

/// A body in pieces. The last piece comes first in the list.
struct Pieces(Vec<Vec<u8>>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, TransportError>>> {
        Poll::Ready(self.0.pop().map(|piece| Ok(http_body::Frame::data(piece.into()))))
    }
}

/// The kind of a failure, the body of a streamed response, and whether the address policy is enforced.
fn sent(transport: impl Transport) -> (FailureKind, Vec<u8>, bool) {
    assert!(call(&GetMaterial::new("NEWS"), &access(), &transport).is_ok());
    let failure = transport.send(request("OTHER")).unwrap_err();
    assert_eq!(failure.kind(), transport.send_streaming(request("OTHER")).err().unwrap().kind());
    let mut body = Vec::new();
    transport.send_streaming(request("NEWS")).unwrap().into_body().read_to_end(&mut body).unwrap();
    (failure.kind(), body, transport.enforces_address_policy())
}

fn pieces(mut body: AsyncBody) -> Vec<Vec<u8>> {
    let next = || match body.as_mut().poll_frame(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(frame) => frame.map(|frame| frame.unwrap().into_data().unwrap().to_vec()),
        Poll::Pending => panic!("the body waits"),
    };
    std::iter::from_fn(next).collect()
}

fn sent_async(transport: impl AsyncTransport + Sync) -> (FailureKind, Vec<u8>, bool) {
    let get = GetMaterial::new("NEWS");
    assert!(at_once(async { call_async(&get, &access(), &transport).await.is_ok() }));
    let failure = at_once(async { transport.send(request("OTHER")).await.unwrap_err() });
    let streamed = at_once(async { transport.send_streaming(request("OTHER")).await.err().unwrap() });
    assert_eq!(failure.kind(), streamed.kind());
    let response = at_once(async { transport.send_streaming(request("NEWS")).await.unwrap() });
    (failure.kind(), pieces(response.into_body()).concat(), transport.enforces_address_policy())
}

const WHOLE: &[u8] = br#"{"news_item":[]}"#;
const STREAMED: &[u8] = br#"{"news_item":[]} end"#;

#[test]
fn a_pointer_to_a_transport_is_a_transport() {
    let expected = (FailureKind::Final, STREAMED.to_vec(), true);
    assert_eq!(sent(Careful), expected);
    assert_eq!(sent(&Careful), expected);
    assert_eq!(sent(Box::new(Careful)), expected);
    assert_eq!(sent(Arc::new(Careful)), expected);
    assert_eq!(sent(Arc::new(&Careful)), expected);
    let pointer: Box<dyn Transport> = Box::new(Careful);
    assert_eq!(sent(pointer), expected);
}

#[test]
fn a_pointer_to_an_async_transport_is_an_async_transport() {
    let expected = (FailureKind::Final, STREAMED.to_vec(), true);
    assert_eq!(sent_async(Careful), expected);
    assert_eq!(sent_async(&Careful), expected);
    assert_eq!(sent_async(Box::new(Careful)), expected);
    assert_eq!(sent_async(Arc::new(Careful)), expected);
}

#[test]
fn a_transport_can_be_chosen_at_run_time() {
    let transports =
        [BoxTransport::new(Careful), BoxTransport::new(TransportFn::new(|request| answer(&request)))];
    let expected =
        [(FailureKind::Final, STREAMED.to_vec(), true), (FailureKind::Interrupted, WHOLE.to_vec(), false)];
    for (transport, expected) in transports.into_iter().zip(expected.clone()) {
        assert_eq!(format!("{transport:?}"), "BoxTransport");
        assert_eq!(sent(transport.clone()), expected);
        assert_eq!(sent(BoxTransport::new(transport)), expected);
    }
    let transports = [
        BoxAsyncTransport::new(Careful),
        BoxAsyncTransport::new(TransportFn::new(|request| ready(answer(&request)))),
    ];
    for (transport, expected) in transports.into_iter().zip(expected) {
        assert_eq!(format!("{transport:?}"), "BoxAsyncTransport");
        assert_eq!(sent_async(transport.clone()), expected);
        assert_eq!(sent_async(BoxAsyncTransport::new(transport)), expected);
    }
}

/// Does not implement streaming.
struct Plain;

impl Transport for Plain {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        Ok(answer(&request)?)
    }
}

impl AsyncTransport for Plain {
    fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send {
        ready(answer(&request).map_err(TransportError::from))
    }
}

#[test]
fn a_transport_without_streaming_returns_the_body_in_one_chunk() {
    assert_eq!(sent(&Plain), (FailureKind::Interrupted, WHOLE.to_vec(), false));
    let response = Transport::send_streaming(&Plain, request("NEWS")).unwrap();
    let mut buffer = [0; 100];
    let mut body = response.into_body();
    assert_eq!((body.read(&mut buffer).unwrap(), body.read(&mut buffer[16..]).unwrap()), (WHOLE.len(), 0));
    assert_eq!(&buffer[..WHOLE.len()], WHOLE);

    let streamed = || at_once(AsyncTransport::send_streaming(&Plain, request("NEWS"))).unwrap().into_body();
    assert_eq!(pieces(streamed()), [WHOLE]);
    let body = streamed();
    assert_eq!(body.size_hint().exact(), Some(WHOLE.len() as u64));
    assert!(!body.is_end_stream());
    let empty = TransportFn::new(|_| ready(Ok::<_, io::Error>(Response::new(Vec::new()))));
    let body = at_once(AsyncTransport::send_streaming(&empty, request("NEWS"))).unwrap().into_body();
    assert!(body.is_end_stream() && pieces(body).is_empty());
}

#[test]
fn an_error_of_a_closure_is_interrupted_by_default() {
    let interrupted = FailureKind::Interrupted;
    assert_eq!(sent(TransportFn::new(|request| answer(&request))).0, interrupted);
    assert_eq!(sent_async(TransportFn::new(|request| ready(answer(&request)))).0, interrupted);
    let late = |_| Err::<Response<Vec<u8>>, _>(io::Error::from(ErrorKind::TimedOut));
    assert_eq!(Transport::send(&TransportFn::new(late), request("NEWS")).unwrap_err().kind(), interrupted);
}

#[test]
fn a_function_can_decide_the_kind_of_an_error() {
    let meaning = |error: &io::Error| match error.kind() {
        ErrorKind::Other => FailureKind::Connect,
        _ => FailureKind::Final,
    };
    let blocking = TransportFn::new(|request| answer(&request)).with_failure(meaning);
    assert_eq!(sent(blocking.clone()).0, FailureKind::Connect);
    let waiting = TransportFn::new(|request| ready(answer(&request))).with_failure(meaning);
    assert_eq!(sent_async(waiting).0, FailureKind::Connect);
    // It is not called for errors of another type.
    let other = blocking.with_failure(|_: &std::fmt::Error| FailureKind::Final);
    assert_eq!(sent(other).0, FailureKind::Interrupted);
}

#[test]
fn a_closure_can_return_a_transport_error() {
    let error = || TransportError::new(FailureKind::Connect, io::Error::other("refused"));
    let transport = TransportFn::new(|_| Err::<Response<Vec<u8>>, _>(error()));
    assert_eq!(Transport::send(&transport, request("NEWS")).unwrap_err().kind(), FailureKind::Connect);
    let transport = TransportFn::new(|_| Err::<Response<Vec<u8>>, _>(io::Error::other(error())));
    assert_eq!(Transport::send(&transport, request("NEWS")).unwrap_err().kind(), FailureKind::Connect);
}

#[test]
fn a_closure_prints_as_a_transport() {
    assert_eq!(format!("{:?}", TransportFn::new(|request| answer(&request))), "TransportFn");
}

/// A transport's own error, with a cause.
#[derive(Debug, thiserror::Error)]
#[error("no connection")]
struct Own(#[source] io::Error);

#[test]
fn a_transport_error_prints_the_error_of_the_transport_and_has_a_kind() {
    let own = || Own(io::Error::other("no route"));
    let error = TransportError::new(FailureKind::Connect, own());
    assert_eq!((error.kind(), error.to_string().as_str()), (FailureKind::Connect, "no connection"));
    assert_eq!(error.source().unwrap().to_string(), "no route");
    assert!(error.get_ref().downcast_ref::<Own>().is_some());
    assert!(
        format!("{error:?}").starts_with("TransportError { kind: Connect, error: Own(Custom"),
        "{error:?}"
    );
    let words = TransportError::new(FailureKind::Timeout, "it took too long");
    assert_eq!((words.to_string().as_str(), words.source().is_none()), ("it took too long", true));
}

#[test]
fn a_transport_error_is_not_wrapped_again() {
    let inner = || TransportError::new(FailureKind::Connect, Own(io::Error::other("no route")));
    for error in [
        TransportError::new(FailureKind::Final, inner()),
        TransportError::new(FailureKind::Final, io::Error::other(inner())),
        TransportError::new(FailureKind::Final, io::Error::new(ErrorKind::TimedOut, inner())),
        io::Error::other(inner()).into(),
        io::Error::new(ErrorKind::TimedOut, inner()).into(),
    ] {
        assert_eq!(error.kind(), FailureKind::Connect);
        assert!(error.get_ref().downcast_ref::<Own>().is_some(), "{error:?}");
    }
}

#[test]
fn a_body_that_breaks_off_was_interrupted_unless_its_error_has_a_kind() {
    for (kind, expected) in [
        (ErrorKind::TimedOut, FailureKind::Timeout),
        (ErrorKind::WouldBlock, FailureKind::Timeout),
        (ErrorKind::ConnectionReset, FailureKind::Interrupted),
        (ErrorKind::UnexpectedEof, FailureKind::Interrupted),
        (ErrorKind::Other, FailureKind::Interrupted),
    ] {
        let error = TransportError::from(io::Error::from(kind));
        assert_eq!(error.kind(), expected, "{kind:?}");
        assert_eq!(error.get_ref().downcast_ref::<io::Error>().unwrap().kind(), kind);
        // The kind of a transport error counts more than the kind of the I/O error.
        let error = TransportError::new(FailureKind::Final, io::Error::from(kind));
        assert_eq!(error.kind(), FailureKind::Final);
        assert_eq!(error.get_ref().downcast_ref::<io::Error>().unwrap().kind(), kind);
    }
}

#[test]
fn a_call_without_a_client_does_not_follow_a_link_into_a_private_network() {
    let mut video = Video::default();
    video.down_url = "http://169.254.169.254/latest".into();
    let sent = |_| Ok::<_, io::Error>(Response::new(vec![0; 9]));
    let (get, public) = (GetVideo::new(&video), OwnUrl::default());
    let blocking = call(&get, &public, &TransportFn::new(sent));
    let waiting = at_once(call_async(&get, &public, &TransportFn::new(move |request| ready(sent(request)))));
    for error in [blocking.unwrap_err(), waiting.unwrap_err()] {
        assert!(
            matches!(&error, CallError::Transport(error) if error.kind() == FailureKind::Final),
            "{error:?}"
        );
    }
    assert!(call(&get, &OwnUrl::new(AddressPolicy::Any), &TransportFn::new(sent)).is_ok());
}

#[test]
fn a_transport_error_that_quotes_the_url_is_withheld() {
    let access = Access::new(&AccessToken::new("81_Zx3 &"));
    let quoting = |request: Request<Vec<u8>>| -> Answer {
        let inner = io::Error::other(format!("error sending request for {}", request.uri()));
        Err(io::Error::new(ErrorKind::TimedOut, inner))
    };
    let kind = |error: &io::Error| {
        if error.kind() == ErrorKind::TimedOut { FailureKind::Timeout } else { FailureKind::Interrupted }
    };
    let get = GetMaterial::new("M");
    let blocking = call(&get, &access, &TransportFn::new(quoting).with_failure(kind));
    let transport = TransportFn::new(move |request| ready(quoting(request))).with_failure(kind);
    let waiting = at_once(call_async(&get, &access, &transport));
    for error in [blocking.unwrap_err(), waiting.unwrap_err()] {
        let text = format!("{error} {error:?} {:?}", error.source());
        assert!(!text.contains("81_Zx3") && text.contains("withheld"), "{text}");
        assert!(matches!(error, CallError::Transport(error) if error.kind() == FailureKind::Timeout));
    }
}
