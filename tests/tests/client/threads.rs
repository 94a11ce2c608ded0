//! One client that many threads use.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use wechat_material::http::Request;
use wechat_material::{Transport, TransportFn};
use wechat_material_client::blocking;
use wechat_material_testkit::{Emulator, Exchange};
use wechat_material_ureq::{Client, UreqTransport};

use crate::{assert_picture, credentials, is_for_a_token, quick};

/// Delays the first responses until this many calls were refused.
fn together(calls: usize) -> impl Transport + Send + Sync {
    let (inner, barrier, sent) = (UreqTransport::new(), Barrier::new(calls), AtomicUsize::new(0));
    TransportFn::new(move |request: Request<Vec<u8>>| {
        let is_asset = request.uri().path().ends_with("get_material");
        let response = inner.send(request);
        if is_asset && sent.fetch_add(1, Ordering::SeqCst) < calls {
            barrier.wait();
        }
        response
    })
}

#[test]
fn threads_with_an_expired_token_renew_it_once() {
    const THREADS: usize = 64;
    let emulator = Emulator::start().unwrap();
    let client = blocking::Client::builder(credentials(), together(THREADS))
        .base_url(emulator.base_url())
        .retry(quick())
        .build();
    let old = client.token().unwrap().token;
    emulator.expire_tokens();
    emulator.take_exchanges();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| assert_picture(&client.get_material("IMAGE-01").unwrap()));
        }
    });
    let exchanges = emulator.take_exchanges();
    let is_old = |exchange: &Exchange| exchange.target.contains(old.expose());
    let renewals: Vec<_> = (0..exchanges.len()).filter(|at| is_for_a_token(&exchanges[*at])).collect();
    let [renewal] = renewals[..] else { panic!("{} renewals", renewals.len()) };
    assert!(exchanges[..renewal].iter().all(is_old));
    assert!(!exchanges[renewal..].iter().any(is_old));
    assert_eq!(exchanges.len(), THREADS + 1 + THREADS);
}

#[test]
fn a_client_can_be_shared_and_sent() {
    fn is_shared<T: Clone + Send + Sync + 'static>() {}
    is_shared::<Client>();
}
