//! Which failures are retried, and when.

use std::time::Duration;
use wechat_material::{ApiError, CallError, ClientError, ParseOptions, RetryPolicy, Strictness};
use wechat_material_reqwest::{Client, ReqwestTransport};
use wechat_material_testkit::{Emulator, Quirk};

use crate::{assert_picture, client, counts, credentials, runtime};

#[test]
fn two_transient_failures_are_retried() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, waits) = client(&emulator);
        client.token().await.unwrap();
        for quirk in [Quirk::Errcode(-1), Quirk::BadGateway, Quirk::EmptyBody, Quirk::Unavailable] {
            emulator.take_exchanges();
            emulator.misbehave_next(2, quirk);
            assert_picture(&client.get_material("IMAGE-01").await.unwrap());
            assert_eq!(counts(&emulator), (0, 3), "{quirk}");
            let [first, second] = waits.take()[..] else { panic!("{quirk}") };
            // At least the wait that the server asks for, and at most a quarter more.
            let asked_for = Duration::from_secs(u64::from(quirk == Quirk::Unavailable));
            let longest = |backoff| asked_for.mul_f64(1.25).max(Duration::from_millis(backoff));
            assert!((asked_for..=longest(500)).contains(&first), "{first:?}");
            assert!((asked_for..=longest(1000)).contains(&second), "{second:?}");
        }
    });
}

#[test]
fn the_options_control_how_strictly_answers_are_read() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let builder =
            || Client::builder(credentials(), ReqwestTransport::new()).base_url(emulator.base_url());
        let strict = ParseOptions::default().strictness(Strictness::Strict);
        let (tolerant, strict) = (builder().build(), builder().options(strict).build());
        emulator.misbehave_for("NEWS-ONE", Quirk::TrailingComma);
        assert_eq!(tolerant.get_material_detailed("NEWS-ONE").await.unwrap().repairs.len(), 1);
        let error = strict.get_material("NEWS-ONE").await.unwrap_err();
        let ClientError::Call { cause, .. } = error else { panic!("{error}") };
        assert!(matches!(*cause, CallError::Api(ApiError::Json { .. })), "{cause:?}");
    });
}

#[test]
fn a_client_waits_with_the_timer_of_tokio_by_default() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let quick = RetryPolicy::default().backoff(Duration::from_micros(10), Duration::from_micros(100));
        let builder = Client::builder(credentials(), ReqwestTransport::new()).base_url(emulator.base_url());
        let client = builder.retry(quick).build();
        emulator.misbehave_next(2, Quirk::Errcode(-1));
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        assert_eq!(counts(&emulator), (3, 1));
    });
}

#[test]
fn a_permanent_failure_is_not_retried() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, waits) = client(&emulator);
        client.token().await.unwrap();
        for code in [45009, 48001, 40164, 40007] {
            emulator.take_exchanges();
            emulator.misbehave_next(1, Quirk::Errcode(code));
            let error = client.get_material("IMAGE-01").await.unwrap_err();
            assert!(matches!(error, ClientError::Call { attempts: 1, .. }), "{code}: {error:?}");
            assert_eq!(error.fault().map(|fault| fault.code.0), Some(code));
            assert_eq!((counts(&emulator), waits.take()), ((0, 1), vec![]), "{code}");
        }
    });
}

#[test]
fn an_interrupted_call_is_retried_up_to_the_limit_of_the_policy() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, waits) = client(&emulator);
        client.token().await.unwrap();
        for quirk in [Quirk::ResetBeforeBody, Quirk::ResetInBody, Quirk::TruncatedBody] {
            emulator.misbehave_next(1, quirk);
            assert_picture(&client.get_material("IMAGE-01").await.unwrap());
            assert_eq!(waits.take().len(), 1, "{quirk}");
        }
        emulator.take_exchanges();
        emulator.misbehave_for("IMAGE-01", Quirk::TruncatedBody);
        let error = client.get_material("IMAGE-01").await.unwrap_err();
        assert!(matches!(error, ClientError::Call { attempts: 5, .. }), "{error:?}");
        assert_eq!((counts(&emulator), waits.take().len()), ((0, 5), 4));
    });
}
