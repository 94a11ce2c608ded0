//! Names that the caller chooses.

use std::fs;
use std::io::ErrorKind;

use tempfile::tempdir;
use wechat_material_client::SaveTo;
use wechat_material_testkit::Emulator;

use crate::{Clients, PICTURE, failure, names_in, path};

#[test]
fn a_name_can_be_chosen_once_the_file_is_known() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        let folder = tempdir().unwrap();
        let to = SaveTo::folder_with(folder.path().join("new"), |info| {
            format!("IMAGE-01-{}.{}", info.length.unwrap(), info.extension().unwrap_or("bin"))
        });
        let saved = path(download_to("IMAGE-01", to));
        assert_eq!(saved, folder.path().join("new/IMAGE-01-1826.jpg"));
        assert_eq!(fs::read(saved).unwrap(), PICTURE);
    });
}

#[test]
fn a_chosen_name_does_not_lead_out_of_the_folder() {
    let emulator = Emulator::start().unwrap();
    Clients::over(&emulator).each(|download_to| {
        let around = tempdir().unwrap();
        let folder = around.path().join("folder");
        for name in ["../a", "a/b", "/a", "..", ""] {
            let to = SaveTo::folder_with(&folder, |_| name.to_owned()).overwrite(true);
            assert_eq!(failure(download_to("IMAGE-01", to)), (folder.join(""), ErrorKind::InvalidInput));
            assert!(names_in(around.path()).is_empty(), "{name}");
        }
    });
}
