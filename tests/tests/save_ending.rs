//! A process that is about to end removes the downloads that it has begun, and begins no others. It has this file to
//! itself, as that is for the whole process.

use std::fs;
use std::thread;

use tempfile::tempdir;
use wechat_material::{AccessToken, ClientError};
use wechat_material_client::{SaveTo, blocking, remove_unfinished_downloads};
use wechat_material_ureq::{Client, UreqTransport};

#[path = "held/server.rs"]
mod held;

#[test]
fn unfinished_downloads_are_removed_and_none_is_finished_or_begun_afterwards() {
    let (base, end) = held::serve();
    let source = blocking::TokenSource::fixed(AccessToken::new("81_Zx3"));
    let client = Client::builder(source, UreqTransport::new()).base_url(base).build();
    let folder = tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));

    end.send(()).unwrap();
    client.download_to("M", SaveTo::folder(&first)).unwrap();
    thread::scope(|scope| {
        let download = scope.spawn(|| client.download_to("M", SaveTo::folder(&second)));
        held::part_in(&second);
        remove_unfinished_downloads();
        assert!(!second.exists());
        end.send(()).unwrap();
        let error = download.join().unwrap().unwrap_err();
        assert_is_closed(&error);
    });
    // They fail before a call is made: the server would not send the end.
    for to in [SaveTo::folder(&second), SaveTo::file(folder.path().join("file"))] {
        assert_is_closed(&client.download_to("M", to).unwrap_err());
    }
    remove_unfinished_downloads();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(fs::read(first.join("picture.jpg")).unwrap(), held::content());
}

#[track_caller]
fn assert_is_closed(error: &ClientError) {
    assert!(matches!(error, ClientError::Save { .. }), "{error:?}");
    let text = error.to_string();
    let expected = ": this process has called remove_unfinished_downloads, and saves no files after that";
    assert!(text.starts_with("could not save to ") && text.ends_with(expected), "{text}");
}
