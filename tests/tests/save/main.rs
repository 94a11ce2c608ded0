//! `download_to`: a file is saved whole or not at all, by both clients, over real sockets.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::runtime::Runtime;
use wechat_material::{AccessToken, BaseUrl, ClientError, Material, RetryPolicy};
use wechat_material_client::{SaveTo, SavedFile, TokenSource, blocking};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_testkit::Emulator;
use wechat_material_ureq::UreqTransport;

mod breaks;
mod chosen;
#[cfg(target_os = "linux")]
mod disk;
mod dropped;
#[path = "../held/server.rs"]
mod held;
mod places;
#[cfg(unix)]
mod unix;

pub(crate) const PICTURE: &[u8] = include_bytes!("../../../testkit/assets/picture.jpg");

type Saved = Result<Material<SavedFile>, ClientError>;

/// The blocking client and the async one, with a fixed token, and waits that are over before anyone notices.
pub(crate) struct Clients {
    ureq: wechat_material_ureq::Client,
    reqwest: wechat_material_reqwest::Client,
    runtime: Runtime,
}

impl Clients {
    pub(crate) fn new(base: BaseUrl, token: &AccessToken) -> Self {
        let quick = RetryPolicy::default().backoff(Duration::from_micros(10), Duration::from_micros(100));
        let source = blocking::TokenSource::fixed(token.clone());
        let ureq = wechat_material_ureq::Client::builder(source, UreqTransport::new());
        let source = TokenSource::fixed(token.clone());
        let reqwest = wechat_material_reqwest::Client::builder(source, ReqwestTransport::new());
        Self {
            ureq: ureq.base_url(base.clone()).retry(quick.clone()).build(),
            reqwest: reqwest.base_url(base).retry(quick).build(),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    pub(crate) fn over(emulator: &Emulator) -> Self {
        Self::new(emulator.base_url(), &emulator.token())
    }

    /// Runs a test with each of the clients.
    pub(crate) fn each(&self, test: impl Fn(&dyn Fn(&str, SaveTo) -> Saved)) {
        test(&|media_id, to| self.ureq.download_to(media_id, to));
        test(&|media_id, to| self.runtime.block_on(self.reqwest.download_to(media_id, to)));
    }
}

/// Where the file was saved.
#[track_caller]
pub(crate) fn path(saved: Saved) -> PathBuf {
    match saved {
        Ok(Material::File(saved)) => saved.path,
        other => panic!("{other:?}"),
    }
}

/// Why it was not saved: where, and the kind of the error.
#[track_caller]
pub(crate) fn failure(saved: Saved) -> (PathBuf, std::io::ErrorKind) {
    match saved {
        Err(ClientError::Save { path, cause, .. }) => (path, cause.kind()),
        other => panic!("{other:?}"),
    }
}

/// The names in a folder, in order.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
