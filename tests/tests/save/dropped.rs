//! Async downloads that are dropped before they end.

use std::fs;
use std::thread;

use tempfile::tempdir;
use wechat_material::AccessToken;
use wechat_material_client::SaveTo;

use crate::held::{part_in, serve};
use crate::{Clients, names_in};

#[test]
fn a_download_that_is_dropped_leaves_neither_file_nor_folder() {
    let (base, end) = serve();
    let Clients { reqwest: client, runtime, .. } = Clients::new(base, &AccessToken::new("81_Zx3"));
    for (to_file, overwrite) in [(true, false), (true, true), (false, false)] {
        let folder = tempdir().unwrap();
        let (file, new) = (folder.path().join("file"), folder.path().join("new/folder"));
        if overwrite {
            fs::write(&file, "mine").unwrap();
        }
        let to = if to_file { SaveTo::file(&file) } else { SaveTo::folder(&new) };
        let downloading = client.clone();
        let task = runtime.spawn(async move { downloading.download_to("M", to.overwrite(overwrite)).await });
        let part = part_in(if to_file { folder.path() } else { &new });
        task.abort();
        assert!(runtime.block_on(task).unwrap_err().is_cancelled());
        assert!(!part.exists());
        assert_eq!(names_in(folder.path()), if overwrite { vec!["file"] } else { vec![] });
        if overwrite {
            assert_eq!(fs::read(&file).unwrap(), b"mine");
        }
        end.send(()).unwrap();
    }
}

#[test]
fn a_download_that_is_dropped_at_any_point_leaves_nothing_or_the_complete_file() {
    let emulator = wechat_material_testkit::Emulator::start().unwrap();
    let Clients { reqwest: client, runtime, .. } = Clients::over(&emulator);
    for polls in 0..40 {
        let folder = tempdir().unwrap();
        let new = folder.path().join("new");
        runtime.block_on(async {
            let mut download = Box::pin(client.download_to("IMAGE-01", &*new));
            let mut left = polls;
            std::future::poll_fn(|context| {
                let is_ready = download.as_mut().poll(context).is_ready();
                left -= i32::from(left > 0);
                if is_ready || left == 0 { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
            })
            .await;
        });
        // Work that blocks and was begun may end later.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        let is_settled = || match names_in(folder.path()).as_slice() {
            [] => true,
            _ => fs::read_dir(&new).is_ok_and(|mut entries| {
                entries
                    .any(|entry| fs::read(entry.unwrap().path()).is_ok_and(|bytes| bytes == crate::PICTURE))
            }),
        };
        while !is_settled() {
            assert!(std::time::Instant::now() < deadline, "after {polls} polls");
            thread::yield_now();
        }
    }
}
