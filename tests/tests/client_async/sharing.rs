//! Clients that tasks and threads share.

use std::future::ready;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_channel::mpsc::Sender;
use serde_json::json;
use wechat_material::bytes::Bytes;
use wechat_material::http::{Request, Response};
use wechat_material::{
    AsyncTransport, CountMaterials, GetMaterial, ListMaterials, MaterialType, TransportFn,
};
use wechat_material_client::Client;
use wechat_material_testkit::Emulator;

use crate::answer;
use crate::dropped::Slow;
use crate::polled::Polled;
use crate::waits::Waits;
use crate::{PICTURE, assert_picture, client, credentials, runtime};

fn is_send<V: Send>(_: &V) {}

/// Compiles only if every future of a client is `Send` for any transport.
fn all_is_send<T: AsyncTransport + Send + Sync + 'static>(client: &Client<T>, chunks: &mut Sender<Bytes>) {
    let (mut bytes, mut again) = (Vec::new(), Vec::new());
    is_send(&client.get_material("id"));
    is_send(&client.get_material_detailed("id"));
    is_send(&client.download("id", &mut bytes));
    is_send(&client.download_with_restarts("id", &mut again));
    is_send(&client.list_materials(MaterialType::Image));
    is_send(&client.list_materials_from(ListMaterials::new(MaterialType::Image)));
    is_send(&client.count_materials());
    is_send(&client.call(&CountMaterials));
    is_send(&client.call_detailed(&CountMaterials));
    is_send(&client.call_into(&GetMaterial::new("id"), chunks));
    is_send(&client.token());
}

#[test]
fn a_client_can_be_shared_and_sent() {
    fn is_shared<T: Clone + Send + Sync + 'static>() {}
    let (_, client) = Slow::new();
    let (mut chunks, _) = futures_channel::mpsc::channel(0);
    all_is_send(&client, &mut chunks);
    is_shared::<wechat_material_reqwest::Client>();
}

#[test]
fn a_client_needs_no_runtime_except_its_own() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let transport = TransportFn::new(move |request: Request<Vec<u8>>| {
        counted.fetch_add(1, Ordering::SeqCst);
        let is_for_a_token = request.uri().query().is_none();
        let token = || answer(&json!({ "access_token": "81_Zx3" }));
        ready(Ok::<_, io::Error>(if is_for_a_token { token() } else { Response::new(PICTURE.to_vec()) }))
    });
    let client = Client::builder(credentials(), transport).runtime(Waits::default()).build();
    assert_picture(&Polled::new(client.get_material("id")).expect().unwrap());
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[test]
fn a_call_can_be_made_in_a_spawned_task() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        let task = tokio::spawn(async move {
            let (mut bytes, mut restarted) = (Vec::new(), Vec::new());
            client.download("IMAGE-01", &mut bytes).await?;
            client.download_with_restarts("IMAGE-01", &mut restarted).await?;
            assert_eq!((&bytes[..], &restarted[..]), (PICTURE, PICTURE));
            client.list_materials(MaterialType::Voice).try_collect().await
        });
        assert_eq!(task.await.unwrap().unwrap().len(), 2);
    });
}
