//! Lists and downloads.

use wechat_material::driver::ListError;
use wechat_material::http::{Request, Response};
use wechat_material::{
    AccessToken, CallError, ClientError, ListMaterials, Material, MaterialType, TransportFn,
};
use wechat_material_client::blocking::{self, TokenSource};
use wechat_material_testkit::{Emulator, Quirk};

use crate::{PICTURE, client, counts};

#[test]
fn a_list_fetches_all_of_its_pages() {
    let emulator = Emulator::start().unwrap();
    emulator.fill(MaterialType::Image, 45);
    let client = client(&emulator);
    assert_eq!(client.count_materials().unwrap().image, 45);
    emulator.take_exchanges();
    let items: Vec<_> = client.list_materials(MaterialType::Image).map(Result::unwrap).collect();
    let names: Vec<usize> = items.iter().map(|item| item.name.parse().unwrap()).collect();
    assert_eq!(names, (0..45).collect::<Vec<_>>());
    assert_eq!(counts(&emulator), (0, 3));
    assert!(matches!(client.get_material(&items[44].media_id).unwrap(), Material::File(_)));
    let page = client.call(&ListMaterials::new(MaterialType::Image).offset(40).count(3)).unwrap();
    assert_eq!((page.items.len(), page.total_count), (3, 45));
    assert_eq!(page.items[0].media_id, items[40].media_id);
    let from = ListMaterials::new(MaterialType::Image).offset(43).count(1);
    assert_eq!(client.list_materials_from(from).count(), 2);
}

#[test]
fn a_list_fetches_a_page_when_it_is_reached_and_none_after_an_error() {
    let emulator = Emulator::start().unwrap();
    emulator.fill(MaterialType::Image, 45);
    let client = client(&emulator);
    client.token().unwrap();
    emulator.take_exchanges();
    let mut list = client.list_materials(MaterialType::Image);
    assert_eq!(counts(&emulator), (0, 0));
    assert_eq!(list.by_ref().take(20).map(Result::unwrap).count(), 20);
    assert_eq!(counts(&emulator), (0, 1));
    emulator.misbehave_next(1, Quirk::Errcode(48001));
    assert!(matches!(list.next(), Some(Err(ClientError::Call { .. }))));
    assert!(list.next().is_none() && list.next().is_none());
    assert_eq!(counts(&emulator), (0, 1));
}

#[test]
fn a_list_whose_pages_repeat_ends_with_an_error() {
    let body = br#"{"item":[{"media_id":"A"},{"media_id":"B"}],"total_count":6,"item_count":2}"#;
    let transport =
        TransportFn::new(|_: Request<Vec<u8>>| Ok::<_, std::io::Error>(Response::new(body.to_vec())));
    let client = blocking::Client::builder(TokenSource::fixed(AccessToken::new("81_Zx3")), transport).build();
    let mut list = client.list_materials_from(ListMaterials::new(MaterialType::Image).count(2));
    let ids: Vec<_> = list.by_ref().take(2).map(|item| item.unwrap().media_id).collect();
    assert_eq!(ids, ["A", "B"]);
    let Some(Err(ClientError::List(ListError::Repeated { page: 2, .. }))) = list.next() else {
        panic!("{:?}", list.changes())
    };
    assert!(list.next().is_none());
    assert_eq!((list.changes().listed, list.changes().repeated), (2, 2));
}

#[test]
fn a_failure_before_the_first_byte_of_a_download_is_retried() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    client.token().unwrap();
    emulator.expire_tokens();
    for quirk in [Quirk::Errcode(-1), Quirk::ResetBeforeBody] {
        emulator.misbehave_next(1, quirk);
        let mut bytes = Vec::new();
        let material = client.download("IMAGE-01", &mut bytes).unwrap();
        assert!(matches!(material, Material::File(info) if info.length == Some(PICTURE.len() as u64)));
        assert_eq!(bytes, PICTURE);
    }
}

#[test]
fn the_error_of_an_interrupted_download_says_how_much_was_written() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    client.token().unwrap();
    emulator.take_exchanges();
    emulator.misbehave_next(1, Quirk::TruncatedBody);
    let mut bytes = Vec::new();
    let error = client.download("IMAGE-01", &mut bytes).unwrap_err();
    let ClientError::Call { attempts: 1, written, cause, .. } = error else { panic!("{error}") };
    assert!(matches!(*cause, CallError::Transport(_)));
    assert_eq!((written, counts(&emulator)), (bytes.len() as u64, (0, 1)));
    assert!(written > 0 && PICTURE.starts_with(&bytes));
}

#[test]
fn an_interrupted_download_starts_over_if_the_sink_can_rewind() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    client.token().unwrap();
    emulator.misbehave_next(2, Quirk::TruncatedBody);
    let mut bytes = b"before ".to_vec();
    client.download_with_restarts("IMAGE-01", &mut bytes).unwrap();
    assert_eq!(bytes, [b"before ", PICTURE].concat());

    emulator.misbehave_next(1, Quirk::ResetInBody);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    client.download_with_restarts("IMAGE-01", file.as_file_mut()).unwrap();
    assert_eq!(std::fs::read(file.path()).unwrap(), PICTURE);

    emulator.misbehave_for("IMAGE-01", Quirk::TruncatedBody);
    let mut bytes = b"before ".to_vec();
    let error = client.download_with_restarts("IMAGE-01", &mut bytes).unwrap_err();
    assert!(matches!(error, ClientError::Call { attempts: 5, written: 0, .. }), "{error:?}");
    assert_eq!(bytes, b"before ");
}
