//! Where tokens come from, and what becomes of it when none comes.

use serde_json::json;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use wechat_material::{
    AccessToken, Category, ClientError, ErrorCode, Fault, IssuedToken, Renewal, TransportFn,
};
use wechat_material_reqwest::{Client, SourceError};
use wechat_material_testkit::Emulator;

use crate::answer;
use crate::polled::Polled;
use crate::{assert_picture, credentials, runtime, transport};

#[test]
fn a_wrong_secret_is_final_and_told_to_everyone_who_waited() {
    let (asked, gate) = (AtomicUsize::new(0), Semaphore::new(0));
    let transport = TransportFn::new(|_| async {
        asked.fetch_add(1, Ordering::SeqCst);
        gate.acquire().await.unwrap().forget();
        Ok::<_, io::Error>(answer(&json!({ "errcode": ErrorCode::INVALID_APP_SECRET, "errmsg": "" })))
    });
    let client = Client::builder(credentials(), transport).build();
    let mut callers = [(); 50].map(|()| Polled::new(client.get_material("id")));
    for caller in &mut callers {
        assert!(caller.poll().is_pending());
    }
    gate.add_permits(1);
    let causes = callers.each_mut().map(|caller| {
        assert_eq!(caller.wakes(), 1);
        let error = caller.expect().unwrap_err();
        assert_eq!(error.fault().map(Fault::category), Some(Category::Credentials));
        let ClientError::Token(cause) = error else { panic!("{error}") };
        cause
    });
    assert!(causes.iter().all(|cause| Arc::ptr_eq(cause, &causes[0])));
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    // Whoever comes later asks anew.
    gate.add_permits(1);
    assert!(Polled::new(client.get_material("id")).expect().is_err());
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_renewal_that_panics_is_picked_up_by_the_next_caller() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let source = move |_: &Renewal| {
        let asked = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            assert!(asked > 0, "the first one panics");
            Ok::<_, SourceError>(IssuedToken::new(AccessToken::new("SECOND"), None))
        }
    };
    let client = Client::with_source(source, transport()).build();
    runtime().block_on(async {
        let panicking = client.clone();
        assert!(tokio::spawn(async move { panicking.access_token().await }).await.is_err());
        assert_eq!(client.access_token().await.unwrap().expose(), "SECOND");
    });
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_source_of_ones_own_is_told_which_token_was_refused() {
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
    let client = Client::with_source(source, transport()).base_url(emulator.base_url()).build();
    runtime().block_on(async {
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        emulator.expire_tokens();
        let ClientError::Token(cause) = client.get_material("IMAGE-01").await.unwrap_err() else { panic!() };
        assert_eq!(cause.to_string(), "5 bytes were refused");
    });
}
