//! The texts of errors: one sentence at every level, and nothing twice in a chain of causes.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter;
use std::sync::Arc;

use wechat_material::driver::{ListError, ListWalk, Moment, TokenCache, TokenWait};
use wechat_material::http::{Request, Response};
use wechat_material::{
    Access, Answer, ApiError, BuildError, CallError, ClientError, Endpoint, FailureKind, File, GetMaterial,
    ListMaterials, MaterialType, RetryPolicy, TransportError, serde_json,
};

use crate::response::{JPEG, response};
use crate::{MINUTE, START, Setup, Step, fault, holding};

/// A marker in every body.
const BODY: &str = "CANARY";

fn build_errors() -> Vec<BuildError> {
    vec![
        BuildError::EmptyMediaId,
        BuildError::Count { count: 21, limit: 20 },
        BuildError::EmptyToken,
        BuildError::EmptyAppId,
        BuildError::EmptyAppSecret,
        BuildError::BaseUrl { problem: "has no host" },
        BuildError::Path,
        BuildError::TooLong { length: 70_000, limit: 65_534 },
        BuildError::Link { problem: "is not a URL" },
        BuildError::Body(serde_json::from_str::<()>("{").unwrap_err()),
    ]
}

/// Responses that fail in every possible way.
fn responses() -> Vec<Response<Vec<u8>>> {
    let json = |json: &str| response(200, &[], json.replace("…", BODY));
    let words = json(r#"{"errcode":40007,"errmsg":"… hint: [… ] rid: 6413208f-1ae7191d-6edfb203"}"#);
    let responses = vec![
        words,
        json(r#"{"errcode":99999,"errmsg":"…"}"#),
        response(503, &[], format!(r#"{{"errcode":-1,"errmsg":"{BODY}"}}"#)),
        response(502, &[], BODY),
        response(302, &[("location", BODY)], BODY),
        response(200, &[("content-length", "99")], BODY),
        response(200, &[("content-encoding", "gzip")], BODY),
        response(200, &[], ""),
        response(200, &[], BODY),
        response(200, &[], format!("<html>{BODY}")),
        json(r#"{"a":"…""#),
        json(r#"{"…":"…"}"#),
        json(&format!(r#"{{"…":"{}"}}"#, "a".repeat(1000))),
        response(200, &[], [JPEG, &[0; 33 << 20]].concat()),
        json(&format!(r#"{{"a":[{}0]}}"#, "{},".repeat(25_000))),
    ];
    let kinds: Vec<_> = responses.iter().map(|response| api_error(response.clone()).kind()).collect();
    for kind in ["fault", "status", "length", "encoded", "empty", "text", "json", "shape", "too-large"] {
        assert!(kinds.contains(&kind), "{kind}");
    }
    responses
}

fn api_error(response: Response<Vec<u8>>) -> ApiError {
    GetMaterial::new("M").parse(response).unwrap_err()
}

#[derive(Debug, thiserror::Error)]
#[error("the proxy refused the connection: check its settings")]
struct Refused(#[source] io::Error);

fn transport_errors() -> Vec<TransportError> {
    let refused = || Refused(io::Error::other("the network is unreachable"));
    vec![
        TransportError::new(FailureKind::Timeout, "nothing arrived in time: try again"),
        TransportError::new(FailureKind::Connect, refused()),
        TransportError::new(FailureKind::Final, io::Error::other(refused())),
        TransportError::from(io::Error::other(refused())),
    ]
}

/// An endpoint whose request cannot be built.
struct Unbuildable(fn() -> BuildError);

impl Endpoint for Unbuildable {
    type Target = Access;
    type Output<F> = ();

    fn to_request(&self, _access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
        Err(self.0())
    }

    fn read<F>(&self, _answer: Answer<'_, F>) -> Result<(), ApiError> {
        Ok(())
    }
}

/// Every error of a single call, with the client error for it.
fn call_errors() -> Vec<(CallError, ClientError)> {
    let mut setup = Setup::new(GetMaterial::new("M"), &RetryPolicy::never());
    setup.config.options = wechat_material::ParseOptions::default();
    let mut errors = Vec::new();
    let unbuildable: [fn() -> BuildError; 2] =
        [|| BuildError::EmptyMediaId, || BuildError::Body(serde_json::from_str::<()>("{").unwrap_err())];
    for build in unbuildable {
        let setup = Setup::new(Unbuildable(build), &RetryPolicy::never());
        let mut call = setup.begun::<File>(holding("first"));
        assert_eq!(call.poll(), Step::Finish);
        errors.push((CallError::Build(build()), call.error()));
    }
    for (failure, same) in transport_errors().into_iter().zip(transport_errors()) {
        let mut call = setup.sent();
        call.call.handle_failure(failure, call.now);
        errors.push((CallError::Transport(same), call.error()));
    }
    for response in responses() {
        let mut call = setup.sent();
        call.receives(response.clone());
        errors.push((CallError::Api(api_error(response)), call.error()));
    }
    errors
}

/// The error of a call that could not get a token.
fn no_token(cause: Arc<dyn Error + Send + Sync>) -> ClientError {
    let mut tokens = TokenCache::default();
    let mut wait = TokenWait::new(&RetryPolicy::default(), START);
    assert!(matches!(wait.poll(&tokens, START), Ok(None)));
    let renewal = tokens.begin(START).unwrap();
    tokens.failed(renewal, cause, START);
    wait.poll(&tokens, START).unwrap_err()
}

fn list_errors() -> [ListError; 2] {
    let mut walk = ListWalk::new(ListMaterials::new(MaterialType::Image));
    let page = || {
        let body = r#"{"item":[{"media_id":"A"}],"total_count":9,"item_count":1}"#;
        ListMaterials::new(MaterialType::Image).parse(response(200, &[], body)).unwrap()
    };
    assert_eq!(walk.handle_page(page()).unwrap().len(), 1);
    [walk.handle_page(page()).unwrap_err(), ListError::TooManyPages]
}

fn chain<'e>(error: &'e (dyn Error + 'static)) -> Vec<String> {
    iter::successors(Some(error), |error| (*error).source()).map(ToString::to_string).collect()
}

/// Each error is one line, nothing is printed twice, nothing comes from a body, and all these texts are there.
#[track_caller]
fn assert_chain(error: &(dyn Error + 'static), texts: &[String]) {
    let chain = chain(error);
    for (at, text) in chain.iter().enumerate() {
        assert!(!text.is_empty() && !text.contains('\n') && !text.ends_with('.'), "{chain:?}");
        assert!(!chain[..at].iter().any(|before| before.contains(text)), "twice: {chain:?}");
        assert!(!text.contains(BODY), "{chain:?}");
    }
    assert!(!format!("{error:?}").contains(BODY), "{error:?}");
    for expected in texts {
        assert!(chain.iter().any(|text| text.contains(expected)), "{expected:?} is missing: {chain:?}");
    }
}

#[test]
fn a_chain_of_errors_repeats_nothing_and_leaves_nothing_out() {
    for error in build_errors() {
        assert_chain(&error, &[]);
        assert_chain(&CallError::Build(error), &[]);
    }
    for error in transport_errors() {
        let texts = chain(error.get_ref());
        assert_chain(&error, &texts);
    }
    for response in responses() {
        assert_chain(&api_error(response), &[]);
    }
    for (error, of_client) in call_errors() {
        let texts = chain(&error);
        assert_chain(&error, &texts);
        assert_chain(&of_client, &texts);
        let texts = chain(&of_client);
        let of_caller = no_token(Arc::new(of_client));
        assert_chain(&of_caller, &texts);
        assert_eq!(of_caller.fault().is_some(), error.fault().is_some());
        let texts = chain(&of_caller);
        assert_chain(&io::Error::from(of_caller), &texts);
    }
    let refused = || Refused(io::Error::other("the network is unreachable"));
    assert_chain(&no_token(Arc::new(refused())), &chain(&refused()));
    for cause in [io::Error::other(refused()), io::Error::from(ErrorKind::StorageFull)] {
        let texts = chain(&cause);
        assert_chain(&ClientError::sink(5, cause), &texts);
    }
    for error in list_errors() {
        assert_chain(&error, &[]);
        assert_chain(&ClientError::from(error), &[error.to_string()]);
    }
    let late = TokenWait::new(&RetryPolicy::default(), START)
        .poll(&TokenCache::default(), START.after(3 * MINUTE))
        .unwrap_err();
    assert_chain(&late, &[]);
    assert_chain(&Setup::usual().begun::<File>(holding("first")).call.finish().unwrap_err(), &[]);
}

#[test]
fn a_client_says_what_failed_and_why_in_a_sentence() {
    let setup = Setup::new(GetMaterial::new("M"), &RetryPolicy::default().max_attempts(3));
    let mut call = setup.sent();
    call.busy_once();
    call.busy_once();
    assert_eq!(call.answered(fault(40007)), Step::Finish);
    let error = call.error();
    let expected = "get_material failed after 3 attempts: WeChat refused the call with errcode 40007: no permanent asset \
                has this media id; check the media id: it must be a permanent asset of this account";
    assert_eq!(error.to_string(), expected);
    assert_eq!(no_token(Arc::new(error)).to_string(), format!("no access token: {expected}"));
    let mut call = setup.sent();
    assert_eq!(call.failed(FailureKind::Final), Step::Finish);
    assert_eq!(call.error().to_string(), "get_material failed: no response");
    let full = ClientError::sink(20, io::Error::other("the disk is full"));
    assert_eq!(
        full.to_string(),
        "the download could not be written after 20 bytes: the disk is full; free some space, or check the sink"
    );
}

#[test]
fn a_fault_of_a_token_source_without_a_client_is_found() {
    let refused = || CallError::Api(api_error(fault(40125)));
    let error = no_token(Arc::new(refused()));
    assert_eq!(error.fault().unwrap().code.0, 40125);
    assert_eq!(error.to_string(), format!("no access token: {}", refused()));
}

#[test]
fn a_client_error_becomes_an_io_error_that_contains_it() {
    let kind = |error: ClientError| {
        let expected = error.to_string();
        let error = io::Error::from(error);
        assert_eq!(error.to_string(), expected);
        assert!(error.get_ref().unwrap().is::<ClientError>());
        error.kind()
    };
    let setup = Setup::new(GetMaterial::new("M"), &RetryPolicy::never());
    let failed = |failure| {
        let mut call = setup.sent();
        call.failed(failure);
        call.error()
    };
    let answered = |response| {
        let mut call = setup.sent();
        call.answered(response);
        call.error()
    };
    assert_eq!(kind(failed(FailureKind::Connect)), ErrorKind::NotConnected);
    assert_eq!(kind(failed(FailureKind::Timeout)), ErrorKind::TimedOut);
    // Not `Interrupted`, which readers ignore.
    assert_eq!(kind(failed(FailureKind::Interrupted)), ErrorKind::ConnectionAborted);
    assert_eq!(kind(ClientError::sink(0, ErrorKind::Interrupted.into())), ErrorKind::Other);
    assert_eq!(kind(ClientError::sink(0, ErrorKind::StorageFull.into())), ErrorKind::StorageFull);
    assert_eq!(kind(failed(FailureKind::Final)), ErrorKind::Other);
    assert_eq!(kind(answered(fault(40007))), ErrorKind::Other);
    assert_eq!(kind(answered(response(200, &[("content-length", "9")], "words"))), ErrorKind::UnexpectedEof);
    assert_eq!(kind(answered(response(200, &[], "<html>"))), ErrorKind::InvalidData);
    assert_eq!(kind(no_token(Arc::new(failed(FailureKind::Timeout)))), ErrorKind::TimedOut);
    assert_eq!(kind(no_token(Arc::new(io::Error::other("sealed")))), ErrorKind::Other);
    let [repeated, _] = list_errors();
    assert_eq!(kind(repeated.into()), ErrorKind::InvalidData);
    let late = TokenWait::new(&RetryPolicy::never(), Moment::default())
        .poll(&TokenCache::default(), Moment(10 * MINUTE))
        .unwrap_err();
    assert_eq!(kind(late), ErrorKind::TimedOut);
}
