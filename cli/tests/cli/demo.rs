//! `demo`: everything that an account can hold, on one screen.

use std::fs;

use tempfile::tempdir;
use wechat_material_testkit::Emulator;

use crate::program::{names_in, program, run, text};

#[test]
fn every_asset_of_the_account_is_fetched_shown_and_saved() {
    let folder = tempdir().unwrap();
    let new = folder.path().join("a/b");
    let demo = run(&mut program(&["demo", "-o", text(&new)])).expect_fine();
    let names = names_in(&new);
    assert_eq!(
        names,
        [
            "IMAGE-02.png",
            "NEWS-ONE.json",
            "NEWS-SEVERAL_0000000000000000000000000000000.json",
            "VIDEO-01.json",
            "VIDEO-02.json",
            "VOICE-02.amr",
            "recording.mp3",
            "绿与蓝.jpg",
            "绿与蓝，一秒钟.mp4",
        ]
    );
    for name in &names {
        assert!(demo.text().lines().any(|line| line.ends_with(&format!("  {name}"))), "{name}");
    }
    assert_eq!(
        fs::read(new.join("绿与蓝，一秒钟.mp4")).unwrap(),
        include_bytes!("../../../testkit/assets/video.mp4")
    );
    let news: serde_json::Value =
        serde_json::from_slice(&fs::read(new.join("NEWS-ONE.json")).unwrap()).unwrap();
    assert_eq!(news["articles"][0]["title"], "清晨的码头");

    for part in [
        "  image  voice  video  news\n  ─────  ─────  ─────  ────\n      2      2      2     2\n",
        "  image  2026-10-17 00:00  IMAGE-01 ",
        "  绿与蓝，一秒钟\n",
        "  一碗面的时间 +2\n",
        "kind      size  type            name",
        "picture  1,826  image/jpeg      绿与蓝.jpg",
        "news     1,624  3 articles      NEWS-",
        "video      281  link to a file  VIDEO-01.json",
        "video    1,414  video/mp4       绿与蓝，一秒钟.mp4",
        "voice      656  audio/amr       VOICE-02.amr",
        "errcode  40007",
        "advice   check the media id",
        "an expired token (the client obtains a new one, and then the call succeeds)",
        "errcode  42001",
        "advice   get a new access token",
        &format!("The files are in {}", text(&new)),
    ] {
        assert!(demo.text().contains(part), "{part}\n{}", demo.text());
    }
    // A screen of it.
    assert!(demo.text().lines().count() <= 50 && !demo.text().contains(Emulator::APP_SECRET));
}

#[test]
fn without_a_folder_it_makes_one_and_keeps_it() {
    let temporary = tempdir().unwrap();
    let demo = run(program(&["demo"]).env("TMPDIR", temporary.path())).expect_fine();
    let line = demo.text().lines().find_map(|line| line.strip_prefix("The files are in ")).unwrap();
    assert!(line.starts_with(text(temporary.path())), "{line}");
    assert_eq!(names_in(line.as_ref()).len(), 9);
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("mine"), "").unwrap();
    run(&mut program(&["demo", "-o", text(folder.path())])).expect_error(2);
    assert_eq!(names_in(folder.path()), ["mine"]);
}
