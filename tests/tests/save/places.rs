//! Where a file goes, and when it does not.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use tempfile::tempdir;
use wechat_material::{ClientError, Material};
use wechat_material_client::SaveTo;
use wechat_material_testkit::{Emulator, Quirk, built_in_assets};

use crate::{Clients, PICTURE, failure, names_in, path};

#[test]
fn every_file_is_saved_as_it_is_fetched_and_nothing_else_is_saved() {
    let emulator = Emulator::start().unwrap();
    let clients = Clients::over(&emulator);
    clients.each(|download_to| {
        for asset in built_in_assets() {
            let folder = tempdir().unwrap();
            let fetched = clients.ureq.get_material(asset.media_id).unwrap();
            let saved = download_to(asset.media_id, SaveTo::folder(folder.path().join("new"))).unwrap();
            match (fetched, saved) {
                (Material::File(file), Material::File(saved)) => {
                    assert_eq!(saved.info, file.info);
                    assert_eq!(saved.path, folder.path().join("new").join(file.info.safe_name()));
                    assert_eq!(fs::read(saved.path).unwrap(), file.bytes);
                    assert_eq!(names_in(&folder.path().join("new")), [file.info.safe_name()]);
                }
                (Material::News(fetched), Material::News(news)) => assert_eq!(fetched, news),
                (Material::Video(fetched), Material::Video(video)) => assert_eq!(fetched, video),
                (fetched, saved) => panic!("{fetched:?} as {saved:?}"),
            }
        }
    });
}

#[test]
fn what_is_not_a_file_makes_no_folder() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        let folder = tempdir().unwrap();
        for media_id in ["NEWS-ONE", "VIDEO-01"] {
            let saved = download_to(media_id, SaveTo::folder(folder.path().join("new"))).unwrap();
            assert!(!matches!(saved, Material::File(_)));
        }
        for quirk in [Quirk::HtmlPage, Quirk::EmptyAttachment, Quirk::Errcode(40007)] {
            emulator.misbehave_for("IMAGE-01", quirk);
            for to in [SaveTo::folder(folder.path().join("new/er")), SaveTo::file(folder.path().join("a"))] {
                let error = download_to("IMAGE-01", to).unwrap_err();
                assert!(matches!(error, ClientError::Call { .. }), "{error:?}");
            }
        }
        emulator.behave();
        assert!(names_in(folder.path()).is_empty());
    });
}

#[test]
fn a_plain_path_is_a_folder_if_it_ends_with_a_separator_or_exists_as_one() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        let folder = tempdir().unwrap();
        let text = folder.path().to_str().unwrap();
        for to in [
            SaveTo::from(text),
            text.to_owned().into(),
            folder.path().into(),
            folder.path().to_owned().into(),
            folder.path().join("new/").into(),
        ] {
            let saved = path(download_to("IMAGE-01", to));
            assert_eq!(saved.file_name().unwrap(), "绿与蓝.jpg");
            fs::remove_file(saved).unwrap();
        }
        let cover = folder.path().join("cover.jpg");
        assert_eq!(path(download_to("IMAGE-01", cover.clone().into())), cover);
        assert_eq!(fs::read(&cover).unwrap(), PICTURE);
        assert_eq!(failure(download_to("IMAGE-01", cover.clone().into())), (cover, ErrorKind::AlreadyExists));
        let missing = folder.path().join("missing/cover.jpg");
        assert_eq!(failure(download_to("IMAGE-01", missing.clone().into())), (missing, ErrorKind::NotFound));
        assert_eq!(names_in(folder.path()), ["cover.jpg", "new"]);
    });
}

#[test]
fn a_saved_file_serializes_with_its_path_as_text() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        let folder = tempdir().unwrap();
        let Material::File(saved) = download_to("IMAGE-01", SaveTo::folder(folder.path())).unwrap() else {
            panic!("not a file")
        };
        let json = serde_json::to_value(&saved).unwrap();
        assert_eq!(json["path"], saved.path.to_str().unwrap());
        assert_eq!(json["info"], serde_json::to_value(&saved.info).unwrap());
    });
}

#[test]
fn a_file_that_exists_is_replaced_only_if_that_is_allowed() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        let folder = tempdir().unwrap();
        let name = folder.path().join("绿与蓝.jpg");
        fs::write(&name, "mine").unwrap();
        emulator.take_exchanges();
        let exists = (name.clone(), ErrorKind::AlreadyExists);
        assert_eq!(failure(download_to("IMAGE-01", SaveTo::file(&name))), exists);
        assert!(emulator.take_exchanges().is_empty(), "a call was spent");
        assert_eq!(failure(download_to("IMAGE-01", folder.path().into())), exists);
        assert_eq!((names_in(folder.path()).len(), fs::read(&name).unwrap()), (1, b"mine".to_vec()));

        for to in [SaveTo::file(&name), SaveTo::folder(folder.path())] {
            fs::write(&name, "mine").unwrap();
            assert_eq!(path(download_to("IMAGE-01", to.overwrite(true))), name);
            assert_eq!((names_in(folder.path()).len(), fs::read(&name).unwrap()), (1, PICTURE.to_vec()));
        }
    });
}

#[test]
fn a_path_that_cannot_be_used_costs_no_call_and_the_error_says_why() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        let folder = tempdir().unwrap();
        let mine = folder.path().join("mine");
        fs::write(&mine, "").unwrap();
        emulator.take_exchanges();
        for (to, kind, advice) in [
            (SaveTo::file(folder.path().join("no/file")), ErrorKind::NotFound, "create the folder first"),
            (SaveTo::file(mine.join("file")), ErrorKind::NotADirectory, "inside an existing folder"),
            (SaveTo::folder(&mine), ErrorKind::NotADirectory, "inside an existing folder"),
            (SaveTo::folder(mine.join("new")), ErrorKind::NotADirectory, "inside an existing folder"),
            (SaveTo::file(""), ErrorKind::InvalidInput, "choose the path of a regular file"),
            (SaveTo::file("/"), ErrorKind::InvalidInput, "choose the path of a regular file"),
            (
                SaveTo::file(folder.path().join("..")),
                ErrorKind::InvalidInput,
                "choose the path of a regular file",
            ),
            (
                SaveTo::file(folder.path().join("new/")),
                ErrorKind::InvalidInput,
                "choose the path of a regular file",
            ),
            (
                SaveTo::file(folder.path().join("new/.")),
                ErrorKind::InvalidInput,
                "choose the path of a regular file",
            ),
            (SaveTo::file(folder.path()), ErrorKind::InvalidInput, "choose the path of a regular file"),
            (SaveTo::file(&mine), ErrorKind::AlreadyExists, "allow overwriting"),
        ] {
            let overwrite = kind == ErrorKind::InvalidInput;
            let error = download_to("IMAGE-01", to.clone().overwrite(overwrite)).unwrap_err();
            assert!(error.to_string().contains(advice), "{to:?}: {error}");
            assert_eq!(failure(Err(error)).1, kind, "{to:?}");
        }
        assert!(emulator.take_exchanges().is_empty(), "a call was spent");
        assert_eq!(names_in(folder.path()), ["mine"]);
    });
}

#[test]
fn a_file_may_go_into_the_working_folder() {
    // Nothing is saved there: the existing file is found under a name without a folder.
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        let exists = (Path::new("Cargo.toml").to_owned(), ErrorKind::AlreadyExists);
        assert_eq!(failure(download_to("IMAGE-01", SaveTo::file("Cargo.toml"))), exists);
    });
}
