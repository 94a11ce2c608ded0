//! Files that are opened: the head comes first, then the bytes as they arrive.

use std::io::{self, Cursor, Read};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use futures_util::StreamExt;
use http_body::Body as _;
use wechat_material::driver::{AsyncBody, Body};
use wechat_material::http::{Request, Response};
use wechat_material::{
    AccessToken, ApiError, AsyncTransport, CallError, ClientError, ClientEvent, CountMaterials, EventKind,
    FailureKind, Material, Transport, TransportError,
};
use wechat_material_client::{Client, TokenSource, blocking};

#[allow(dead_code, reason = "each test file uses what it needs of it")]
mod common;

use common::{Broken, NoTimer, boxed, pinned, quick};

/// Sends one answer after the other: the announced length, and the bytes that arrive.
#[derive(Clone)]
struct Answers(Arc<(Vec<Answer>, AtomicUsize)>);

#[derive(Clone)]
struct Answer {
    announced: Option<u64>,
    bytes: Vec<u8>,
    breaks_off: bool,
}

fn picture(length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| {
            [0xFF, 0xD8, 0xFF].get(index).copied().unwrap_or_else(|| u8::try_from(index % 251).unwrap())
        })
        .collect()
}

fn whole(bytes: Vec<u8>) -> Answer {
    Answer { announced: Some(bytes.len() as u64), bytes, breaks_off: false }
}

impl Answers {
    fn new(answers: impl Into<Vec<Answer>>) -> Self {
        Self(Arc::new((answers.into(), AtomicUsize::new(0))))
    }

    fn next(&self) -> (Response<()>, Answer) {
        let answer = self.0.0[self.0.1.fetch_add(1, Ordering::SeqCst)].clone();
        let mut response = Response::new(());
        if let Some(length) = answer.announced {
            response.headers_mut().insert("content-length", length.into());
        }
        (response, answer)
    }

    fn sent(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

impl Transport for Answers {
    fn send(&self, _request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let (response, answer) = self.next();
        Ok(response.map(|()| answer.bytes))
    }

    fn send_streaming(&self, _request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
        let (response, answer) = self.next();
        let body =
            if answer.breaks_off { boxed(Broken(answer.bytes)) } else { boxed(Cursor::new(answer.bytes)) };
        Ok(response.map(|()| body))
    }
}

impl AsyncTransport for Answers {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        Transport::send(self, request)
    }

    async fn send_streaming(
        &self,
        _request: Request<Vec<u8>>,
    ) -> Result<Response<AsyncBody>, TransportError> {
        let (response, answer) = self.next();
        Ok(response.map(|()| pinned(Chunks { bytes: answer.bytes.into(), breaks_off: answer.breaks_off })))
    }
}

/// A body in chunks of a thousand bytes.
struct Chunks {
    bytes: wechat_material::bytes::Bytes,
    breaks_off: bool,
}

impl http_body::Body for Chunks {
    type Data = wechat_material::bytes::Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Self::Data>, TransportError>>> {
        let length = self.bytes.len().min(1000);
        Poll::Ready(match length {
            0 if self.breaks_off => {
                Some(Err(TransportError::new(FailureKind::Interrupted, "the connection broke")))
            }
            0 => None,
            _ => Some(Ok(http_body::Frame::data(self.bytes.split_to(length)))),
        })
    }
}

type Recorded = Arc<Mutex<Vec<ClientEvent>>>;

fn blocking(answers: &Answers) -> (blocking::Client<Answers>, Recorded) {
    let events = Recorded::default();
    let listener = Arc::clone(&events);
    let client =
        blocking::Client::builder(blocking::TokenSource::fixed(AccessToken::new("T")), answers.clone())
            .retry(quick())
            .on_event(move |event| listener.lock().unwrap().push(event.clone()))
            .build();
    (client, events)
}

fn nonblocking(answers: &Answers) -> Client<Answers> {
    Client::builder(TokenSource::fixed(AccessToken::new("T")), answers.clone())
        .retry(quick())
        .runtime(NoTimer::new())
        .build()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn opened<F>(material: Material<F>) -> F {
    let Material::File(file) = material else { panic!("not a file") };
    file
}

fn kinds(events: &Recorded) -> Vec<&'static str> {
    let name = |event: &ClientEvent| match event.kind {
        EventKind::Attempt => "attempt",
        EventKind::Answer { .. } => "answer",
        EventKind::Failure { .. } => "failure",
        _ => "other",
    };
    events.lock().unwrap().iter().map(name).collect()
}

#[test]
fn the_head_comes_first_and_then_every_byte() {
    for length in [3, 511, 512, 513, 100_000] {
        let bytes = picture(length);
        let answers = Answers::new([whole(bytes.clone())]);
        let (client, events) = blocking(&answers);
        let mut file = opened(client.open("ID").unwrap());
        assert_eq!((file.info().length, file.info().safe_name().as_str()), (Some(length as u64), "ID.jpg"));
        let mut read = Vec::new();
        file.read_to_end(&mut read).unwrap();
        assert!(read == bytes, "other bytes");
        assert_eq!(file.read(&mut [0; 8]).unwrap(), 0);
        assert_eq!(kinds(&events), ["attempt", "answer"]);

        let answers = Answers::new([whole(bytes.clone())]);
        run(async {
            let mut file = opened(nonblocking(&answers).open("ID").await.unwrap());
            assert_eq!(file.size_hint().exact(), Some(length as u64));
            let mut read = Vec::new();
            while let Some(chunk) = file.next().await {
                read.extend(chunk.unwrap());
            }
            assert!(read == bytes && file.is_end_stream(), "other bytes");
            assert_eq!(file.size_hint().exact(), Some(0));
        });
    }
}

#[test]
fn the_length_is_unknown_if_the_server_does_not_announce_it() {
    let answer = Answer { announced: None, ..whole(picture(5000)) };
    let (client, _) = blocking(&Answers::new([answer]));
    assert_eq!(opened(client.open("ID").unwrap()).info().length, None);
}

#[test]
fn a_failure_before_the_first_byte_is_retried() {
    let busy = whole(br#"{"errcode":-1,"errmsg":"system error"}"#.to_vec());
    let short = Answer { breaks_off: true, ..whole(Vec::new()) };
    let answers = Answers::new([busy, short, whole(picture(2000))]);
    let (client, events) = blocking(&answers);
    let mut read = Vec::new();
    opened(client.open("ID").unwrap()).read_to_end(&mut read).unwrap();
    assert_eq!((read.len(), answers.sent()), (2000, 3));
    assert_eq!(kinds(&events).iter().filter(|kind| **kind == "failure").count(), 2);
}

#[test]
fn every_read_after_a_file_broke_off_is_an_error() {
    let is_incomplete = |error: &io::Error| {
        error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<ClientError>)
    };
    for answer in [
        Answer { breaks_off: true, ..whole(picture(2000)) },
        Answer { announced: Some(5000), ..whole(picture(2000)) },
        Answer { announced: Some(1500), ..whole(picture(2000)) },
    ] {
        let answers = Answers::new([answer.clone()]);
        let (client, events) = blocking(&answers);
        let mut file = opened(client.open("ID").unwrap());
        let error = file.read_to_end(&mut Vec::new()).unwrap_err();
        assert!(is_incomplete(&error), "{error:?}");
        assert!(file.read(&mut [0; 8]).is_err(), "an incomplete file looks complete");
        assert_eq!((kinds(&events), answers.sent()), (vec!["attempt", "failure"], 1));

        run(async {
            let mut file = opened(nonblocking(&Answers::new([answer])).open("ID").await.unwrap());
            let mut last = None;
            let mut read = 0;
            while let Some(chunk) = file.chunk().await {
                read += chunk.as_ref().map_or(0, wechat_material::bytes::Bytes::len);
                last = Some(chunk);
            }
            let Some(Err(ClientError::Call { written, .. })) = last else { panic!("{last:?}") };
            assert!(written == 2000 && (1000..=2000).contains(&read), "{read} of {written}");
        });
    }
}

#[test]
fn an_answer_that_is_not_a_file_is_returned_as_by_any_call() {
    let news = whole(br#"{"news_item":[{"title":"A"}]}"#.to_vec());
    let (client, _) = blocking(&Answers::new([news.clone()]));
    let Material::News(news_) = client.open("ID").unwrap() else { panic!("not news") };
    assert_eq!(news_.articles[0].title, "A");
    let opened = run(nonblocking(&Answers::new([news])).open("ID"));
    assert!(matches!(opened.unwrap(), Material::News(_)));
}

#[test]
fn a_call_that_never_answers_with_a_file_refuses_one() {
    let (client, recorded) = blocking(&Answers::new([whole(picture(2000))]));
    let error = client.call_open(&CountMaterials).unwrap_err();
    assert_eq!(kinds(&recorded), ["attempt", "failure"]);
    let ClientError::Call { cause, .. } = error else { panic!("{error:?}") };
    assert!(matches!(*cause, CallError::Api(ApiError::Shape { .. })), "{cause:?}");
}

/// A server with a single connection: a body that is not dropped keeps it.
struct OneConnection(Answers, Arc<AtomicUsize>);

struct Connected<B>(B, Arc<AtomicUsize>);

impl<B> Drop for Connected<B> {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<B: Read> Read for Connected<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<B: http_body::Body<Data = wechat_material::bytes::Bytes, Error = TransportError> + Unpin> http_body::Body
    for Connected<B>
{
    type Data = wechat_material::bytes::Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Self::Data>, TransportError>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }
}

impl OneConnection {
    fn connected<B>(&self, body: B) -> Connected<B> {
        assert_eq!(self.1.fetch_add(1, Ordering::SeqCst), 0, "the body of an earlier attempt is still held");
        Connected(body, Arc::clone(&self.1))
    }
}

impl Transport for OneConnection {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        Transport::send(&self.0, request)
    }

    fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
        Transport::send_streaming(&self.0, request)
            .map(|response| response.map(|body| boxed(self.connected(body))))
    }
}

impl AsyncTransport for OneConnection {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        Transport::send(&self.0, request)
    }

    async fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<AsyncBody>, TransportError> {
        let response = AsyncTransport::send_streaming(&self.0, request).await?;
        Ok(response.map(|body| pinned(self.connected(body))))
    }
}

#[test]
fn no_body_is_held_while_a_call_is_retried() {
    let page = Answer { announced: None, bytes: vec![b'x'; 100_000], breaks_off: false };
    // Each page is judged before its end.
    let answers =
        || OneConnection(Answers::new([page.clone(), page.clone(), whole(picture(9000))]), Arc::default());
    let source = blocking::TokenSource::fixed(AccessToken::new("81_T"));
    let client = blocking::Client::builder(source, Status(answers())).retry(quick()).build();
    let mut read = Vec::new();
    opened(client.open("ID").unwrap()).read_to_end(&mut read).unwrap();
    assert_eq!(read.len(), 9000);

    let source = TokenSource::fixed(AccessToken::new("81_T"));
    let client = Client::builder(source, Status(answers())).retry(quick()).runtime(NoTimer::new()).build();
    let file = run(async {
        opened(client.open("ID").await.unwrap())
            .map(|chunk| chunk.unwrap().len())
            .fold(0, |a, b| async move { a + b })
            .await
    });
    assert_eq!(file, 9000);
}

/// The first two answers have status 503.
struct Status(OneConnection);

impl Status {
    fn with_status<B>(&self, mut response: Response<B>) -> Response<B> {
        if self.0.0.sent() < 3 {
            *response.status_mut() = wechat_material::http::StatusCode::SERVICE_UNAVAILABLE;
        }
        response
    }
}

impl Transport for Status {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        Transport::send(&self.0, request)
    }

    fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
        Transport::send_streaming(&self.0, request).map(|response| self.with_status(response))
    }
}

impl AsyncTransport for Status {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        Transport::send(&self.0, request)
    }

    async fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<AsyncBody>, TransportError> {
        AsyncTransport::send_streaming(&self.0, request).await.map(|response| self.with_status(response))
    }
}

#[test]
fn a_reader_that_stops_after_the_announced_length_has_seen_the_end() {
    for length in [600, 1000, 2500] {
        let answers = Answers::new([whole(picture(length))]);
        let heard = Recorded::default();
        let listener = Arc::clone(&heard);
        let client = Client::builder(TokenSource::fixed(AccessToken::new("81_T")), answers)
            .on_event(move |event| listener.lock().unwrap().push(event.clone()))
            .runtime(NoTimer::new())
            .build();
        run(async {
            let mut file = opened(client.open("ID").await.unwrap());
            let mut read = 0;
            while read < length {
                read += file.chunk().await.unwrap().unwrap().len();
            }
            assert!(file.is_end_stream());
        });
        assert_eq!(kinds(&heard), ["attempt", "answer"]);
    }
    let too_long = Answer { announced: Some(2000), bytes: picture(2500), breaks_off: false };
    for (answer, is_whole) in [
        (whole(picture(600)), true),
        (whole(picture(2500)), true),
        (whole(picture(100_000)), true),
        (too_long.clone(), false),
        (Answer { breaks_off: true, ..whole(picture(2000)) }, false),
    ] {
        let length = usize::try_from(answer.announced.unwrap()).unwrap();
        let (client, recorded) = blocking(&Answers::new([answer]));
        let read = opened(client.open("ID").unwrap()).read_exact(&mut vec![0; length]);
        assert_eq!(read.is_ok(), is_whole, "{read:?}");
        assert_eq!(kinds(&recorded), ["attempt", if is_whole { "answer" } else { "failure" }]);
    }
    run(async {
        let mut file = opened(nonblocking(&Answers::new([too_long])).open("ID").await.unwrap());
        let mut last = None;
        while let Some(chunk) = file.chunk().await {
            last = Some(chunk);
        }
        assert!(matches!(last, Some(Err(_))), "{last:?}");
    });
}
