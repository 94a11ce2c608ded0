//! What the blocking client tells, and what it never does: through every fault, by every call.

use std::error::Error;
use std::fmt::Debug;
use std::time::Duration;

use wechat_material::{AccessToken, Credentials, IssuedToken, MaterialType, Renewal, RetryPolicy};
use wechat_material_testkit::{Emulator, Quirk};
use wechat_material_ureq::{Client, SourceError, UreqTransport, ureq};

#[path = "told/events.rs"]
mod events;

use events::Events;

const CANARY: &str = "81_CANARY#&%+ 中";

/// What of it would be seen in any encoding, and what only when it is encoded.
const TRACES: [&str; 3] = ["CANARY", "#&%+ 中", "%E4%B8%AD"];

#[track_caller]
fn assert_silent(what: &str, printed: &str) {
    for trace in TRACES {
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

fn transport() -> UreqTransport {
    let agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_millis(300))).proxy(None);
    UreqTransport::from(ureq::Agent::new_with_config(agent.build())).max_body(1 << 20)
}

fn once_more() -> RetryPolicy {
    let moment = Duration::from_micros(100);
    RetryPolicy::default().attempts(2).waits(moment, moment).budget(Duration::from_secs(1))
}

#[test]
fn what_it_does_is_told_to_tracing() {
    Events::record();
    let emulator = Emulator::start().unwrap();
    let credentials = Credentials::new(Emulator::APP_ID, Emulator::APP_SECRET);
    let client = Client::builder(credentials, transport()).base_url(emulator.base_url());
    let client = client.retry(once_more().attempts(3)).build();
    client.access_token().unwrap();
    emulator.expire_tokens();
    emulator.misbehave_next(1, Quirk::Errcode(-1));
    client.get_material("VOICE-02").unwrap();
    let told = Events::of("VOICE-02");
    for event in ["request", "failure", "retry", "answer"] {
        let message = format!("message={event} call=\"GetMaterial\" media_id=\"VOICE-02\" attempt=");
        assert!(told.iter().any(|told| told.contains(&message)), "{event}: {told:?}");
    }
    assert!(told.iter().any(|told| told.contains("code=42001 rid=")), "{told:?}");
    assert!(!Events::of("message=renewal refused=true early=false forced=false").is_empty());
    let mut full: &mut [u8] = &mut [0; 10];
    client.download("IMAGE-02", &mut full).unwrap_err();
    assert!(Events::of("IMAGE-02").iter().any(|told| told.contains("kind=\"sink\"")));
}

#[test]
fn nothing_prints_token_or_secret() {
    Events::record();
    let emulator = Emulator::start().unwrap();
    let token = AccessToken::new(CANARY);
    emulator.accept(&token);
    let source = move |_: &Renewal| -> Result<_, SourceError> { Ok(IssuedToken::new(token.clone(), None)) };
    let with_token = Client::with_source(source, transport()).base_url(emulator.base_url());
    let with_token = with_token.retry(once_more()).build();
    let wrong = Credentials::new(Emulator::APP_ID, CANARY);
    let with_secret = Client::builder(wrong, transport()).base_url(emulator.base_url());
    let with_secret = with_secret.retry(once_more()).build();
    for quirk in Quirk::ALL.iter().copied().chain([Quirk::Errcode(40001)]) {
        let misbehave = || emulator.misbehave_next(2, quirk);
        misbehave();
        searched(&format!("{quirk}"), with_token.get_material("IMAGE-01"));
        misbehave();
        searched(&format!("{quirk}, a download"), with_token.download("IMAGE-01", &mut Vec::new()));
        misbehave();
        let got = with_token.download_with_restarts("IMAGE-01", &mut Vec::new());
        searched(&format!("{quirk}, a download with restarts"), got);
        misbehave();
        let listed: Result<Vec<_>, _> = with_token.list_materials(MaterialType::Image).collect();
        searched(&format!("{quirk}, a list"), listed);
        misbehave();
        searched(&format!("{quirk}, a count"), with_token.count_materials());
        misbehave();
        searched(&format!("{quirk}, the secret"), with_secret.access_token());
        assert_silent("clients", &format!("{with_token:?} {with_secret:?}"));
        emulator.behave();
        // The same client works on.
        assert_eq!(with_token.count_materials().unwrap().image, 2, "{quirk}");
    }
    searched("a refusal", with_secret.access_token());
    assert_silent("events", &Events::all().join("\n"));
}
