//! Relative paths while the working folder changes. This file has one test, as the working folder is the process's.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use tempfile::tempdir;
use wechat_material::{AccessToken, Material};
use wechat_material_client::{SaveTo, TokenSource, blocking};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_ureq::UreqTransport;

#[path = "held/server.rs"]
mod held;

#[test]
fn a_relative_path_stays_where_it_was_when_the_download_began() {
    let (base, end) = held::serve();
    let token = AccessToken::new("81_Zx3");
    let ureq = wechat_material_ureq::Client::builder(
        blocking::TokenSource::fixed(token.clone()),
        UreqTransport::new(),
    )
    .base_url(base.clone())
    .build();
    let reqwest =
        wechat_material_reqwest::Client::builder(TokenSource::fixed(token), ReqwestTransport::new())
            .base_url(base)
            .build();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let ureq = |to: SaveTo| ureq.download_to("M", to);
    let reqwest = |to: SaveTo| runtime.block_on(reqwest.download_to("M", to));
    let clients: [&(dyn Fn(SaveTo) -> _ + Sync); 2] = [&ureq, &reqwest];

    for download_to in clients {
        for (to, part_in, saved_as) in [
            (SaveTo::file("a.jpg"), "", "a.jpg"),
            (SaveTo::file("a.jpg").overwrite(true), "", "a.jpg"),
            (SaveTo::folder("new"), "new", "new/picture.jpg"),
            (SaveTo::from("new/"), "new", "new/picture.jpg"),
            (SaveTo::from("a.jpg"), "", "a.jpg"),
            // The working folder itself.
            (SaveTo::folder(""), "", "./picture.jpg"),
            (SaveTo::from(Path::new("cover.jpg").parent().unwrap()), "", "./picture.jpg"),
            (SaveTo::from("."), "", "./picture.jpg"),
        ] {
            let (first, second) = (tempdir().unwrap(), tempdir().unwrap());
            env::set_current_dir(&first).unwrap();
            let description = format!("{to:?}");
            let saved = thread::scope(|scope| {
                let download = scope.spawn(move || download_to(to));
                held::part_in(&first.path().join(part_in));
                env::set_current_dir(&second).unwrap();
                end.send(()).unwrap();
                download.join().unwrap()
            });
            let Ok(Material::File(saved)) = saved else { panic!("{description}: {saved:?}") };
            assert_eq!(saved.path, PathBuf::from(saved_as), "{description}");
            assert_eq!(fs::read(first.path().join(saved_as)).unwrap(), held::content(), "{description}");
            assert_eq!(fs::read_dir(&second).unwrap().count(), 0, "{description}");
        }
    }
}
