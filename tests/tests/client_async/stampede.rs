//! A thousand tasks that share one token.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::sync::{Barrier, Semaphore};
use tokio::task::{JoinSet, yield_now};
use wechat_material::http::{Request, Response};
use wechat_material::{AsyncTransport, ErrorCode, Material, MaterialType, TransportFn};
use wechat_material_client::Client;
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_testkit::{Emulator, Sent};

use crate::{PICTURE, answer, assert_picture, credentials, is_for_a_token, runtime};

#[test]
fn tasks_with_an_expired_token_renew_it_once() {
    const TASKS: usize = 1000;
    let emulator = Emulator::start().unwrap();
    emulator.fill(MaterialType::Image, TASKS);
    // All calls are made at once, but the number of sockets is limited.
    let (inner, sockets) = (ReqwestTransport::new(), Arc::new(Semaphore::new(64)));
    let transport = TransportFn::new(move |request| {
        let (inner, sockets) = (inner.clone(), Arc::clone(&sockets));
        async move {
            let _socket = sockets.acquire().await.unwrap();
            inner.send(request).await
        }
    });
    let client = Client::builder(credentials(), transport).base_url(emulator.base_url()).build();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (ids, old) = runtime.block_on(async {
        let items: Vec<_> = client.list_materials(MaterialType::Image).try_collect().await.unwrap();
        let old = client.token().await.unwrap().token;
        (items.into_iter().map(|item| item.media_id).collect::<Vec<_>>(), old)
    });
    emulator.expire_tokens();
    emulator.take_exchanges();
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for id in ids.clone() {
            let client = client.clone();
            tasks.spawn(async move { client.get_material(&id).await });
        }
        while let Some(fetched) = tasks.join_next().await {
            assert!(matches!(fetched.unwrap().unwrap(), Material::File(_)));
        }
    });

    // Each asset was requested at most once with the old token, which was refused, and then once with the new one.
    let exchanges = emulator.take_exchanges();
    let (tokens, assets): (Vec<_>, Vec<_>) = exchanges.iter().partition(|exchange| is_for_a_token(exchange));
    assert_eq!(tokens.len(), 1);
    let mut of_assets: HashMap<_, Vec<_>> = HashMap::new();
    for exchange in assets {
        let asked: Value = serde_json::from_slice(&exchange.body).unwrap();
        let Sent::Answer { body, .. } = &exchange.sent else { panic!("{:?}", exchange.sent) };
        let is_refused = body.starts_with(br#"{"errcode":42001"#);
        let token = if exchange.target.contains(old.expose()) { "old" } else { "new" };
        let asked_with = of_assets.entry(asked["media_id"].as_str().unwrap().to_owned()).or_default();
        asked_with.push((token, is_refused));
    }
    assert_eq!(of_assets.len(), TASKS);
    let mut refused = 0;
    for id in &ids {
        match of_assets[id][..] {
            [("old", true), ("new", false)] => refused += 1,
            [("new", false)] => {}
            ref other => panic!("{id}: {other:?}"),
        }
    }
    assert!(refused > 0);
}

#[test]
fn no_call_uses_the_old_token_after_there_is_a_new_one() {
    const TASKS: usize = 1000;
    let log = Arc::new(Mutex::new(Vec::new()));
    let (recorded, together) = (Arc::clone(&log), Arc::new(Barrier::new(TASKS)));
    // With one thread, the log has the order of the client's actions.
    let transport = TransportFn::new(move |request: Request<Vec<u8>>| {
        let (log, together) = (Arc::clone(&recorded), Arc::clone(&together));
        async move {
            let record = |what| log.lock().unwrap().push(what);
            Ok::<_, io::Error>(match request.uri().query() {
                None => {
                    let is_first = log.lock().unwrap().is_empty();
                    record("asked for a token");
                    yield_now().await;
                    record("got a token");
                    let token = if is_first { "OLD" } else { "NEW" };
                    answer(&json!({ "access_token": token, "expires_in": 7200 }))
                }
                Some("access_token=OLD") => {
                    record("called with the old one");
                    together.wait().await;
                    answer(&json!({ "errcode": ErrorCode::ACCESS_TOKEN_EXPIRED, "errmsg": "" }))
                }
                Some(_) => {
                    record("called with the new one");
                    Response::new(PICTURE.to_vec())
                }
            })
        }
    });
    runtime().block_on(async {
        let client = Client::builder(credentials(), transport).build();
        client.token().await.unwrap();
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            let client = client.clone();
            tasks.spawn(async move { assert_picture(&client.get_material("id").await.unwrap()) });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
    });
    let log = log.lock().unwrap();
    let mut runs: Vec<(&str, usize)> = Vec::new();
    for what in log.iter() {
        match runs.last_mut() {
            Some((last, count)) if last == what => *count += 1,
            _ => runs.push((what, 1)),
        }
    }
    let expected = [
        ("asked for a token", 1),
        ("got a token", 1),
        ("called with the old one", TASKS),
        ("asked for a token", 1),
        ("got a token", 1),
        ("called with the new one", TASKS),
    ];
    assert_eq!(runs, expected);
}
