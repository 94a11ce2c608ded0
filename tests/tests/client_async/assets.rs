//! Lists and downloads.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;
use wechat_material::driver::ListError;
use wechat_material::http::{Request, Response};
use wechat_material::{
    AccessToken, CallError, ClientError, ListMaterials, Material, MaterialType, TransportFn,
};
use wechat_material_client::{Client, TokenSource};
use wechat_material_testkit::{Emulator, Quirk};

use crate::waits::Waits;
use crate::{PICTURE, client, counts, runtime};

#[test]
fn a_list_fetches_all_of_its_pages() {
    let emulator = Emulator::start().unwrap();
    emulator.fill(MaterialType::Image, 45);
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        assert_eq!(client.count_materials().await.unwrap().image, 45);
        emulator.take_exchanges();
        let items: Vec<_> = client.list_materials(MaterialType::Image).try_collect().await.unwrap();
        let names: Vec<usize> = items.iter().map(|item| item.name.parse().unwrap()).collect();
        assert_eq!(names, (0..45).collect::<Vec<_>>());
        assert_eq!(counts(&emulator), (0, 3));
        let page = client.call(&ListMaterials::new(MaterialType::Image).offset(40).count(3)).await.unwrap();
        assert_eq!((page.items.len(), &page.items[0]), (3, &items[40]));
        let from = ListMaterials::new(MaterialType::Image).offset(42).count(2);
        assert_eq!(client.list_materials_from(from).count().await, 3);
    });
}

#[test]
fn a_list_fetches_a_page_when_it_is_reached_and_none_after_the_end_or_an_error() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        client.token().await.unwrap();
        emulator.take_exchanges();
        let mut list = client.list_materials_from(ListMaterials::new(MaterialType::Video).count(1));
        assert_eq!(counts(&emulator), (0, 0));
        assert_eq!(list.next().await.unwrap().unwrap().media_id, "VIDEO-02");
        assert_eq!(counts(&emulator), (0, 1));
        assert_eq!(list.next().await.unwrap().unwrap().media_id, "VIDEO-01");
        assert!(list.next().await.is_none() && list.next().await.is_none());
        assert_eq!(counts(&emulator), (0, 1));
        emulator.misbehave_next(1, Quirk::Errcode(48001));
        let mut list = client.list_materials(MaterialType::Image);
        assert!(matches!(list.next().await, Some(Err(ClientError::Call { .. }))));
        assert!(list.next().await.is_none() && list.next().await.is_none());
        assert_eq!(counts(&emulator), (0, 1));
    });
}

#[test]
fn a_list_whose_pages_repeat_ends_with_an_error() {
    let body = br#"{"item":[{"media_id":"A"},{"media_id":"B"}],"total_count":6,"item_count":2}"#;
    let transport = TransportFn::new(|_: Request<Vec<u8>>| async {
        Ok::<_, std::io::Error>(Response::new(body.to_vec()))
    });
    let source = TokenSource::fixed(AccessToken::new("81_Zx3"));
    let client = Client::builder(source, transport).runtime(Waits::default()).build();
    runtime().block_on(async {
        let mut list = client.list_materials_from(ListMaterials::new(MaterialType::Image).count(2));
        for id in ["A", "B"] {
            assert_eq!(list.next().await.unwrap().unwrap().media_id, id);
        }
        let Some(Err(ClientError::List(ListError::Repeated { page: 2, .. }))) = list.next().await else {
            panic!("{:?}", list.changes())
        };
        assert!(list.next().await.is_none());
        assert_eq!((list.changes().listed, list.changes().repeated), (2, 2));
    });
}

#[test]
fn a_failure_before_the_first_byte_of_a_download_is_retried() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, waits) = client(&emulator);
        client.token().await.unwrap();
        emulator.expire_tokens();
        emulator.take_exchanges();
        let mut bytes = Vec::new();
        let material = client.download("IMAGE-01", &mut bytes).await.unwrap();
        assert!(matches!(material, Material::File(info) if info.length == Some(PICTURE.len() as u64)));
        assert_eq!((counts(&emulator), &bytes[..]), ((1, 2), PICTURE));
        for quirk in [Quirk::Errcode(-1), Quirk::ResetBeforeBody, Quirk::Unavailable] {
            emulator.misbehave_next(1, quirk);
            let mut bytes = Vec::new();
            client.download("IMAGE-01", &mut bytes).await.unwrap();
            assert_eq!((counts(&emulator), &bytes[..]), ((0, 2), PICTURE), "{quirk}");
            let [wait] = waits.take()[..] else { panic!("{quirk}") };
            // Only this quirk asks for a wait: one second.
            assert_eq!(wait >= Duration::from_secs(1), quirk == Quirk::Unavailable, "{quirk}");
        }
    });
}

#[test]
fn the_error_of_an_interrupted_download_says_how_much_was_written() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        client.token().await.unwrap();
        emulator.take_exchanges();
        emulator.misbehave_next(1, Quirk::TruncatedBody);
        let mut bytes = Vec::new();
        let error = client.download("IMAGE-01", &mut bytes).await.unwrap_err();
        let ClientError::Call { attempts: 1, written, cause, .. } = error else { panic!("{error}") };
        assert!(matches!(*cause, CallError::Transport(_)));
        assert_eq!((written, counts(&emulator)), (bytes.len() as u64, (0, 1)));
        assert!(written > 0 && PICTURE.starts_with(&bytes));
    });
}

#[test]
fn an_interrupted_download_starts_over_if_the_sink_can_rewind() {
    let emulator = Emulator::start().unwrap();
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    runtime().block_on(async {
        let (client, waits) = client(&emulator);
        client.token().await.unwrap();
        emulator.misbehave_next(2, Quirk::TruncatedBody);
        let mut bytes = b"before ".to_vec();
        client.download_with_restarts("IMAGE-01", &mut bytes).await.unwrap();
        assert_eq!(bytes, [b"before ", PICTURE].concat());
        assert_eq!(waits.take().len(), 2);

        emulator.misbehave_next(2, Quirk::TruncatedBody);
        let mut file = tokio::fs::File::create(&path).await.unwrap();
        file.write_all(b"before ").await.unwrap();
        client.download_with_restarts("IMAGE-01", &mut file).await.unwrap();
        assert_eq!(waits.take().len(), 2);
        // The half picture is removed before the articles arrive, which are not written.
        emulator.misbehave_next(1, Quirk::TruncatedBody);
        let material = client.download_with_restarts("NEWS-ONE", &mut file).await.unwrap();
        assert!(matches!(material, Material::News(_)));
        assert_eq!(std::fs::read(&path).unwrap(), [b"before ", PICTURE].concat());
        file.write_all(b" after").await.unwrap();
        file.flush().await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), [b"before ", PICTURE, b" after"].concat());

        emulator.misbehave_for("IMAGE-01", Quirk::TruncatedBody);
        let mut bytes = b"before ".to_vec();
        let error = client.download_with_restarts("IMAGE-01", &mut bytes).await.unwrap_err();
        assert!(matches!(error, ClientError::Call { attempts: 5, written: 0, .. }), "{error:?}");
        assert_eq!(bytes, b"before ");
    });
}
