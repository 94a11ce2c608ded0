//! The emulator can be started and dropped inside a tokio runtime.

use tokio::runtime::{Builder, Runtime};
use wechat_material::http::Response;
use wechat_material::{AsyncTransport, GetMaterial, Material, call_async};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_testkit::Emulator;

/// Starts an emulator, calls it and drops it within one future.
async fn start_call_and_drop() {
    let emulator = Emulator::start().unwrap();
    let transport = ReqwestTransport::new();
    let material = call_async(&GetMaterial::new("IMAGE-01"), &emulator.access(), &transport).await.unwrap();
    assert!(matches!(material, Material::File(_)));
    let address = emulator.base_url().to_string();
    drop(emulator);
    let request = wechat_material::http::Request::get(address).body(Vec::new()).unwrap();
    let sent: Result<Response<Vec<u8>>, _> = transport.send(request).await;
    assert!(sent.is_err(), "the emulator still answers");
}

fn in_every_place(runtime: &Runtime) {
    runtime.block_on(start_call_and_drop());
    runtime.block_on(async { tokio::spawn(start_call_and_drop()).await.unwrap() });
}

#[test]
fn it_works_inside_a_runtime_with_one_thread() {
    in_every_place(&Builder::new_current_thread().enable_all().build().unwrap());
}

#[test]
fn it_works_inside_a_runtime_with_several_threads() {
    in_every_place(&Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());
}

#[test]
fn an_emulator_from_outside_of_a_runtime_can_be_dropped_inside() {
    let emulator = Emulator::start().unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async move { drop(emulator) });
}

#[test]
fn an_emulator_from_inside_a_runtime_outlives_the_runtime() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let emulator = runtime.block_on(async { Emulator::start().unwrap() });
    drop(runtime);
    let client = crate::Client::with_emulator(emulator);
    assert!(client.call(&GetMaterial::new("IMAGE-01")).is_ok());
}

#[test]
fn a_port_in_use_is_an_error() {
    let taken = Emulator::start().unwrap();
    let url = taken.base_url().to_string();
    let port = url.rsplit(':').next().unwrap().parse().unwrap();
    let error = Emulator::start_on(port).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}
