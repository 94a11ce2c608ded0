//! Permissions and links.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use tempfile::tempdir;
use wechat_material::AccessToken;
use wechat_material_client::SaveTo;
use wechat_material_testkit::Emulator;

use crate::breaks::while_held;
use crate::held::{content, part_in, serve};
use crate::{Clients, PICTURE, failure, names_in, path};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_new_file_has_the_permissions_of_any_other() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("other"), "").unwrap();
        let saved = path(download_to("IMAGE-01", folder.path().into()));
        assert_eq!(mode(&saved), mode(&folder.path().join("other")));
    });
}

#[test]
fn a_file_keeps_the_permission_bits_of_the_one_that_it_replaces_and_no_others() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        let folder = tempdir().unwrap();
        let file = folder.path().join("file");
        for (before, after) in
            [(0o600, 0o600), (0o640, 0o640), (0o4755, 0o755), (0o2775, 0o775), (0o1644, 0o644)]
        {
            fs::write(&file, "old").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(before)).unwrap();
            path(download_to("IMAGE-01", SaveTo::file(&file).overwrite(true)));
            assert_eq!((mode(&file), fs::read(&file).unwrap()), (after, PICTURE.to_vec()), "{before:o}");
        }
    });
}

#[test]
fn a_link_is_followed_and_a_private_file_stays_private_from_the_first_byte() {
    let (base, end) = serve();
    Clients::new(base, &AccessToken::new("81_Zx3")).each(|download_to| {
        let folder = tempdir().unwrap();
        let (links, files) = (folder.path().join("links"), folder.path().join("files"));
        fs::create_dir(&links).unwrap();
        fs::create_dir(&files).unwrap();
        let (link, file) = (links.join("link"), files.join("file"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&file, &link).unwrap();

        assert_eq!(failure(download_to("M", SaveTo::file(&link))).1, ErrorKind::AlreadyExists);
        let (saved, ()) = while_held(
            || download_to("M", SaveTo::file(&link).overwrite(true)),
            || {
                let part = part_in(&files);
                assert_eq!((mode(&part), fs::read(&link).unwrap()), (0o600, b"old".to_vec()));
                end.send(()).unwrap();
            },
        );
        assert_eq!(path(saved), link);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!((mode(&file), fs::read(&file).unwrap()), (0o600, content()));
        assert_eq!((names_in(&links), names_in(&files)), (vec!["link".to_owned()], vec!["file".to_owned()]));
    });
}

#[test]
fn a_link_to_a_missing_file_is_replaced_and_not_followed() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        let folder = tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("missing", &link).unwrap();
        assert_eq!(failure(download_to("IMAGE-01", SaveTo::file(&link))).1, ErrorKind::AlreadyExists);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(path(download_to("IMAGE-01", SaveTo::file(&link).overwrite(true))), link);
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
        assert_eq!(
            (names_in(folder.path()), fs::read(&link).unwrap()),
            (vec!["link".into()], PICTURE.into())
        );
    });
}

#[test]
fn a_device_is_not_replaced() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        for overwrite in [false, true] {
            let saved = download_to("IMAGE-01", SaveTo::file("/dev/null").overwrite(overwrite));
            assert_eq!(failure(saved), ("/dev/null".into(), ErrorKind::InvalidInput));
        }
    });
    assert!(emulator.take_exchanges().is_empty());
}

#[test]
fn a_name_that_the_disk_does_not_take_leaves_nothing() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        let folder = tempdir().unwrap();
        let too_long = folder.path().join("a".repeat(300));
        for to in [SaveTo::file(&too_long), SaveTo::folder(folder.path().join("new").join("a".repeat(300)))] {
            assert!(failure(download_to("IMAGE-01", to)).0.starts_with(folder.path()));
            assert!(names_in(folder.path()).is_empty());
        }
    });
}
