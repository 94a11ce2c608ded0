//! Token sources, and their failures.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Semaphore;
use wechat_material::driver::Renewal;
use wechat_material::{AccessToken, Category, ClientError, ErrorCode, Fault, IssuedToken, TransportFn};
use wechat_material_client::{Client, SourceError, TokenSource};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_testkit::{Emulator, Exchange};

use crate::answer;
use crate::polled::Polled;
use crate::waits::Waits;
use crate::{assert_picture, counts, credentials, runtime};

/// A client with this token source.
fn client(source: TokenSource, emulator: &Emulator) -> wechat_material_reqwest::Client {
    Client::builder(source, ReqwestTransport::new()).base_url(emulator.base_url()).build()
}

#[test]
fn a_wrong_secret_is_final_and_every_waiting_caller_gets_the_error() {
    let (asked, permits) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let (counted, gate) = (Arc::clone(&asked), Arc::clone(&permits));
    let transport = TransportFn::new(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        let gate = Arc::clone(&gate);
        async move {
            gate.acquire().await.unwrap().forget();
            Ok::<_, io::Error>(answer(&json!({ "errcode": ErrorCode::INVALID_APP_SECRET, "errmsg": "" })))
        }
    });
    let client = Client::builder(credentials(), transport).runtime(Waits::default()).build();
    let mut callers = [(); 50].map(|()| Polled::new(client.get_material("id")));
    for caller in &mut callers {
        assert!(caller.poll().is_pending());
    }
    permits.add_permits(1);
    let causes = callers.each_mut().map(|caller| {
        assert_eq!(caller.wakes(), 1);
        let error = caller.expect().unwrap_err();
        assert_eq!(error.fault().map(Fault::category), Some(Category::Credentials));
        let ClientError::Token(cause) = error else { panic!("{error}") };
        cause
    });
    assert!(causes.iter().all(|cause| Arc::ptr_eq(cause, &causes[0])));
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    // A later caller starts a new renewal.
    permits.add_permits(1);
    assert!(Polled::new(client.get_material("id")).expect().is_err());
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn the_next_caller_starts_a_new_renewal_after_a_panic() {
    let emulator = Emulator::start().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let source = move |_: &Renewal| {
        let asked = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            assert!(asked > 0, "the first renewal panics");
            Ok::<_, SourceError>(IssuedToken::new(AccessToken::new("SECOND"), None))
        }
    };
    let client = client(TokenSource::from_fn(source), &emulator);
    runtime().block_on(async {
        let panicking = client.clone();
        assert!(tokio::spawn(async move { panicking.token().await }).await.is_err());
        assert_eq!(client.token().await.unwrap().token.expose(), "SECOND");
    });
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_custom_source_gets_the_refused_token() {
    let emulator = Emulator::start().unwrap();
    let fresh = AccessToken::new("FRESH");
    emulator.accept(&fresh);
    let source = move |renewal: &Renewal| {
        let (refused, fresh) = (renewal.refused().cloned(), fresh.clone());
        async move {
            let token = match refused.as_ref().map(AccessToken::expose) {
                None => AccessToken::new("STALE"),
                Some("STALE") => fresh,
                Some(other) => return Err(SourceError::from(format!("{} bytes were refused", other.len()))),
            };
            Ok(IssuedToken::new(token, Some(Duration::from_secs(60))))
        }
    };
    let client = client(TokenSource::from_fn(source), &emulator);
    runtime().block_on(async {
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        emulator.expire_tokens();
        let ClientError::Token(cause) = client.get_material("IMAGE-01").await.unwrap_err() else { panic!() };
        assert_eq!(cause.to_string(), "5 bytes were refused");
    });
}

#[test]
fn a_classic_token_is_obtained_and_renewed() {
    let emulator = Emulator::start().unwrap();
    let client = client(TokenSource::classic(credentials()), &emulator);
    runtime().block_on(async {
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        emulator.expire_tokens();
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
    });
    let exchanges = emulator.take_exchanges();
    let is_classic = |exchange: &&Exchange| exchange.target.starts_with("/cgi-bin/token?");
    assert_eq!((exchanges.iter().filter(is_classic).count(), exchanges.len()), (2, 5));
}

#[test]
fn a_refused_fixed_token_is_not_retried() {
    let emulator = Emulator::start().unwrap();
    let client = client(TokenSource::fixed(emulator.token()), &emulator);
    runtime().block_on(async {
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        emulator.expire_tokens();
        emulator.take_exchanges();
        let error = client.get_material("IMAGE-01").await.unwrap_err();
        assert!(matches!(error, ClientError::Call { attempts: 1, renewed: false, .. }), "{error:?}");
        assert_eq!(error.fault().map(Fault::category), Some(Category::Token));
        assert_eq!(counts(&emulator), (0, 1));
    });
}
