//! The rules for transports, held to ours, to one that is made of nothing but a socket, and to wrong ones.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::io::{self, Read};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use wechat_material::http::{Request, Response, Uri};
use wechat_material::{AsyncTransport, Failure, Transport, TransportFn};
use wechat_material_reqwest::{ReqwestError, ReqwestTransport, reqwest};
use wechat_material_testkit::conformance::{self, Rule};
use wechat_material_ureq::{UreqError, UreqTransport, ureq};

#[path = "../../core/examples/bare_tcp.rs"]
#[expect(dead_code, unreachable_pub, reason = "it is an example, with a main of its own")]
mod bare_tcp;

const TIMEOUT: Duration = Duration::from_millis(500);

type Answer = Result<Response<Vec<u8>>, UreqError>;
type Send<'s> = &'s dyn Fn(Request<Vec<u8>>) -> Answer;

fn agent() -> ureq::config::ConfigBuilder<ureq::typestate::AgentScope> {
    ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).proxy(None)
}

fn right() -> UreqTransport {
    UreqTransport::from(ureq::Agent::new_with_config(agent().build())).max_body(conformance::LIMIT)
}

#[test]
fn the_blocking_transport_keeps_the_rules() {
    let report = conformance::check(&right());
    println!("ureq\n{report}");
    assert!(report.is_passed(), "{report}");
}

#[test]
fn a_bare_socket_keeps_the_rules() {
    let report = conformance::check(&bare_tcp::bare_tcp(TIMEOUT, conformance::LIMIT));
    println!("bare TCP\n{report}");
    assert!(report.is_passed(), "{report}");
}

/// Runs a future that wants tokio.
fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn right_async() -> ReqwestTransport {
    let client = ReqwestTransport::builder().timeout(TIMEOUT).build().unwrap();
    ReqwestTransport::from(client).max_body(conformance::LIMIT)
}

#[test]
fn the_async_transport_keeps_the_rules() {
    let report = run(conformance::check_async(&right_async()));
    println!("reqwest\n{report}");
    assert!(report.is_passed(), "{report}");
}

#[test]
fn an_async_closure_keeps_the_rules() {
    let closure = TransportFn::new(|request| async move { right_async().send(request).await });
    let closure = closure.telling(|error: &ReqwestError| right_async().failure(error));
    let report = run(conformance::check_async(&closure));
    println!("a closure over reqwest\n{report}");
    assert!(report.is_passed(), "{report}");
}

#[test]
fn an_async_transport_that_is_wrong_is_caught_too() {
    let redirecting =
        ReqwestTransport::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::limited(5));
    let wrong = ReqwestTransport::from(redirecting.build().unwrap()).max_body(conformance::LIMIT);
    assert_eq!(run(conformance::check_async(&wrong)).broken(), [Rule::FollowsNoRedirect]);
    let wrong = right_async().max_body(u64::MAX);
    assert_eq!(run(conformance::check_async(&wrong)).broken(), [Rule::EndsEndlessBodies]);
}

/// A transport by its other door: bodies in chunks, put together again.
struct Opened<T>(T);

impl Transport for Opened<UreqTransport> {
    type Error = UreqError;

    fn send(&self, request: Request<Vec<u8>>) -> Answer {
        let (head, mut arriving) = self.0.open(request)?.into_parts();
        let mut body = Vec::new();
        while let Some(chunk) = arriving.next()? {
            body.extend_from_slice(chunk);
            if body.len() as u64 > conformance::LIMIT {
                return Err(UreqError::TooLarge { limit: conformance::LIMIT });
            }
        }
        Ok(Response::from_parts(head, body))
    }

    fn failure(&self, error: &UreqError) -> Failure {
        self.0.failure(error)
    }
}

impl AsyncTransport for Opened<ReqwestTransport> {
    type Error = ReqwestError;

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ReqwestError> {
        let (head, mut arriving) = self.0.open(request).await?.into_parts();
        let mut body = Vec::new();
        while let Some(chunk) = poll_fn(|context| arriving.poll_next(context)).await? {
            body.extend_from_slice(&chunk);
            if body.len() as u64 > conformance::LIMIT {
                return Err(ReqwestError::TooLarge { limit: conformance::LIMIT });
            }
        }
        Ok(Response::from_parts(head, body))
    }

    fn failure(&self, error: &ReqwestError) -> Failure {
        self.0.failure(error)
    }
}

#[test]
fn bodies_in_chunks_keep_the_rules() {
    let report = conformance::check(&Opened(right()));
    assert!(report.is_passed(), "{report}");
    let report = run(conformance::check_async(&Opened(right_async())));
    assert!(report.is_passed(), "{report}");
}

/// Sees that this rule is found broken, and no other.
#[track_caller]
fn caught(rule: Rule, wrong: &(impl Transport + Sync)) {
    let report = conformance::check(wrong);
    println!("wrong on purpose: {rule}\n{report}");
    assert_eq!(report.broken(), [rule], "{report}");
}

/// The right transport, with something wrong in front of it.
fn spoiled(spoil: impl Fn(Send<'_>, Request<Vec<u8>>) -> Answer + Sync) -> impl Transport + Sync {
    TransportFn::new(move |request| spoil(&|request| right().send(request), request)).telling(failure)
}

fn failure(error: &UreqError) -> Failure {
    right().failure(error)
}

#[test]
fn a_query_that_is_encoded_anew_is_caught() {
    let wrong = spoiled(|send, mut request| {
        *request.uri_mut() = request.uri().to_string().replace("%20", "+").parse::<Uri>().unwrap();
        send(request)
    });
    caught(Rule::SendsTheRequestAsBuilt, &wrong);
}

#[test]
fn headers_that_replace_each_other_are_caught() {
    let wrong = spoiled(|send, request| {
        let mut response = send(request)?;
        let headers = response.headers().iter().map(|(name, value)| (name.clone(), value.clone()));
        let last: HashMap<_, _> = headers.collect();
        *response.headers_mut() = last.into_iter().collect();
        Ok(response)
    });
    caught(Rule::KeepsEveryHeader, &wrong);
}

#[test]
fn a_status_that_becomes_an_error_is_caught() {
    let wrong = spoiled(|send, request| {
        let response = send(request)?;
        let status = response.status();
        if status.is_server_error() {
            return Err(ureq::Error::StatusCode(status.as_u16()).into());
        }
        Ok(response)
    });
    caught(Rule::TakesEveryStatus, &wrong);
}

#[test]
fn a_redirect_that_is_followed_is_caught() {
    let agent = ureq::Agent::new_with_config(agent().http_status_as_error(false).build());
    let wrong = TransportFn::new(move |request| {
        let (head, body) = agent.run(request)?.into_parts();
        let body = body.into_with_config().limit(conformance::LIMIT).read_to_vec()?;
        Ok(Response::from_parts(head, body))
    });
    caught(Rule::FollowsNoRedirect, &wrong.telling(failure));
}

#[test]
fn a_truncated_body_that_passes_is_caught() {
    let agent = ureq::Agent::new_with_config(agent().http_status_as_error(false).max_redirects(0).build());
    let wrong = TransportFn::new(move |request| {
        let (head, body) = agent.run(request)?.into_parts();
        let mut bytes = Vec::new();
        match body.into_with_config().limit(conformance::LIMIT).reader().read_to_end(&mut bytes) {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                Err(ureq::Error::from(error).into())
            }
            Ok(_) | Err(_) => Ok(Response::from_parts(head, bytes)),
        }
    });
    caught(Rule::EnforcesTheLength, &wrong.telling(failure));
}

#[test]
fn a_transport_without_a_limit_is_caught() {
    caught(Rule::EndsEndlessBodies, &right().max_body(u64::MAX));
}

#[test]
fn a_timeout_for_the_head_alone_is_caught() {
    let config = ureq::Agent::config_builder().timeout_recv_response(Some(TIMEOUT)).proxy(None);
    let agent = ureq::Agent::new_with_config(config.build());
    caught(Rule::EndsDrips, &UreqTransport::from(agent).max_body(conformance::LIMIT));
}

#[test]
fn gzip_that_is_undone_without_a_word_is_caught() {
    let wrong = spoiled(|send, request| {
        let mut response = send(request)?;
        if response.headers().contains_key("content-encoding") {
            *response.body_mut() = b"decoded".to_vec();
        }
        Ok(response)
    });
    caught(Rule::DropsWhatItUndoes, &wrong);
}

#[test]
fn a_certificate_that_nobody_looks_at_is_caught() {
    let tls = ureq::tls::TlsConfig::builder().disable_verification(true).build();
    let agent = ureq::Agent::new_with_config(agent().tls_config(tls).build());
    caught(Rule::RefusesSelfSigned, &UreqTransport::from(agent).max_body(conformance::LIMIT));
}

#[test]
fn failures_that_are_mixed_up_are_caught() {
    let wrong =
        TransportFn::new(|request| right().send(request)).telling(|error: &UreqError| match failure(error) {
            Failure::Connect => Failure::Interrupted,
            other => other,
        });
    caught(Rule::TellsFailuresApart, &wrong);
}

#[test]
fn an_answer_that_is_given_again_is_caught() {
    let answers = Mutex::new(HashMap::<_, Response<Vec<u8>>>::new());
    let wrong = spoiled(move |send, request| {
        let host = request.uri().authority().cloned();
        if let Some(answer) = answers.lock().unwrap().get(&host) {
            return Ok(answer.clone());
        }
        let answer = send(request)?;
        answers.lock().unwrap().insert(host, answer.clone());
        Ok(answer)
    });
    caught(Rule::KeepsWorking, &wrong);
}

#[test]
fn answers_that_change_places_are_caught() {
    let exchange = (Mutex::new(Vec::<Response<Vec<u8>>>::new()), Condvar::new());
    let wrong = spoiled(move |send, request| {
        let answer = send(request)?;
        let (waiting, arrived) = &exchange;
        let mut waiting = waiting.lock().unwrap();
        if let Some(other) = waiting.pop() {
            waiting.push(answer);
            arrived.notify_all();
            return Ok(other);
        }
        // A moment for another call to come along and take it.
        waiting.push(answer.clone());
        let (mut waiting, _) = arrived.wait_timeout(waiting, Duration::from_millis(50)).unwrap();
        Ok(waiting.pop().unwrap_or(answer))
    });
    caught(Rule::KeepsCallsApart, &wrong);
}

#[test]
fn an_error_that_prints_the_url_is_caught() {
    let wrong = TransportFn::new(|request: Request<Vec<u8>>| {
        let uri = request.uri().clone();
        right().send(request).map_err(|error| Talkative(Box::new(error), uri))
    });
    caught(Rule::PrintsNoToken, &wrong.telling(|error: &Talkative| failure(&error.0)));
}

#[derive(Debug)]
struct Talkative(Box<UreqError>, Uri);

impl std::error::Error for Talkative {}

impl std::fmt::Display for Talkative {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}", self.0, self.1)
    }
}
