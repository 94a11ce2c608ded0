//! The client never prints or reports the token or the secret.

use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wechat_material::driver::Renewal;
use wechat_material::{AccessToken, Credentials, IssuedToken, MaterialType, RetryPolicy};
use wechat_material_client::{SourceError, TokenSource};
use wechat_material_reqwest::Client;
use wechat_material_testkit::{Emulator, Quirk};

use crate::canary::{CANARY, assert_result_is_silent, assert_silent};
use crate::events::Events;
use crate::waits::Waits;
use crate::{assert_picture, client, is_for_a_token, limited, runtime};

#[test]
fn calls_are_reported_to_tracing() {
    Events::record();
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        client.token().await.unwrap();
        emulator.expire_tokens();
        emulator.misbehave_next(1, Quirk::Errcode(-1));
        client.get_material("VOICE-02").await.unwrap();
        client.get_material("NO SUCH ID").await.unwrap_err();
    });
    let of_the_voice = Events::containing("VOICE-02");
    let reported = |start: &str| of_the_voice.iter().filter(|event| event.starts_with(start)).count();
    assert_eq!(reported("DEBUG message=request call=\"get_material\" subject=\"VOICE-02\" attempt="), 3);
    assert_eq!(
        reported(
            "WARN message=failure call=\"get_material\" subject=\"VOICE-02\" attempt=1 duration kind=\"fault\" code=-1"
        ),
        1
    );
    assert_eq!(reported("INFO message=retry call=\"get_material\" subject=\"VOICE-02\" attempt=1 time"), 1);
    assert_eq!(
        reported(
            "WARN message=failure call=\"get_material\" subject=\"VOICE-02\" attempt=2 duration kind=\"fault\" code=42001 rid="
        ),
        1
    );
    let answer = "DEBUG message=answer call=\"get_material\" subject=\"VOICE-02\" attempt=3 duration \
                  evidence=Attachment repairs=0";
    assert_eq!(reported(answer), 1);
    assert_eq!(of_the_voice.len(), 7);
    for renewal in ["refused=false early=false forced=false", "refused=true early=false forced=false"] {
        assert!(!Events::containing(&format!("message=renewal {renewal}")).is_empty(), "{renewal}");
    }
    assert!(!Events::containing("message=request call=\"stable_token\"").is_empty());
    assert_eq!(Events::containing("NO SUCH ID").len(), 2);
}

#[test]
fn the_token_and_the_secret_are_never_printed() {
    const TIMEOUT: Duration = Duration::from_millis(300);
    Events::record();
    let emulator = Emulator::start().unwrap();
    let token = AccessToken::new(CANARY);
    emulator.accept(&token);
    let events = Arc::new(Mutex::new(Vec::new()));
    let client = |source: TokenSource| {
        let events = Arc::clone(&events);
        let builder = Client::builder(source, limited::transport(TIMEOUT, 1 << 20))
            .base_url(emulator.base_url())
            .retry(RetryPolicy::default().max_attempts(2))
            .on_event(move |event| events.lock().unwrap().push(format!("{event:?}")));
        assert_silent("a builder", &format!("{builder:?}"));
        builder.runtime(Waits::default()).build()
    };
    let source = move |_: &Renewal| ready(Ok::<_, SourceError>(IssuedToken::new(token.clone(), None)));
    let with_token = client(TokenSource::from_fn(source));
    let with_secret = client(TokenSource::stable(Credentials::new(Emulator::APP_ID, CANARY)));
    runtime().block_on(async {
        for quirk in Quirk::ALL.iter().copied().chain([Quirk::Errcode(40001)]) {
            let misbehave = || emulator.misbehave_next(2, quirk);
            misbehave();
            assert_result_is_silent(&format!("{quirk}"), &with_token.get_material("IMAGE-01").await);
            misbehave();
            let got = with_token.download("IMAGE-01", &mut Vec::new()).await;
            assert_result_is_silent(&format!("{quirk}, a download"), &got);
            misbehave();
            let got = with_token.download_with_restarts("IMAGE-01", &mut Vec::new()).await;
            assert_result_is_silent(&format!("{quirk}, a download with restarts"), &got);
            misbehave();
            let listed: Result<Vec<_>, _> =
                with_token.list_materials(MaterialType::Image).try_collect().await;
            assert_result_is_silent(&format!("{quirk}, a list"), &listed);
            misbehave();
            assert_result_is_silent(&format!("{quirk}, a count"), &with_token.count_materials().await);
            misbehave();
            assert_result_is_silent(&format!("{quirk}, the secret"), &with_secret.token().await);
            assert_silent("clients", &format!("{with_token:?} {with_secret:?}"));
            emulator.behave();
            // Every request contained the token or the secret, and the client still works.
            for exchange in emulator.take_exchanges() {
                let body = String::from_utf8_lossy(&exchange.body);
                let has_secret = if is_for_a_token(&exchange) {
                    body.contains(CANARY)
                } else {
                    exchange.target.ends_with("81_CANARY%23%26%25%2B%20%E4%B8%AD")
                };
                assert!(has_secret, "{quirk}: {} {body}", exchange.target);
            }
            assert_picture(&with_token.get_material("IMAGE-01").await.unwrap());
        }
        assert_result_is_silent("a refusal", &with_secret.token().await);
    });
    let events = events.lock().unwrap().join("\n");
    assert!(events.contains("Failure"), "{events}");
    assert_silent("events of the client", &events);
    let reported = Events::all().join("\n");
    assert_silent("events of tracing", &reported);
    assert!(!reported.contains(Emulator::APP_SECRET));
}
