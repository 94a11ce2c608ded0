//! Token sources, and their failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use wechat_material::driver::Renewal;
use wechat_material::{AccessToken, Category, ClientError, Credentials, Fault, IssuedToken};
use wechat_material_client::SourceError;
use wechat_material_client::blocking::TokenSource;
use wechat_material_testkit::Emulator;
use wechat_material_ureq::{Client, UreqTransport};

use crate::{assert_picture, counts, credentials, quick};

/// A client with this token source.
fn client(source: TokenSource, emulator: &Emulator) -> Client {
    Client::builder(source, UreqTransport::new()).base_url(emulator.base_url()).retry(quick()).build()
}

#[test]
fn a_wrong_secret_is_final_and_every_waiting_caller_gets_the_error() {
    const THREADS: usize = 16;
    let emulator = Emulator::start().unwrap();
    let client = client(TokenSource::stable(Credentials::new(Emulator::APP_ID, "CANARY")), &emulator);
    let errors: Vec<_> = thread::scope(|scope| {
        let calls: Vec<_> =
            (0..THREADS).map(|_| scope.spawn(|| client.get_material("IMAGE-01").unwrap_err())).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    for error in errors {
        assert!(matches!(error, ClientError::Token(_)), "{error:?}");
        assert_eq!(error.fault().map(Fault::category), Some(Category::Credentials));
        assert!(!format!("{error} {error:?} {client:?}").contains("CANARY"));
    }
    let (tokens, others) = counts(&emulator);
    // A call that starts after the renewal has failed starts another one.
    assert!((1..=THREADS).contains(&tokens) && others == 0);
}

#[test]
fn the_next_caller_starts_a_new_renewal_after_a_panic() {
    let emulator = Emulator::start().unwrap();
    let token = emulator.token();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let source = move |_: &Renewal| -> Result<IssuedToken, SourceError> {
        assert!(counted.fetch_add(1, Ordering::SeqCst) > 0, "the first renewal panics");
        Ok(IssuedToken::new(token.clone(), None))
    };
    let client = client(TokenSource::from_fn(source), &emulator);
    let panicking = client.clone();
    assert!(thread::spawn(move || panicking.get_material("IMAGE-01")).join().is_err());
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_custom_source_gets_the_refused_token() {
    let emulator = Emulator::start().unwrap();
    let fresh = AccessToken::new("FRESH");
    emulator.accept(&fresh);
    let source = move |renewal: &Renewal| -> Result<IssuedToken, SourceError> {
        let token = match renewal.refused().map(AccessToken::expose) {
            None => AccessToken::new("STALE"),
            Some("STALE") => fresh.clone(),
            Some(other) => return Err(format!("{} bytes were refused", other.len()).into()),
        };
        Ok(IssuedToken::new(token, Some(Duration::from_secs(60))))
    };
    let client = client(TokenSource::from_fn(source), &emulator);
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    emulator.expire_tokens();
    let error = client.get_material("IMAGE-01").unwrap_err();
    let ClientError::Token(cause) = error else { panic!("{error}") };
    assert_eq!(cause.to_string(), "5 bytes were refused");
}

#[test]
fn a_classic_token_is_obtained_and_renewed() {
    let emulator = Emulator::start().unwrap();
    let client = client(TokenSource::classic(credentials()), &emulator);
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    emulator.expire_tokens();
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    let exchanges = emulator.take_exchanges();
    let classic = exchanges.iter().filter(|exchange| exchange.target.starts_with("/cgi-bin/token?"));
    assert_eq!((classic.count(), exchanges.len()), (2, 5));
}

#[test]
fn a_refused_fixed_token_is_not_retried() {
    let emulator = Emulator::start().unwrap();
    let client = client(TokenSource::fixed(emulator.token()), &emulator);
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    emulator.expire_tokens();
    emulator.take_exchanges();
    let error = client.get_material("IMAGE-01").unwrap_err();
    assert!(matches!(error, ClientError::Call { attempts: 1, renewed: false, .. }), "{error:?}");
    assert_eq!(error.fault().map(Fault::category), Some(Category::Token));
    assert_eq!(counts(&emulator), (0, 1));
}
