//! Files that the caller reads: what is known at the first bytes, and how the rest ends.

use wechat_material::driver::{Call, Feed, OpenFile};
use wechat_material::{
    Answer, ApiError, BuildError, CallError, ClientError, CountMaterials, Endpoint, EventKind, Evidence,
    Expect, FailureKind, GetMaterial, Material, ParseOptions, Parsed, RetryPolicy, http,
};

use crate::download::{head, picture, setup};
use crate::response::{ATTACHMENT, FAULT, NEWS};
use crate::{Script, Setup, Step, failure, fault, holding};

type Opening<'s> = Script<'s, GetMaterial, OpenFile>;

fn opening(setup: &Setup<GetMaterial>) -> Opening<'_> {
    let call = Call::opening(&setup.endpoint, &setup.config, setup.seed, crate::START);
    Script { call, tokens: holding("first"), now: crate::START, attempts: 0 }
}

/// One whose response has begun.
fn receiving<'s>(setup: &'s Setup<GetMaterial>, headers: &[(&str, &str)]) -> Opening<'s> {
    let mut call = opening(setup);
    assert_eq!(call.poll(), Step::Send);
    call.call.handle_head(head(200, headers), call.now);
    call
}

fn opened(mut script: Opening<'_>) -> OpenFile {
    script.call.handle_open(|file| file, script.now);
    let Parsed { output, evidence, .. } = script.call.finish().unwrap();
    let Material::File(file) = output else { panic!("not a file") };
    assert_eq!(file.evidence(), evidence);
    file
}

fn api_error(error: ClientError) -> ApiError {
    match error {
        ClientError::Call { cause, .. } => match *cause {
            CallError::Api(error) => error,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_stops_at_the_first_bytes_of_a_file() {
    let setup = setup();
    let mut call = receiving(&setup, &[("content-length", "2000"), ATTACHMENT]);
    assert_eq!(call.call.handle_chunk(&picture(511), call.now), Feed::Held);
    assert!(call.call.is_receiving());
    assert_eq!(call.call.handle_chunk(&[7; 100], call.now), Feed::Held);
    assert!(!call.call.is_receiving());
    assert_eq!(call.poll(), Step::Opened);
    assert_eq!(call.poll(), Step::Opened);
    let mut file = opened(call);
    assert_eq!((file.info().length, file.info().safe_name().as_str()), (Some(2000), "a.jpg"));
    assert_eq!((file.evidence(), file.is_receiving()), (Evidence::Attachment, true));
    assert_eq!(file.take_first_bytes(), [picture(511), vec![7; 100]].concat());
    assert!(file.take_first_bytes().is_empty());
    assert_eq!(file.handle_chunk(&[7; 1389], crate::START).unwrap(), [7; 1389]);
    file.handle_end(crate::START).unwrap();
    assert!(!file.is_receiving());
}

#[test]
fn a_file_that_ends_before_it_is_recognised_is_there_at_once() {
    let setup = setup();
    let mut call = receiving(&setup, &[]);
    call.call.record_events();
    assert_eq!(call.call.handle_chunk(&picture(9), call.now), Feed::Held);
    assert_eq!(call.call.handle_end(call.now), Feed::Held);
    assert_eq!(call.poll(), Step::Opened);
    let mut file = opened(call);
    assert_eq!((file.info().length, file.info().safe_name().as_str()), (Some(9), "MEDIA_ID.jpg"));
    assert_eq!((file.evidence(), file.is_receiving()), (Evidence::MagicBytes, false));
    assert_eq!(file.take_first_bytes(), picture(9));
    let kinds: Vec<_> = std::iter::from_fn(|| file.next_event()).map(|event| event.kind).collect();
    let evidence = Some(Evidence::MagicBytes);
    assert_eq!(kinds, [EventKind::Answer { evidence, repairs: Vec::new() }]);
}

#[test]
fn a_length_that_is_not_announced_or_is_contradictory_is_unknown() {
    let setup = setup();
    for headers in [&[][..], &[("content-length", "2000, 3000")]] {
        let mut call = receiving(&setup, headers);
        let _ = call.call.handle_chunk(&picture(600), call.now);
        assert_eq!(opened(call).info().length, None);
    }
}

#[test]
fn what_fails_before_the_first_bytes_is_retried() {
    let setup = setup();
    let mut call = receiving(&setup, &[]);
    let _ = call.call.handle_chunk(&picture(100), call.now);
    call.call.handle_failure(failure(FailureKind::Interrupted), call.now);
    let step = call.poll();
    call.waits(step);
    call.call.handle_head(head(200, &[]), call.now);
    let _ = call.call.handle_chunk(FAULT.as_bytes(), call.now);
    let _ = call.call.handle_end(call.now);
    let error = call.call.finish().unwrap_err();
    assert!(matches!(&error, ClientError::Call { attempts: 2, .. }), "{error:?}");
    assert!(error.fault().is_some());
}

#[test]
fn json_is_the_output_and_nothing_is_opened() {
    let setup = setup();
    let mut call = receiving(&setup, &[]);
    let _ = call.call.handle_chunk(NEWS.as_bytes(), call.now);
    let _ = call.call.handle_end(call.now);
    assert_eq!(call.poll(), Step::Finish);
    call.call.handle_open(|_| panic!("nothing is opened"), call.now);
    let parsed = call.call.finish().unwrap();
    assert!(matches!(parsed.output, Material::News(_)));
}

#[test]
fn nothing_is_opened_before_there_is_something() {
    let setup = setup();
    let mut call = opening(&setup);
    call.call.handle_open(|file| file, call.now);
    let error = call.error();
    assert!(matches!(error, ClientError::WrongEvent { event: "handle_open", .. }), "{error:?}");
    let mut call = opening(&setup);
    assert_eq!(call.poll(), Step::Send);
    call.call.handle_response(crate::response::response(200, &[], NEWS), call.now);
    let error = call.error();
    assert!(matches!(error, ClientError::WrongEvent { event: "handle_response", .. }), "{error:?}");
    let mut call = receiving(&setup, &[]);
    let _ = call.call.handle_chunk(&picture(600), call.now);
    let _ = call.call.handle_chunk(b"more", call.now);
    let error = call.error();
    assert!(
        matches!(error, ClientError::WrongEvent { event: "handle_chunk", due: "handle_open", .. }),
        "{error:?}"
    );
}

#[test]
fn a_file_that_does_not_come_whole_ends_with_an_error_that_counts_its_bytes() {
    let open = |setup: &Setup<GetMaterial>, announced: &str| {
        let mut call = receiving(setup, &[("content-length", announced)]);
        call.call.record_events();
        let _ = call.call.handle_chunk(&picture(600), call.now);
        let mut file = opened(call);
        assert_eq!(file.take_first_bytes().len(), 600);
        file.handle_chunk(&[0; 100], crate::START).unwrap();
        file
    };
    let mut limited = setup();
    limited.config.options = ParseOptions::default().max_file(750);
    let setup = setup();

    let mut short = open(&setup, "5000");
    let error = short.handle_end(crate::START).unwrap_err();
    assert!(
        matches!(&error, ClientError::Call { call: "get_material", attempts: 1, written: 700, .. }),
        "{error:?}"
    );
    assert!(matches!(api_error(error), ApiError::Length { announced: 5000, received: 700, .. }));
    assert!(!short.is_receiving());
    let failures = std::iter::from_fn(|| short.next_event());
    assert_eq!(failures.filter(|event| matches!(event.kind, EventKind::Failure { .. })).count(), 1);

    let mut long = open(&limited, "5000");
    assert!(long.handle_chunk(&[0; 51], crate::START).unwrap().is_empty());
    let error = long.handle_end(crate::START).unwrap_err();
    assert!(!long.is_receiving());
    assert!(matches!(api_error(error), ApiError::TooLarge { limit: 750, .. }));

    let mut broken = open(&setup, "5000");
    let error = broken.handle_failure(failure(FailureKind::Interrupted), crate::START);
    let ClientError::Call { cause, written: 700, renewed: false, .. } = error else { panic!("{error:?}") };
    assert!(matches!(*cause, CallError::Transport(_)) && !broken.is_receiving());
    assert!(format!("{broken:?}").contains("written: 700"), "{broken:?}");
}

#[test]
fn an_endpoint_that_never_answers_with_a_file_refuses_the_opened_one() {
    let setup = Setup::new(CountMaterials, &RetryPolicy::default());
    let call = Call::<_, OpenFile>::opening(&setup.endpoint, &setup.config, 7, crate::START);
    let mut call = Script { call, tokens: holding("first"), now: crate::START, attempts: 0 };
    assert_eq!(call.poll(), Step::Send);
    call.call.handle_head(head(200, &[]), call.now);
    let _ = call.call.handle_chunk(&picture(600), call.now);
    assert_eq!(call.poll(), Step::Opened);
    call.call.record_events();
    call.call.handle_open(|file| file, call.now);
    let failures = call.events().into_iter().filter(|event| matches!(event.kind, EventKind::Failure { .. }));
    assert_eq!(failures.count(), 1);
    let error = api_error(call.error());
    assert!(matches!(error, ApiError::Shape { .. }) && error.body().is_empty());
}

/// A call that leaves the API.
struct Elsewhere;

impl Endpoint for Elsewhere {
    type Target = wechat_material::OwnUrl;
    type Output<F> = F;

    fn to_request(&self, target: &wechat_material::OwnUrl) -> Result<http::Request<Vec<u8>>, BuildError> {
        target.get("http://203.0.114.7/a.mp4")
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<F, ApiError> {
        match answer {
            Answer::File(file) => Ok(file),
            Answer::Json(_) => Err(ApiError::shape("a file")),
        }
    }

    fn expect(&self) -> Expect {
        Expect::File
    }
}

/// A call to a link, which gets this response. Nothing is retried.
fn linked(response: http::Response<Vec<u8>>, options: ParseOptions) -> ClientError {
    let mut config = wechat_material::ClientConfig::default();
    config.retry = RetryPolicy::never();
    config.options = options;
    let mut tokens = wechat_material::driver::TokenCache::default();
    let mut call = Call::<_, wechat_material::FileInfo>::new(&Elsewhere, &config, 7, crate::START);
    let _ = call.poll(&mut tokens, crate::START);
    let (head, body) = response.into_parts();
    call.handle_head(head, crate::START);
    for chunk in body.chunks(1 << 20) {
        if call.is_receiving() {
            let _ = call.handle_chunk(chunk, crate::START);
        }
    }
    if call.is_receiving() {
        let _ = call.handle_end(crate::START);
    }
    let _ = call.poll(&mut tokens, crate::START);
    call.handle_no_rewind(crate::START);
    call.finish().unwrap_err()
}

#[test]
fn an_error_of_a_link_says_what_to_do_about_the_link() {
    let get = |status, body: &str| {
        linked(crate::response::response(status, &[], body), ParseOptions::default()).to_string()
    };
    for error in [get(403, ""), get(404, "gone"), get(200, "<!doctype html>")] {
        assert!(error.contains("the link may have expired; fetch the asset again"), "{error}");
    }
    assert!(get(302, "").contains("a redirect, which is not followed; open the link"), "{}", get(302, ""));
    assert!(get(503, "").contains("try again later"), "{}", get(503, ""));
    let refused = get(200, r#"{"errcode":40001,"errmsg":"no"}"#);
    assert!(
        refused.contains("the link's server refused the call") && !refused.contains("token"),
        "{refused}"
    );
}

#[test]
fn a_file_behind_a_link_has_a_limit() {
    let file = |length| crate::response::response(200, &[], picture(length));
    let error = linked(file(3 << 20), ParseOptions::default().max_file(2 << 20));
    assert!(matches!(api_error(error), ApiError::TooLarge { limit, .. } if limit == 2 << 20));
    // By default it is a gibibyte. An attachment of unknown length never ends.
    let mut config = wechat_material::ClientConfig::default();
    config.retry = RetryPolicy::never();
    let mut tokens = wechat_material::driver::TokenCache::default();
    let mut call = Call::<_, wechat_material::FileInfo>::new(&Elsewhere, &config, 7, crate::START);
    let _ = call.poll(&mut tokens, crate::START);
    call.handle_head(head(200, &[ATTACHMENT]), crate::START);
    let chunk = vec![7; 1 << 20];
    for _ in 0..1024 {
        let _ = call.handle_chunk(&chunk, crate::START);
        assert!(call.is_receiving());
    }
    let _ = call.handle_chunk(b"x", crate::START);
    assert!(!call.is_receiving());
}

#[test]
fn a_call_without_a_token_begins_nothing_after_its_time() {
    let config = wechat_material::ClientConfig::default();
    let mut tokens = wechat_material::driver::TokenCache::default();
    let mut call = Call::<_, OpenFile>::opening(&Elsewhere, &config, 7, crate::START);
    let _ = call.poll(&mut tokens, crate::START);
    call.handle_failure(failure(FailureKind::Connect), crate::START);
    let late = crate::START.after(4000 * crate::SECOND);
    assert!(matches!(call.poll(&mut tokens, late), wechat_material::driver::Action::Finish));
    let error = call.finish().unwrap_err();
    assert!(matches!(error, ClientError::Call { attempts: 1, .. }), "{error:?}");
}

#[test]
fn a_call_that_leaves_the_api_takes_no_token_and_renews_none() {
    let config = wechat_material::ClientConfig::default();
    let mut tokens = wechat_material::driver::TokenCache::default();
    let mut call = Call::<_, OpenFile>::opening(&Elsewhere, &config, 7, crate::START);
    let wechat_material::driver::Action::Send { request, expect } = call.poll(&mut tokens, crate::START)
    else {
        panic!("it asks for a token")
    };
    assert_eq!((request.uri().to_string().as_str(), expect), ("http://203.0.114.7/a.mp4", Expect::File));
    let (head, body) = fault(40001).into_parts();
    call.handle_head(head, crate::START);
    let _ = call.handle_chunk(&body, crate::START);
    let _ = call.handle_end(crate::START);
    assert!(matches!(call.poll(&mut tokens, crate::START), wechat_material::driver::Action::Finish));
    let error = call.finish().unwrap_err();
    assert!(matches!(error, ClientError::Call { attempts: 1, renewed: false, .. }), "{error:?}");
}
