//! Downloads that break off, and what happens meanwhile.

use std::fs;
use std::io::ErrorKind;
use std::thread;

use tempfile::tempdir;
use wechat_material::{AccessToken, ClientError, Material};
use wechat_material_client::SaveTo;
use wechat_material_testkit::{Emulator, Quirk};

use crate::held::{content, part_in, serve};
use crate::{Clients, PICTURE, failure, names_in, path};

#[test]
fn what_breaks_off_is_started_over() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        for quirk in [Quirk::TruncatedBody, Quirk::ResetInBody, Quirk::ResetBeforeBody, Quirk::BadGateway] {
            let folder = tempdir().unwrap();
            emulator.take_exchanges();
            emulator.misbehave_next(2, quirk);
            let saved = path(download_to("IMAGE-01", SaveTo::folder(folder.path().join("new"))));
            assert_eq!(fs::read(saved).unwrap(), PICTURE, "{quirk}");
            assert_eq!(emulator.take_exchanges().len(), 3, "{quirk}");
        }
    });
}

#[test]
fn half_a_picture_is_removed_if_articles_follow() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        let folder = tempdir().unwrap();
        emulator.misbehave_next(1, Quirk::TruncatedBody);
        let saved = download_to("NEWS-ONE", SaveTo::folder(folder.path().join("new/folder"))).unwrap();
        assert!(matches!(saved, Material::News(_)));
        assert!(names_in(folder.path()).is_empty());
    });
}

#[test]
fn what_always_breaks_off_leaves_neither_file_nor_folder() {
    let emulator = Emulator::start().unwrap();
    emulator.misbehave_for("IMAGE-01", Quirk::TruncatedBody);
    Clients::over(&emulator).each(|download_to| {
        let folder = tempdir().unwrap();
        for to in [SaveTo::file(folder.path().join("a")), SaveTo::folder(folder.path().join("new/folder"))] {
            let error = download_to("IMAGE-01", to).unwrap_err();
            assert!(matches!(error, ClientError::Call { attempts: 5, written: 0, .. }), "{error:?}");
            assert!(names_in(folder.path()).is_empty());
        }
    });
}

#[test]
fn what_appears_or_goes_meanwhile_is_respected() {
    let (base, end) = serve();
    let clients = Clients::new(base, &AccessToken::new("81_Zx3"));
    clients.each(|download_to| {
        for overwrite in [false, true] {
            let folder = tempdir().unwrap();
            let name = folder.path().join("picture.jpg");
            for to in [SaveTo::file(&name), SaveTo::folder(folder.path())] {
                let _ = fs::remove_file(&name);
                let (saved, ()) = while_held(
                    || download_to("M", to.overwrite(overwrite)),
                    || {
                        part_in(folder.path());
                        fs::write(&name, "mine").unwrap();
                        end.send(()).unwrap();
                    },
                );
                if overwrite {
                    assert_eq!((path(saved), fs::read(&name).unwrap()), (name.clone(), content()));
                } else {
                    assert_eq!(failure(saved), (name.clone(), ErrorKind::AlreadyExists));
                    assert_eq!(fs::read(&name).unwrap(), b"mine");
                }
                assert_eq!(names_in(folder.path()), ["picture.jpg"]);
            }
        }
        let folder = tempdir().unwrap();
        let gone = folder.path().join("gone");
        let (saved, ()) = while_held(
            || download_to("M", SaveTo::folder(&gone)),
            || {
                part_in(&gone);
                fs::remove_dir_all(&gone).unwrap();
                end.send(()).unwrap();
            },
        );
        assert_eq!(failure(saved), (gone.join("picture.jpg"), ErrorKind::NotFound));
        assert!(names_in(folder.path()).is_empty());
    });
}

/// Runs a download, and in another thread what happens meanwhile.
pub(crate) fn while_held<A, B: Send>(
    download: impl FnOnce() -> A,
    meanwhile: impl FnOnce() -> B + Send,
) -> (A, B) {
    thread::scope(|scope| {
        let other = scope.spawn(meanwhile);
        let downloaded = download();
        (downloaded, other.join().unwrap())
    })
}
