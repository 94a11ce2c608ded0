//! What is told, and what never is.

use futures_util::TryStreamExt;
use std::error::Error;
use std::fmt::Debug;
use std::future::ready;
use std::time::Duration;
use wechat_material::{AccessToken, Credentials, IssuedToken, MaterialType, Renewal, RetryPolicy};
use wechat_material_reqwest::{Client, ReqwestTransport, SourceError};
use wechat_material_testkit::{Emulator, Quirk};

use crate::events::Events;
use crate::{assert_picture, client, is_for_a_token, runtime};

const CANARY: &str = "81_CANARY#&%+ 中";

/// What of it would be seen in any encoding, and what only when it is encoded.
const TRACES: [&str; 3] = ["CANARY", "#&%+ 中", "%E4%B8%AD"];

/// Searches all that was printed.
#[track_caller]
fn assert_silent(what: &str, printed: &str) {
    for trace in TRACES.iter().chain(&[Emulator::APP_SECRET]) {
        assert!(!printed.contains(trace), "{what}: {printed}");
    }
}

#[track_caller]
fn searched<T: Debug, E: Error + 'static>(what: &str, got: Result<T, E>) {
    match got {
        Ok(answer) => assert_silent(what, &format!("{answer:?}")),
        Err(error) => {
            let mut next: Option<&dyn Error> = Some(&error);
            while let Some(error) = next {
                assert_silent(what, &format!("{error} {error:?}"));
                next = error.source();
            }
        }
    }
}

#[test]
fn what_a_client_does_is_told_to_tracing() {
    Events::record();
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        client.access_token().await.unwrap();
        emulator.expire_tokens();
        emulator.misbehave_next(1, Quirk::Errcode(-1));
        client.get_material("VOICE-02").await.unwrap();
        client.get_material("NO SUCH ID").await.unwrap_err();
    });
    let of_the_voice = Events::of("VOICE-02");
    let told = |start: &str| of_the_voice.iter().filter(|event| event.starts_with(start)).count();
    assert_eq!(told("DEBUG message=request call=\"GetMaterial\" media_id=\"VOICE-02\" attempt="), 3);
    assert_eq!(
        told(
            "WARN message=failure call=\"GetMaterial\" media_id=\"VOICE-02\" attempt=1 duration kind=\"fault\" code=-1"
        ),
        1
    );
    assert_eq!(told("INFO message=retry call=\"GetMaterial\" media_id=\"VOICE-02\" attempt=1 time"), 1);
    assert_eq!(
        told(
            "WARN message=failure call=\"GetMaterial\" media_id=\"VOICE-02\" attempt=2 duration kind=\"fault\" code=42001 rid="
        ),
        1
    );
    let answer = "DEBUG message=answer call=\"GetMaterial\" media_id=\"VOICE-02\" attempt=3 duration \
                  evidence=Attachment repairs=0";
    assert_eq!(told(answer), 1);
    assert_eq!(of_the_voice.len(), 7);
    for renewal in ["refused=false early=false forced=false", "refused=true early=false forced=false"] {
        assert!(!Events::of(&format!("message=renewal {renewal}")).is_empty(), "{renewal}");
    }
    assert!(!Events::of("message=request call=\"StableToken\"").is_empty());
    assert_eq!(Events::of("NO SUCH ID").len(), 2);
}

#[test]
fn nothing_prints_token_or_secret() {
    const TIMEOUT: Duration = Duration::from_millis(300);
    Events::record();
    let emulator = Emulator::start().unwrap();
    let token = AccessToken::new(CANARY);
    emulator.accept(&token);
    let builder = || ReqwestTransport::builder().timeout(TIMEOUT).build().unwrap();
    let transport = || ReqwestTransport::from(builder()).max_body(1 << 20);
    let twice = RetryPolicy::default().attempts(2);
    let source = move |_: &Renewal| ready(Ok::<_, SourceError>(IssuedToken::new(token.clone(), None)));
    let with_token =
        Client::with_source(source, transport()).base_url(emulator.base_url()).retry(twice.clone());
    let with_secret = Client::builder(Credentials::new(Emulator::APP_ID, CANARY), transport())
        .base_url(emulator.base_url())
        .retry(twice);
    assert_silent("builders", &format!("{with_token:?} {with_secret:?}"));
    let (with_token, with_secret) = (with_token.timer(|_| ready(())), with_secret.timer(|_| ready(())));
    let (with_token, with_secret) = (with_token.build(), with_secret.build());
    runtime().block_on(async {
        for quirk in Quirk::ALL.iter().copied().chain([Quirk::Errcode(40001)]) {
            emulator.misbehave_next(2, quirk);
            searched(&format!("{quirk}"), with_token.get_material("IMAGE-01").await);
            emulator.misbehave_next(2, quirk);
            let mut bytes = Vec::new();
            searched(&format!("{quirk}, a download"), with_token.download("IMAGE-01", &mut bytes).await);
            emulator.misbehave_next(2, quirk);
            let got = with_token.download_with_restarts("IMAGE-01", &mut Vec::new()).await;
            searched(&format!("{quirk}, a download with restarts"), got);
            emulator.misbehave_next(2, quirk);
            let listed: Result<Vec<_>, _> =
                with_token.list_materials(MaterialType::Image).try_collect().await;
            searched(&format!("{quirk}, a list"), listed);
            emulator.misbehave_next(2, quirk);
            searched(&format!("{quirk}, a count"), with_token.count_materials().await);
            emulator.misbehave_next(2, quirk);
            searched(&format!("{quirk}, the secret"), with_secret.access_token().await);
            assert_silent("clients", &format!("{with_token:?} {with_secret:?}"));
            emulator.behave();
            // Every one of them went out with the token or the secret, and the client works on.
            for exchange in emulator.take_exchanges() {
                let body = String::from_utf8_lossy(&exchange.body);
                let is_out = if is_for_a_token(&exchange) {
                    body.contains(CANARY)
                } else {
                    exchange.target.ends_with("81_CANARY%23%26%25%2B%20%E4%B8%AD")
                };
                assert!(is_out, "{quirk}: {} {body}", exchange.target);
            }
            assert_picture(&with_token.get_material("IMAGE-01").await.unwrap());
        }
        searched("a refusal", with_secret.access_token().await);
    });
    assert_silent("events", &Events::all().join("\n"));
}
