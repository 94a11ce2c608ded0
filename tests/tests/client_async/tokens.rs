//! The shared token: obtained, renewed and refused.

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::sync::{Barrier, Semaphore};
use tokio::task::{JoinSet, yield_now};
use wechat_material::http::{Request, Response};
use wechat_material::{
    AsyncTransport, Category, ClientError, ErrorCode, Fault, Material, MaterialType, RetryPolicy, TransportFn,
};
use wechat_material_reqwest::Client;
use wechat_material_testkit::{Emulator, Exchange, Quirk, Sent};

use crate::answer;
use crate::{PICTURE, assert_picture, client, counts, credentials, is_for_a_token, runtime, transport};

#[test]
fn a_token_is_obtained_once_and_used_for_every_call() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        for _ in 0..3 {
            assert_picture(&client.get_material("IMAGE-01").await.unwrap());
            assert!(matches!(client.clone().get_material("NEWS-ONE").await.unwrap(), Material::News(_)));
        }
        assert_eq!(client.access_token().await.unwrap().expose(), emulator.token().expose());
        assert_eq!(counts(&emulator), (1, 6));
        assert!(client.get_material_reported("NEWS-ONE").await.unwrap().repairs.is_empty());
    });
}

#[test]
fn an_expired_token_is_renewed_and_the_call_repeated() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, waits) = client(&emulator);
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        emulator.expire_tokens();
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        assert_eq!((counts(&emulator), waits.take()), ((2, 3), vec![]));
    });
}

#[test]
fn the_classic_token_serves_as_well() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let builder = Client::builder(credentials(), transport()).base_url(emulator.base_url());
        let client = builder.classic_token().build();
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        emulator.expire_tokens();
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
    });
    let exchanges = emulator.take_exchanges();
    let is_classic = |exchange: &&Exchange| exchange.target.starts_with("/cgi-bin/token?");
    assert_eq!((exchanges.iter().filter(is_classic).count(), exchanges.len()), (2, 5));
}

#[test]
fn a_token_that_is_refused_although_it_is_handed_out_again_is_renewed_by_force() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        client.access_token().await.unwrap();
        emulator.misbehave_next(1, Quirk::Errcode(40001));
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
    });
    let asked: Vec<_> = emulator.take_exchanges().into_iter().filter(is_for_a_token).collect();
    let forced: Vec<_> =
        asked.iter().map(|exchange| exchange.body.ends_with(br#""force_refresh":true}"#)).collect();
    assert_eq!(forced, [false, false, true]);
}

#[test]
fn what_comes_of_force_is_not_known_so_it_is_not_repeated() {
    for quirk in [Quirk::Errcode(-1), Quirk::BadGateway, Quirk::ResetBeforeBody] {
        let (emulator, inner) = (Emulator::start().unwrap(), transport());
        let transport = TransportFn::new(move |mut request: Request<Vec<u8>>| {
            if request.body().ends_with(br#""force_refresh":true}"#) {
                request.headers_mut().insert(Emulator::QUIRK_HEADER, quirk.to_string().parse().unwrap());
            }
            let inner = inner.clone();
            async move { inner.send(request).await }
        });
        let client = Client::builder(credentials(), transport).base_url(emulator.base_url()).build();
        emulator.misbehave_for("IMAGE-01", Quirk::Errcode(40001));
        let error = runtime().block_on(client.get_material("IMAGE-01")).unwrap_err();
        assert!(matches!(error, ClientError::Token(_)), "{error:?}");
        assert_eq!(counts(&emulator), (3, 1), "{quirk}");
    }
}

#[test]
fn a_refusal_is_remembered_even_if_the_call_is_not_tried_again() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let builder = Client::builder(credentials(), transport()).base_url(emulator.base_url());
        let client = builder.retry(RetryPolicy::never()).build();
        client.access_token().await.unwrap();
        emulator.expire_tokens();
        let error = client.get_material("IMAGE-01").await.unwrap_err();
        assert_eq!(error.fault().map(Fault::category), Some(Category::Token));
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        assert_eq!(counts(&emulator), (2, 2));
    });
}

#[test]
fn a_thousand_tasks_on_an_expired_token_renew_it_once() {
    const TASKS: usize = 1000;
    let emulator = Emulator::start().unwrap();
    emulator.fill(MaterialType::Image, TASKS);
    // All are on their way at once, but a machine has only so many sockets.
    let (inner, sockets) = (transport(), Arc::new(Semaphore::new(64)));
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
        let old = client.access_token().await.unwrap();
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

    // Each asset was asked for at most once with the old token, which was refused, and then once with the new one.
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
fn no_call_begins_with_the_old_token_once_there_is_a_new_one() {
    const TASKS: usize = 1000;
    let log = Arc::new(Mutex::new(Vec::new()));
    let (noted, together) = (Arc::clone(&log), Arc::new(Barrier::new(TASKS)));
    // On one thread nothing comes between what is noted and what the client knows.
    let transport = TransportFn::new(move |request: Request<Vec<u8>>| {
        let (log, together) = (Arc::clone(&noted), Arc::clone(&together));
        async move {
            let note = |what| log.lock().unwrap().push(what);
            Ok::<_, io::Error>(match request.uri().query() {
                None => {
                    let is_first = log.lock().unwrap().is_empty();
                    note("asked for a token");
                    yield_now().await;
                    note("got a token");
                    let token = if is_first { "OLD" } else { "NEW" };
                    answer(&json!({ "access_token": token, "expires_in": 7200 }))
                }
                Some("access_token=OLD") => {
                    note("called with the old one");
                    together.wait().await;
                    answer(&json!({ "errcode": ErrorCode::ACCESS_TOKEN_EXPIRED, "errmsg": "" }))
                }
                Some(_) => {
                    note("called with the new one");
                    Response::new(PICTURE.to_vec())
                }
            })
        }
    });
    runtime().block_on(async {
        let client = Client::builder(credentials(), transport).build();
        client.access_token().await.unwrap();
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
