//! A user's own endpoint that may return a file: it can do everything that the endpoints of this crate can.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use wechat_material::driver::{Action, Call, Feed, Moment, Received, TokenCache};
use wechat_material::http::{Request, Response};
use wechat_material::{
    Access, AccessToken, Answer, ApiError, BuildError, CallError, ClientConfig, ClientError, Endpoint,
    Evidence, Expect, FailureKind, File, FileInfo, ParseOptions, Parsed, RepairKind, TransportError,
};

#[path = "judged/response.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod response;

use response::{ATTACHMENT, JPEG, response};

/// `POST /cgi-bin/qrcode`: a picture, or the URL of one.
struct DrawCode {
    scene: String,
    /// Whether the answer may be a picture.
    takes_files: bool,
}

#[derive(Debug)]
enum Code<F> {
    Picture(F),
    Elsewhere(Elsewhere),
}

#[derive(Debug, Deserialize)]
struct Elsewhere {
    url: String,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl Endpoint for DrawCode {
    type Target = Access;
    type Output<F> = Code<F>;

    fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
        access.post_json("/cgi-bin/qrcode", &serde_json::json!({ "scene": self.scene }))
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<Code<F>, ApiError> {
        let expected = "a code";
        match answer {
            Answer::File(file) if self.takes_files => Ok(Code::Picture(file)),
            Answer::File(_) => Err(ApiError::shape(expected)),
            Answer::Json(object) => object.deserialize(expected).map(Code::Elsewhere),
        }
    }

    fn expect(&self) -> Expect {
        if self.takes_files { Expect::File } else { Expect::Json }
    }

    fn subject(&self) -> &str {
        &self.scene
    }

    fn is_idempotent(&self) -> bool {
        true
    }
}

fn draw() -> DrawCode {
    DrawCode { scene: "door".to_owned(), takes_files: true }
}

fn link_only() -> DrawCode {
    DrawCode { takes_files: false, ..draw() }
}

/// A picture of this many bytes.
fn picture(length: usize) -> Vec<u8> {
    JPEG.iter().copied().chain(std::iter::repeat(0)).take(length).collect()
}

/// The metadata of the file in an answer.
fn info(code: Code<FileInfo>) -> FileInfo {
    match code {
        Code::Picture(info) => info,
        Code::Elsewhere(other) => panic!("{other:?}"),
    }
}

type Drawn<F> = Result<Parsed<Code<F>>, ApiError>;

/// Receives a response in chunks: the answer, and the bytes that were returned.
fn received(endpoint: &DrawCode, response: Response<Vec<u8>>, size: usize) -> (Drawn<FileInfo>, Vec<u8>) {
    let (head, body) = response.into_parts();
    let mut receiver = endpoint.receiver(&ParseOptions::default(), head);
    let mut out = Vec::new();
    for chunk in body.chunks(size) {
        match receiver.feed(chunk) {
            Ok(Feed::File { held, chunk }) => out.extend([&held, chunk].concat()),
            Ok(Feed::Held) => {}
            Err(error) => return (Err(error), out),
        }
    }
    let finished = receiver.finish().map(|(parsed, rest)| {
        out.extend(rest);
        parsed
    });
    (finished, out)
}

/// One call with a fixed token that gets these responses in turn: the result, and the bytes in the sink.
fn streamed<F: Received>(
    endpoint: &DrawCode,
    answers: impl IntoIterator<Item = Response<Vec<u8>>>,
) -> (Result<Parsed<Code<F>>, ClientError>, Vec<u8>) {
    let (config, mut now) = (ClientConfig::default(), Moment(Duration::from_secs(1)));
    let mut tokens = TokenCache::fixed(AccessToken::new("81_Zx3"));
    let mut call = Call::<_, F>::new(endpoint, &config, 7, now);
    let (mut answers, mut out) = (answers.into_iter(), Vec::new());
    loop {
        match call.poll(&mut tokens, now) {
            Action::Send { expect: Expect::Json, .. } => call.handle_response(answers.next().unwrap(), now),
            Action::Send { expect: Expect::File, .. } => {
                let (head, body) = answers.next().unwrap().into_parts();
                call.handle_head(head, now);
                let mut chunks = body.chunks(400);
                while call.is_receiving() {
                    let feed = match chunks.next() {
                        Some(chunk) => call.handle_chunk(chunk, now),
                        None => call.handle_end(now),
                    };
                    if let Feed::File { held, chunk } = feed {
                        out.extend([&held, chunk].concat());
                    }
                }
            }
            Action::Sleep { until } => now = until,
            Action::NeedToken { .. } => panic!("there is a token"),
            Action::Opened => panic!("the call does not open a file"),
            Action::Rewind => {
                out.clear();
                call.handle_rewound(now);
            }
            Action::Finish => return (call.finish(), out),
        }
    }
}

#[test]
fn a_file_is_returned_whole_with_its_metadata() {
    let parsed = draw().parse_with(&ParseOptions::default(), response(200, &[ATTACHMENT], picture(9000)));
    let Parsed { output: Code::Picture(file), evidence, .. } = parsed.unwrap() else {
        panic!("not a picture")
    };
    assert_eq!((file.bytes, evidence), (picture(9000), Evidence::Attachment));
    assert_eq!((file.info.length, file.info.safe_name().as_str()), (Some(9000), "a.jpg"));
    // A file without a name is named after the subject of the call.
    let Code::Picture(file) = draw().parse(response(200, &[], JPEG)).unwrap() else {
        panic!("not a picture")
    };
    assert_eq!(file.info.safe_name(), "door.jpg");
}

#[test]
fn a_file_is_received_in_chunks() {
    for length in [10, 600, 9000] {
        for size in [1, 511, 512, 10_000] {
            let (drawn, bytes) = received(&draw(), response(200, &[], picture(length)), size);
            let info = info(drawn.unwrap().output);
            assert_eq!((info.length, info.safe_name().as_str()), (Some(length as u64), "door.jpg"));
            assert_eq!(bytes, picture(length));
        }
    }
}

#[test]
fn a_call_streams_or_collects_a_file() {
    for length in [10, 600, 9000] {
        let (drawn, bytes) = streamed::<FileInfo>(&draw(), [response(200, &[], picture(length))]);
        assert_eq!((info(drawn.unwrap().output).length, bytes), (Some(length as u64), picture(length)));
        let (drawn, bytes) = streamed::<File>(&draw(), [response(200, &[], picture(length))]);
        let Code::Picture(file) = drawn.unwrap().output else { panic!("not a picture") };
        assert_eq!((file.bytes, bytes.len()), (picture(length), 0));
    }
}

#[test]
fn unknown_fields_are_preserved_and_repairs_are_reported() {
    let body =
        r#"{"errcode":0,"errmsg":"ok","url"::"https://mmbiz.qpic.cn/x","size":[1,2],"new":{"a":null},}"#;
    let assert_read = |parsed: &Parsed<Code<FileInfo>>| {
        let Code::Elsewhere(elsewhere) = &parsed.output else { panic!("{parsed:?}") };
        assert_eq!(elsewhere.url, "https://mmbiz.qpic.cn/x");
        let extra = serde_json::to_string(&elsewhere.extra).unwrap();
        assert_eq!(extra, r#"{"new":{"a":null},"size":[1,2]}"#);
        let repairs: Vec<_> = parsed.repairs.iter().map(|repair| repair.kind).collect();
        assert_eq!(repairs, [RepairKind::DoubledColon, RepairKind::TrailingComma]);
        assert_eq!(parsed.evidence, Evidence::JsonBody);
    };
    assert_read(&received(&draw(), response(200, &[], body), 7).0.unwrap());
    assert_read(&streamed(&draw(), [response(200, &[], body)]).0.unwrap());
    let Code::Elsewhere(elsewhere) = draw().parse(response(200, &[], body)).unwrap() else {
        panic!("a picture")
    };
    assert_eq!(elsewhere.extra.len(), 2);
}

/// The three ways to read a response. None of them writes any bytes.
#[track_caller]
fn refused(endpoint: &DrawCode, headers: &[(&str, &str)], body: &[u8]) -> [ApiError; 3] {
    let whole = endpoint.parse(response(200, headers, body)).unwrap_err();
    let in_chunks = received(endpoint, response(200, headers, body), 100).0.unwrap_err();
    let (drawn, written) = streamed::<FileInfo>(endpoint, [response(200, headers, body)]);
    let ClientError::Call { attempts: 1, written: 0, cause, .. } = drawn.unwrap_err() else { panic!() };
    let CallError::Api(of_call) = *cause else { panic!("{cause}") };
    assert!(written.is_empty());
    [whole, in_chunks, of_call]
}

#[test]
fn an_answer_that_does_not_fit_is_an_error_that_stores_the_body() {
    for body in [r#"{"url":5}"#, "{}", r#"{"news_item":[]}"#, &format!(r#"{{"x":"{}"}}"#, "x".repeat(9000))] {
        for error in refused(&draw(), &[], body.as_bytes()) {
            assert_eq!(error.kind(), "shape");
            assert_eq!(error.body(), &body.as_bytes()[..body.len().min(4096)]);
            let expected = "the response is not a code: check the call and the base URL";
            assert_eq!(error.to_string(), expected);
        }
    }
}

#[test]
fn an_unexpected_file_is_an_error_that_stores_its_beginning() {
    for length in [10, 600, 9000] {
        for error in refused(&link_only(), &[ATTACHMENT], &picture(length)) {
            assert_eq!((error.kind(), error.body()), ("shape", &picture(length.min(4096))[..]));
        }
    }
}

/// Returns the `Debug` text of its answer.
struct Printed;

impl Endpoint for Printed {
    type Target = Access;
    type Output<F> = String;

    fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
        access.get("/cgi-bin/printed")
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<String, ApiError> {
        Ok(match answer {
            Answer::Json(object) => format!("{object:?}"),
            Answer::File(_) => "a file".to_owned(),
        })
    }
}

#[test]
fn an_answer_prints_the_number_of_its_fields_and_not_the_fields() {
    let printed = |body: &[u8]| Printed.parse(response(200, &[], body)).unwrap();
    assert_eq!(printed(br#"{"errcode":0,"errmsg":"ok","CANARY":"CANARY","b":{}}"#), "Object { fields: 2 }");
    assert_eq!(printed(JPEG), "a file");
}

#[test]
fn a_fault_is_never_mistaken_for_a_file() {
    let fault = br#"{"errcode":40013,"errmsg":"invalid appid"}"#;
    for headers in [&[][..], &[ATTACHMENT]] {
        for error in refused(&draw(), headers, fault) {
            assert_eq!(error.fault().unwrap().code.0, 40013);
        }
    }
}

#[test]
fn its_calls_are_retried() {
    let busy = || response(200, &[], r#"{"errcode":-1,"errmsg":"system error"}"#);
    let cut = || response(200, &[("content-length", "9000")], picture(700));
    let (drawn, bytes) = streamed::<FileInfo>(
        &draw(),
        [busy(), cut(), response(503, &[], "busy"), response(200, &[], picture(800))],
    );
    assert_eq!((info(drawn.unwrap().output).length, bytes), (Some(800), picture(800)));
    let (drawn, _) = streamed::<File>(&draw(), [cut(), response(200, &[], picture(800))]);
    let Code::Picture(file) = drawn.unwrap().output else { panic!("not a picture") };
    assert_eq!(file.bytes, picture(800));
}

#[test]
fn a_refused_file_is_not_written_if_it_was_held() {
    let config = ClientConfig::default();
    let (endpoint, now) = (link_only(), Moment::default());
    let mut tokens = TokenCache::fixed(AccessToken::new("81_Zx3"));
    let sent = |tokens: &mut TokenCache| {
        let mut call = Call::<_, FileInfo>::new(&endpoint, &config, 7, now);
        assert!(matches!(call.poll(tokens, now), Action::Send { .. }));
        call.handle_head(response(200, &[], "").into_parts().0, now);
        call
    };
    let mut call = sent(&mut tokens);
    assert_eq!(call.handle_chunk(&picture(100), now), Feed::Held);
    assert_eq!(call.handle_end(now), Feed::Held);
    assert!(matches!(call.poll(&mut tokens, now), Action::Finish));
    assert!(matches!(call.finish(), Err(ClientError::Call { written: 0, .. })));
    // Bytes that were written before must be taken back.
    let mut call = sent(&mut tokens);
    assert!(matches!(call.handle_chunk(&picture(600), now), Feed::File { .. }));
    assert_eq!(call.handle_end(now), Feed::Held);
    assert!(matches!(call.poll(&mut tokens, now), Action::Rewind));
    call.handle_no_rewind(now);
    assert!(matches!(call.finish(), Err(ClientError::Call { written: 600, .. })));
}

#[test]
fn it_can_be_sent_again_if_it_may_have_arrived() {
    let (endpoint, config, now) = (draw(), ClientConfig::default(), Moment::default());
    let mut tokens = TokenCache::fixed(AccessToken::new("81_Zx3"));
    let mut call = Call::<_, File>::new(&endpoint, &config, 7, now);
    let Action::Send { request, .. } = call.poll(&mut tokens, now) else { panic!("nothing is sent") };
    assert_eq!(request.uri(), "https://api.weixin.qq.com/cgi-bin/qrcode?access_token=81_Zx3");
    assert_eq!(request.body(), br#"{"scene":"door"}"#);
    call.handle_failure(TransportError::new(FailureKind::Timeout, "it took too long"), now);
    assert!(matches!(call.poll(&mut tokens, now), Action::Sleep { .. }));
}
