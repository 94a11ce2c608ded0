//! `get`: a download that breaks off is started over, where that can be done.

use std::fs;

use tempfile::tempdir;
use wechat_material_testkit::{Emulator, Quirk};

use crate::gateway::{fault, gateway};
use crate::program::{names_in, program, run, text, with_token};
use crate::stream::content;

const PICTURE: &[u8] = include_bytes!("../../../testkit/assets/picture.jpg");

#[test]
fn a_file_is_whole_though_it_broke_off_before() {
    let emulator = Emulator::start().unwrap();
    for quirk in [Quirk::TruncatedBody, Quirk::ResetInBody, Quirk::ResetBeforeBody, Quirk::BadGateway] {
        let folder = tempdir().unwrap();
        let path = folder.path().join("a file");
        for output in [text(&path), text(folder.path())] {
            emulator.misbehave_next(2, quirk);
            let got = run(&mut with_token(&emulator, &["get", "IMAGE-01", "-o", output]));
            assert_eq!((got.code, got.text()), (0, ""), "{quirk}: {}", got.stderr);
            assert!(got.stderr.contains(": a file of 1,826 bytes"), "{quirk}: {}", got.stderr);
            assert_eq!(emulator.take_exchanges().len(), 3, "{quirk}");
        }
        assert_eq!(names_in(folder.path()), ["a file", "绿与蓝.jpg"]);
        for name in names_in(folder.path()) {
            assert_eq!(fs::read(folder.path().join(name)).unwrap(), PICTURE, "{quirk}");
        }
    }
}

#[test]
fn what_is_longer_than_what_broke_off_has_nothing_of_it_and_nor_has_what_is_shorter() {
    const LENGTH: usize = 300_000;
    for (first, second) in [(LENGTH, 100), (LENGTH, LENGTH / 3), (5_000, LENGTH)] {
        let mut calls = 0;
        let base = gateway(move |_| {
            calls += 1;
            let (announced, bytes) =
                if calls == 1 { (LENGTH * 2, vec![0; first]) } else { (second, content(second)) };
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Disposition: attachment\r\nContent-Length: {announced}\r\n\
                 Connection: close\r\n\r\n"
            );
            [head.into_bytes(), bytes].concat()
        });
        let folder = tempdir().unwrap();
        let path = folder.path().join("a file");
        let mut get = program(&["get", "IMAGE-01", "--base-url", &base, "-o", text(&path)]);
        let got = run(get.env("WECHAT_ACCESS_TOKEN", "81_Zx3"));
        assert_eq!(got.code, 0, "{}", got.stderr);
        assert!(fs::read(&path).unwrap() == content(second), "{first} {second}");
    }
}

#[test]
fn articles_after_the_beginning_of_a_file_leave_nothing_of_it() {
    let emulator = Emulator::start().unwrap();
    let folder = tempdir().unwrap();
    let new = format!("{}/new/", text(folder.path()));
    for output in [text(&folder.path().join("a file")), text(folder.path()), &new] {
        emulator.misbehave_next(1, Quirk::TruncatedBody);
        let got = run(&mut with_token(&emulator, &["get", "NEWS-ONE", "-o", output]));
        assert_eq!((got.code, &got.json()["articles"][0]["title"]), (0, &"清晨的码头".into()));
        assert!(names_in(folder.path()).is_empty(), "{output}");
    }
}

#[test]
fn stdout_cannot_be_taken_back() {
    let emulator = Emulator::start().unwrap();
    emulator.misbehave_next(1, Quirk::TruncatedBody);
    let got = run(&mut with_token(&emulator, &["get", "IMAGE-01", "-o", "-"]));
    assert_eq!((got.code, got.stdout.as_slice()), (1, &PICTURE[..PICTURE.len() / 2]));
    assert!(got.stderr.contains("incomplete: 913 bytes were written to stdout"), "{}", got.stderr);
    assert_eq!(emulator.take_exchanges().len(), 1);
    // Before there was a byte of it, there is nothing to take back.
    emulator.misbehave_next(1, Quirk::ResetBeforeBody);
    assert_eq!(run(&mut with_token(&emulator, &["get", "IMAGE-01"])).expect_fine().stdout, PICTURE);
}

#[test]
fn a_refusal_after_a_beginning_is_reported() {
    let mut calls = 0;
    let base = gateway(move |_| {
        calls += 1;
        let half = "HTTP/1.1 200 OK\r\nContent-Disposition: attachment\r\nContent-Length: 9999\r\n\r\n";
        if calls == 1 { [half.as_bytes(), &content(9000)].concat() } else { fault(48001, "api unauthorized") }
    });
    let folder = tempdir().unwrap();
    let mut get = program(&["get", "IMAGE-01", "--base-url", &base, "-o", text(folder.path())]);
    let got = run(get.env("WECHAT_ACCESS_TOKEN", "81_Zx3")).expect_error(1);
    for part in ["errcode 48001", "after 2 attempts", "nothing was saved"] {
        assert!(got.stderr.contains(part), "{part}: {}", got.stderr);
    }
    assert!(names_in(folder.path()).is_empty());
}
