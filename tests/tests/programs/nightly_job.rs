//! The pictures of an account, saved every night: the examples `backup`, blocking and async.

#[path = "../../../transport-reqwest/examples/backup_async.rs"]
#[expect(dead_code, reason = "an example has its own main")]
mod asynchronous;
#[path = "../../../transport-ureq/examples/backup.rs"]
#[expect(dead_code, reason = "an example has its own main")]
mod blocking;

use std::fs;
use std::path::Path;

use wechat_material_testkit::{Emulator, Quirk};

use crate::{PICTURE, async_client, blocking_client, runtime};

/// How many pictures were saved and skipped, and a line for each that failed.
type Summary = (u64, u64, Vec<String>);

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn check(job: impl Fn(&Emulator, &Path) -> Summary) {
    let emulator = Emulator::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    emulator.misbehave_for("IMAGE-02", Quirk::Errcode(48001));
    let (saved, skipped, failed) = job(&emulator, folder.path());
    assert_eq!((saved, skipped), (1, 0));
    let [line] = &failed[..] else { panic!("{failed:?}") };
    assert!(line.starts_with("IMAGE-02: get_material failed: ") && line.contains("48001"), "{line}");
    assert_eq!(names(folder.path()), ["IMAGE-01.jpg"]);
    assert_eq!(fs::read(folder.path().join("IMAGE-01.jpg")).unwrap(), PICTURE);

    emulator.behave();
    emulator.take_exchanges();
    assert_eq!(job(&emulator, folder.path()), (1, 1, vec![]));
    assert_eq!(names(folder.path()), ["IMAGE-01.jpg", "IMAGE-02.png"]);
    let calls = emulator.take_exchanges();
    assert!(!calls.iter().any(|call| call.body.ends_with(b"\"IMAGE-01\"}")), "it was fetched again");
}

#[test]
fn a_blocking_job_skips_what_is_there_and_goes_on_after_an_error() {
    check(|emulator, folder| {
        let summary = blocking::backup(&blocking_client(emulator), folder).unwrap();
        (summary.saved, summary.skipped, summary.failed)
    });
}

#[test]
fn an_async_job_skips_what_is_there_and_goes_on_after_an_error() {
    check(|emulator, folder| {
        let summary = runtime().block_on(asynchronous::backup(&async_client(emulator), folder)).unwrap();
        (summary.saved, summary.skipped, summary.failed)
    });
}

#[test]
fn a_list_that_fails_ends_the_job() {
    let emulator = Emulator::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let client = blocking_client(&emulator);
    client.token().unwrap();
    emulator.misbehave_next(1, Quirk::Errcode(48001));
    let error = blocking::backup(&client, folder.path()).unwrap_err();
    assert!(error.to_string().starts_with("batchget_material failed: "), "{error}");
}
