//! Which failures are retried, and how often.

use std::fmt::Write;
use std::time::Duration;

use wechat_material::{ClientError, RetryPolicy};
use wechat_material_testkit::{Emulator, Quirk, Sent};
use wechat_material_ureq::Client;

use crate::{assert_picture, builder, client, counts, credentials, limited, quick};

#[test]
fn two_transient_failures_are_retried() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    client.token().unwrap();
    for quirk in [Quirk::Errcode(-1), Quirk::BadGateway, Quirk::ResetInBody, Quirk::EmptyBody] {
        emulator.take_exchanges();
        emulator.misbehave_next(2, quirk);
        assert_picture(&client.get_material("IMAGE-01").unwrap_or_else(|error| panic!("{quirk}: {error}")));
        assert_eq!(counts(&emulator), (0, 3), "{quirk}");
    }
}

#[test]
fn a_permanent_failure_is_not_retried() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    client.token().unwrap();
    for quirk in [
        Quirk::Errcode(45009),
        Quirk::Errcode(48001),
        Quirk::Errcode(40164),
        Quirk::Errcode(40007),
        Quirk::HtmlPage,
        Quirk::UnclosedString,
        Quirk::Gzip,
        Quirk::RedirectElsewhere,
    ] {
        emulator.take_exchanges();
        emulator.misbehave_next(1, quirk);
        let error = client.get_material("IMAGE-01").unwrap_err();
        assert!(matches!(error, ClientError::Call { attempts: 1, .. }), "{quirk}: {error:?}");
        assert_eq!(counts(&emulator), (0, 1), "{quirk}");
    }
}

#[test]
fn the_policy_limits_attempts_and_time() {
    let emulator = Emulator::start().unwrap();
    emulator.misbehave_for("IMAGE-01", Quirk::Errcode(-1));
    let error = client(&emulator).get_material("IMAGE-01").unwrap_err();
    assert!(matches!(error, ClientError::Call { attempts: 5, .. }), "{error:?}");
    assert!(error.to_string().contains("after 5 attempts"), "{error}");
    assert_eq!(counts(&emulator).1, 5);
    let once = builder(&emulator).retry(RetryPolicy::never()).build();
    once.get_material("IMAGE-01").unwrap_err();
    assert_eq!(counts(&emulator).1, 1);
    // After a rate limit, a call waits for a minute.
    let hasty = builder(&emulator).retry(quick().max_elapsed(Duration::from_secs(59))).build();
    emulator.misbehave_for("IMAGE-01", Quirk::Errcode(45011));
    let error = hasty.get_material("IMAGE-01").unwrap_err();
    assert!(matches!(error, ClientError::Call { attempts: 1, .. }), "{error:?}");
}

#[test]
fn the_client_works_again_after_every_quirk() {
    let emulator = Emulator::start().unwrap();
    let transport = limited::transport(Duration::from_millis(300), 1 << 20);
    let client = Client::builder(credentials(), transport)
        .base_url(emulator.base_url())
        .retry(quick().max_attempts(2).max_elapsed(Duration::from_secs(5)))
        .build();
    let mut printed = String::new();
    for quirk in Quirk::ALL.iter().copied() {
        assert_picture(&client.get_material("IMAGE-01").unwrap());
        emulator.misbehave_next(1, quirk);
        match client.get_material("IMAGE-01") {
            Ok(material) => write!(printed, "{material:?}").unwrap(),
            Err(error) => {
                let mut next: Option<&dyn std::error::Error> = Some(&error);
                while let Some(error) = next {
                    write!(printed, "{error} {error:?}").unwrap();
                    next = error.source();
                }
            }
        }
        let sent = emulator.take_exchanges();
        assert!(sent.iter().any(|exchange| exchange.sent == Sent::Quirk(quirk)), "{quirk}");
    }
    assert!(!printed.contains(emulator.token().expose()) && !printed.contains(Emulator::APP_SECRET));
}
