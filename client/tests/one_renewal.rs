//! A refused token is renewed once, no matter how many calls were refused with it, and which of them are polled.

use std::sync::{Arc, Barrier};
use std::thread;

use futures_util::{StreamExt, stream};
use wechat_material_client::{Client, blocking};

#[allow(dead_code, reason = "each test file uses what it needs of it")]
mod common;

use common::{NoTimer, Server, Slow, credentials, quick};

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn client(server: &Server) -> Client<Slow> {
    Client::builder(credentials(), Slow(server.clone())).retry(quick()).runtime(NoTimer::new()).build()
}

/// There is no timer, so a call that waits for something that is not driven would wait forever.
#[test]
fn a_call_in_the_body_of_a_loop_over_buffered_calls_does_not_wait_for_futures_that_are_not_polled() {
    for life in 8..40 {
        let server = Server::with_life(life);
        let client = client(&server);
        let done = block_on(async {
            let calls = stream::iter(0..100).map(|number| {
                let client = client.clone();
                async move { client.get_material(&format!("M{number}")).await }
            });
            let mut calls = calls.buffer_unordered(4);
            let mut done = 0;
            while let Some(material) = calls.next().await {
                material.unwrap();
                client.count_materials().await.unwrap();
                done += 1;
            }
            done
        });
        assert_eq!(done, 100);
        assert!(server.tokens() <= 200 / life + 2, "{} tokens, each for {life} calls", server.tokens());
    }
}

#[test]
fn two_hundred_tasks_whose_token_is_refused_renew_it_once() {
    let server = Server::with_life(u64::MAX);
    let client = client(&server);
    block_on(async {
        client.count_materials().await.unwrap();
        for round in 1..=20 {
            let old = server.tokens();
            assert_eq!(old, round);
            server.expire();
            let calls = (0..200).map(|_| client.count_materials());
            for counts in futures_util::future::join_all(calls).await {
                assert_eq!(counts.unwrap().image, 3);
            }
            assert_eq!(server.tokens(), old + 1);
        }
    });
}

#[test]
fn two_hundred_threads_whose_token_is_refused_renew_it_once() {
    let server = Server::with_life(u64::MAX);
    let client = blocking::Client::builder(credentials(), server.clone()).retry(quick()).build();
    client.count_materials().unwrap();
    for round in 1..=20 {
        assert_eq!(server.tokens(), round);
        server.expire();
        let start = Arc::new(Barrier::new(200));
        thread::scope(|scope| {
            for _ in 0..200 {
                let (client, start) = (client.clone(), Arc::clone(&start));
                scope.spawn(move || {
                    start.wait();
                    assert_eq!(client.count_materials().unwrap().image, 3);
                });
            }
        });
        assert_eq!(server.tokens(), round + 1);
    }
}
