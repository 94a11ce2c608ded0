//! The blocking client never prints or reports the token or the secret, for any fault and any call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use wechat_material::driver::Renewal;
use wechat_material::{AccessToken, Credentials, IssuedToken, MaterialType, RetryPolicy};
use wechat_material_client::blocking::TokenSource;
use wechat_material_testkit::{Emulator, Quirk};
use wechat_material_ureq::{Client, UreqTransport};

#[path = "secrecy/canary.rs"]
mod canary;
#[path = "tracing/events.rs"]
mod events;
#[path = "limited/ureq.rs"]
mod limited;

use canary::{CANARY, assert_result_is_silent, assert_silent};
use events::Events;

fn transport() -> UreqTransport {
    limited::transport(Duration::from_millis(300), 1 << 20)
}

fn once_more() -> RetryPolicy {
    let moment = Duration::from_micros(100);
    RetryPolicy::default().max_attempts(2).backoff(moment, moment).max_elapsed(Duration::from_secs(1))
}

#[test]
fn calls_are_reported_to_tracing() {
    Events::record();
    let emulator = Emulator::start().unwrap();
    let credentials = Credentials::new(Emulator::APP_ID, Emulator::APP_SECRET);
    let client = Client::builder(credentials, transport())
        .base_url(emulator.base_url())
        .retry(once_more().max_attempts(3))
        .build();
    client.token().unwrap();
    emulator.expire_tokens();
    emulator.misbehave_next(1, Quirk::Errcode(-1));
    client.get_material("VOICE-02").unwrap();
    let reported = Events::containing("VOICE-02");
    for event in ["request", "failure", "retry", "answer"] {
        let message = format!("message={event} call=\"get_material\" subject=\"VOICE-02\" attempt=");
        assert!(reported.iter().any(|reported| reported.contains(&message)), "{event}: {reported:?}");
    }
    assert!(reported.iter().any(|reported| reported.contains("code=42001 rid=")), "{reported:?}");
    assert!(!Events::containing("message=renewal refused=true early=false forced=false").is_empty());
    let mut full: &mut [u8] = &mut [0; 10];
    client.download("IMAGE-02", &mut full).unwrap_err();
    assert!(Events::containing("IMAGE-02").iter().any(|reported| reported.contains("kind=\"sink\"")));
}

#[test]
fn the_token_and_the_secret_are_never_printed() {
    Events::record();
    let emulator = Emulator::start().unwrap();
    let token = AccessToken::new(CANARY);
    emulator.accept(&token);
    let events = Arc::new(Mutex::new(Vec::new()));
    let client = |source: TokenSource| {
        let events = Arc::clone(&events);
        let builder = Client::builder(source, transport())
            .base_url(emulator.base_url())
            .retry(once_more())
            .on_event(move |event| events.lock().unwrap().push(format!("{event:?}")));
        assert_silent("a builder", &format!("{builder:?}"));
        builder.build()
    };
    let source = move |_: &Renewal| Ok(IssuedToken::new(token.clone(), None));
    let with_token = client(TokenSource::from_fn(source));
    let with_secret = client(TokenSource::stable(Credentials::new(Emulator::APP_ID, CANARY)));
    for quirk in Quirk::ALL.iter().copied().chain([Quirk::Errcode(40001)]) {
        let misbehave = || emulator.misbehave_next(2, quirk);
        misbehave();
        assert_result_is_silent(&format!("{quirk}"), &with_token.get_material("IMAGE-01"));
        misbehave();
        let got = with_token.download("IMAGE-01", &mut Vec::new());
        assert_result_is_silent(&format!("{quirk}, a download"), &got);
        misbehave();
        let got = with_token.download_with_restarts("IMAGE-01", &mut Vec::new());
        assert_result_is_silent(&format!("{quirk}, a download with restarts"), &got);
        misbehave();
        let listed: Result<Vec<_>, _> = with_token.list_materials(MaterialType::Image).collect();
        assert_result_is_silent(&format!("{quirk}, a list"), &listed);
        misbehave();
        assert_result_is_silent(&format!("{quirk}, a count"), &with_token.count_materials());
        misbehave();
        assert_result_is_silent(&format!("{quirk}, the secret"), &with_secret.token());
        assert_silent("clients", &format!("{with_token:?} {with_secret:?}"));
        emulator.behave();
        // The client still works.
        assert_eq!(with_token.count_materials().unwrap().image, 2, "{quirk}");
    }
    assert_result_is_silent("a refusal", &with_secret.token());
    assert_silent("events of tracing", &Events::all().join("\n"));
    let events = events.lock().unwrap().join("\n");
    assert!(events.contains("Failure"), "{events}");
    assert_silent("events of the client", &events);
}
