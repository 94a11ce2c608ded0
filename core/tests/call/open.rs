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

fn opened(script: Opening<'_>) -> OpenFile {
    let Parsed { output, evidence, .. } = script.call.open(|file| file).unwrap();
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
    let error = call.call.open(|file| file).unwrap_err();
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
    let parsed = call.call.open(|_| panic!("nothing is opened")).unwrap();
    assert!(matches!(parsed.output, Material::News(_)));
}

#[test]
fn nothing_is_opened_before_there_is_something() {
    let setup = setup();
    let error = opening(&setup).call.open(|file| file).unwrap_err();
    assert!(matches!(error, ClientError::WrongEvent { event: "finish", .. }), "{error:?}");
    let mut call = opening(&setup);
    assert_eq!(call.poll(), Step::Send);
    call.call.handle_response(crate::response::response(200, &[], NEWS), call.now);
    let error = call.error();
    assert!(matches!(error, ClientError::WrongEvent { event: "handle_response", .. }), "{error:?}");
    let mut call = receiving(&setup, &[]);
    let _ = call.call.handle_chunk(&picture(600), call.now);
    let _ = call.call.handle_chunk(b"more", call.now);
    let error = call.error();
    assert!(matches!(error, ClientError::WrongEvent { event: "handle_chunk", due: "open", .. }), "{error:?}");
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
    assert!(matches!(api_error(call.call.open(|file| file).unwrap_err()), ApiError::Shape { .. }));
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
