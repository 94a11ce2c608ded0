//! `get`: what comes goes where it should, whole or not at all.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::tempdir;
use wechat_material::AccessToken;
use wechat_material_testkit::Emulator;

use crate::program::{names_in, program, run, text, with_token};

const PICTURE: &[u8] = include_bytes!("../../../testkit/assets/picture.jpg");

fn get(emulator: &Emulator, arguments: &[&str]) -> Command {
    with_token(emulator, &[&["get"], arguments].concat())
}

#[test]
fn articles_and_videos_are_json_on_stdout() {
    let emulator = Emulator::start().unwrap();
    let news = run(&mut get(&emulator, &["NEWS-ONE"])).expect_fine().json();
    assert_eq!(news["articles"][0]["title"], "清晨的码头");
    let video = run(&mut get(&emulator, &["VIDEO-02"])).expect_fine().json();
    assert_eq!(video["title"], "网页里的视频");
}

#[test]
fn a_path_is_not_written_for_articles_and_videos_and_that_is_reported() {
    let emulator = Emulator::start().unwrap();
    let folder = tempdir().unwrap();
    for media_id in ["NEWS-ONE", "VIDEO-01"] {
        let got = run(&mut get(&emulator, &[media_id, "-o", text(&folder.path().join("x.json"))]));
        assert_eq!(got.code, 0);
        assert!(got.json().is_object());
        assert!(got.stderr.starts_with("nothing was written to ") && got.stderr.contains("x.json"));
        assert!(names_in(folder.path()).is_empty());
    }
    run(&mut get(&emulator, &["NEWS-ONE", "-o", "-"])).expect_fine();
}

#[test]
fn a_file_goes_to_stdout_unless_that_is_a_terminal() {
    let emulator = Emulator::start().unwrap();
    assert_eq!(run(&mut get(&emulator, &["IMAGE-01"])).expect_fine().stdout, PICTURE);
    assert_eq!(run(&mut get(&emulator, &["IMAGE-01", "-o", "-"])).expect_fine().stdout, PICTURE);
}

#[test]
fn a_file_goes_to_a_path_and_the_path_is_reported() {
    let emulator = Emulator::start().unwrap();
    let folder = tempdir().unwrap();
    let path = folder.path().join("cat.jpg");
    let got = run(&mut get(&emulator, &["IMAGE-01", "-o", text(&path)]));
    assert_eq!((got.code, got.text()), (0, ""));
    assert!(got.stderr.contains(text(&path)) && got.stderr.contains("1,826 bytes (image/jpeg)"));
    assert_eq!(fs::read(&path).unwrap(), PICTURE);
    assert_eq!(names_in(folder.path()), ["cat.jpg"]);
}

#[test]
fn a_file_goes_into_a_folder_under_its_safe_name() {
    let emulator = Emulator::start().unwrap();
    let folder = tempdir().unwrap();
    assert_eq!(run(&mut get(&emulator, &["IMAGE-01", "-o", text(folder.path())])).code, 0);
    assert_eq!(names_in(folder.path()), ["绿与蓝.jpg"]);

    let new = format!("{}/new/", text(folder.path()));
    assert_eq!(run(&mut get(&emulator, &["VOICE-01", "-o", &new])).code, 0);
    assert_eq!(names_in(Path::new(&new)), ["recording.mp3"]);
}

#[test]
fn an_existing_file_is_replaced_by_force_only() {
    let emulator = Emulator::start().unwrap();
    let folder = tempdir().unwrap();
    let path = folder.path().join("绿与蓝.jpg");
    fs::write(&path, "mine").unwrap();
    for output in [text(&path), text(folder.path())] {
        let got = run(&mut get(&emulator, &["IMAGE-01", "-o", output])).expect_error(2);
        assert!(got.stderr.contains(text(&path)) && got.stderr.contains("--force"), "{}", got.stderr);
        assert_eq!(fs::read(&path).unwrap(), b"mine");
    }
    assert_eq!(run(&mut get(&emulator, &["IMAGE-01", "-o", text(&path), "--force"])).code, 0);
    assert_eq!(fs::read(&path).unwrap(), PICTURE);
    assert_eq!(names_in(folder.path()), ["绿与蓝.jpg"]);
}

#[test]
fn a_path_that_cannot_be_written_costs_no_call() {
    let folder = tempdir().unwrap();
    let mine = folder.path().join("mine");
    fs::write(&mine, "").unwrap();
    for path in [text(&mine), text(&folder.path().join("no/folder")), "", &format!("{}/", text(&mine))] {
        // Nothing listens there: a call would end with code 1.
        let arguments = ["get", "IMAGE-01", "--base-url", "http://127.0.0.1:1", "-o", path];
        run(program(&arguments).env("WECHAT_ACCESS_TOKEN", "token")).expect_error(2);
    }
}

#[test]
fn an_error_writes_nothing() {
    let emulator = Emulator::start().unwrap();
    let folder = tempdir().unwrap();
    let new = format!("{}/new/", text(folder.path()));
    for output in [text(&folder.path().join("cat.jpg")), text(folder.path()), &new, "-"] {
        run(&mut get(&emulator, &["NO-SUCH-ASSET", "-o", output])).expect_error(1);
        assert!(names_in(folder.path()).is_empty());
    }
    run(&mut get(&emulator, &["NO-SUCH-ASSET"])).expect_error(1);
}

#[test]
fn a_media_id_may_begin_with_a_hyphen() {
    let emulator = Emulator::start().unwrap();
    for media_id in ["-abc", "-o", "--force"] {
        let got = run(&mut get(&emulator, &["--", media_id])).expect_error(1);
        assert!(got.stderr.contains("40007"), "{}", got.stderr);
        // Without the two hyphens in front it may be a typing error, which is not worth a call.
    }
    for typing_error in ["-abc", "--forse"] {
        run(&mut get(&emulator, &[typing_error])).expect_error(2);
    }
}

#[test]
fn a_token_of_any_characters_arrives_as_it_is() {
    let emulator = Emulator::start().unwrap();
    let token = AccessToken::new("81_a#b&c=%2B+ d中?/");
    emulator.accept(&token);
    run(get(&emulator, &["NEWS-ONE"]).env("WECHAT_ACCESS_TOKEN", token.expose())).expect_fine();
}

#[test]
fn wrong_usage_ends_with_2() {
    for arguments in [
        &["get"][..],
        &["get", "IMAGE-01", "IMAGE-02"],
        &["fetch"],
        &["get", ""],
        &["get", "IMAGE-01", "--base-url", "http://gateway.example"],
        &["get", "IMAGE-01", "--max-size", "0"],
        &["get", "IMAGE-01", "--max-size", "much"],
        &["get", "IMAGE-01", "--timeout", "0"],
        &["count", "image"],
        &["list", "--type", "thumb"],
        &["list", "--limit", "0"],
        &["list", "--offset", "-1"],
    ] {
        run(program(arguments).env("WECHAT_ACCESS_TOKEN", "token")).expect_error(2);
    }
    assert_eq!(run(&mut program(&[])).code, 2);
}

#[cfg(unix)]
#[test]
fn a_saved_file_has_the_permissions_of_any_other() {
    use std::os::unix::fs::PermissionsExt;

    let emulator = Emulator::start().unwrap();
    let folder = tempdir().unwrap();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
    fs::write(folder.path().join("other"), "").unwrap();
    run(&mut get(&emulator, &["VOICE-02", "-o", text(folder.path())]));
    assert_eq!(mode("VOICE-02.amr"), mode("other"));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let emulator = Emulator::start().unwrap();
    for media_id in ["IMAGE-01", "NEWS-ONE"] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let got = run(get(&emulator, &[media_id]).stdout(full)).expect_error(1);
        assert!(got.stderr.contains("could not be written"), "{}", got.stderr);
    }
}
