//! Async downloads that are dropped before they end.

use std::fs;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;

use tempfile::tempdir;
use wechat_material::AccessToken;
use wechat_material_client::SaveTo;

use crate::held::{part_in, parts_in, serve};
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
            let mut download = Box::pin(client.download_to("IMAGE-01", SaveTo::folder(&new)));
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

#[test]
fn a_download_that_is_dropped_while_the_file_gets_its_name_is_not_saved() {
    let emulator = wechat_material_testkit::Emulator::start().unwrap();
    let Clients { reqwest: client, runtime, .. } = Clients::over(&emulator);
    let folder = tempdir().unwrap();
    let (began, has_begun) = channel();
    let (end, ended) = channel::<()>();
    let ended = Mutex::new(ended);
    let to = SaveTo::folder_with(folder.path().join("new"), move |info| {
        began.send(()).unwrap();
        let _ = ended.lock().unwrap().recv();
        info.safe_name()
    });
    let task = runtime.spawn(async move { client.download_to("IMAGE-01", to).await });
    has_begun.recv().unwrap();
    task.abort();
    assert!(runtime.block_on(task).unwrap_err().is_cancelled());
    assert!(names_in(folder.path()).is_empty(), "the incomplete file is left");
    drop(end);
    // Waits until the work that blocks has ended.
    drop(runtime);
    assert!(names_in(folder.path()).is_empty(), "the file was saved afterwards");
}

#[test]
fn downloads_that_share_a_new_folder_leave_it_only_if_one_is_saved() {
    for is_second_saved in [false, true] {
        let folder = tempdir().unwrap();
        let new = folder.path().join("new/folder");
        // The second one finds the folder that was made for the first one.
        let [first, second] = [1, 2].map(|count| {
            let (base, end) = serve();
            let Clients { reqwest: client, runtime, .. } = Clients::new(base, &AccessToken::new("81_Zx3"));
            let to = SaveTo::folder(&new);
            let task = runtime.spawn(async move { client.download_to("M", to).await });
            parts_in(&new, count);
            (end, runtime, task)
        });
        let (_, runtime, task) = first;
        task.abort();
        assert!(runtime.block_on(task).unwrap_err().is_cancelled());
        assert_eq!(parts_in(&new, 1).len(), 1);
        let (end, runtime, task) = second;
        if is_second_saved {
            end.send(()).unwrap();
            runtime.block_on(task).unwrap().unwrap();
            assert_eq!(names_in(&new), ["picture.jpg"]);
        } else {
            task.abort();
            assert!(runtime.block_on(task).is_err());
            assert!(names_in(folder.path()).is_empty());
        }
    }
}
