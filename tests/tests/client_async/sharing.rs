//! Clients in tasks and threads.

use futures_util::TryStreamExt;
use serde_json::json;
use std::future::ready;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use wechat_material::http::{Request, Response};
use wechat_material::{AsyncTransport, CountMaterials, ListMaterials, MaterialType, TransportFn};
use wechat_material_reqwest::Client;
use wechat_material_testkit::Emulator;

use crate::answer;
use crate::dropped::stuck;
use crate::polled::Polled;
use crate::{PICTURE, assert_picture, client, credentials, runtime};

fn is_send<V: Send>(_: &V) {}

/// All that a client gives to wait for can go to another thread, whatever the transport is.
fn all_is_send<T: AsyncTransport + Send + Sync>(client: &Client<T>) {
    let (mut bytes, mut again) = (Vec::new(), Vec::new());
    is_send(&client.get_material("id"));
    is_send(&client.get_material_reported("id"));
    is_send(&client.download("id", &mut bytes));
    is_send(&client.download_with_restarts("id", &mut again));
    is_send(&client.list_materials(MaterialType::Image));
    is_send(&client.list_materials_from(ListMaterials::new(MaterialType::Image)));
    is_send(&client.count_materials());
    is_send(&client.call(&CountMaterials));
    is_send(&client.access_token());
}

#[test]
fn a_client_can_be_shared_and_sent() {
    fn is_shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let (client, _) = stuck();
    all_is_send(&client);
    is_shared(&Client::new(credentials()));
    // A transport may borrow, and its client's futures need no runtime.
    let calls = AtomicUsize::new(0);
    let transport = TransportFn::new(|request: Request<Vec<u8>>| {
        calls.fetch_add(1, Ordering::SeqCst);
        let is_for_a_token = request.uri().query().is_none();
        let token = || answer(&json!({ "access_token": "81_Zx3" }));
        ready(Ok::<_, io::Error>(if is_for_a_token { token() } else { Response::new(PICTURE.to_vec()) }))
    });
    let client = Client::builder(credentials(), transport).timer(|_| ready(())).build();
    all_is_send(&client);
    assert_picture(&Polled::new(client.get_material("id")).expect().unwrap());
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[test]
fn a_call_goes_on_in_a_task_of_its_own() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        let task = tokio::spawn(async move {
            let (mut bytes, mut restarted) = (Vec::new(), Vec::new());
            client.download("IMAGE-01", &mut bytes).await?;
            client.download_with_restarts("IMAGE-01", &mut restarted).await?;
            assert_eq!((&bytes[..], &restarted[..]), (PICTURE, PICTURE));
            client.list_materials(MaterialType::Voice).try_collect::<Vec<_>>().await
        });
        assert_eq!(task.await.unwrap().unwrap().len(), 2);
    });
}
