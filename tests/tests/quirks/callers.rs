//! All ways to call, over a blocking and an async transport: each says in a few words what it got.

use std::time::Duration;

use futures_util::TryStreamExt;
use tokio::runtime::Runtime;
use wechat_material::{
    Access, AsyncTransport, Credentials, GetMaterial, ListMaterials, MaterialType, ParseOptions, RetryPolicy,
    Transport, call, call_async,
};
use wechat_material_testkit::Emulator;

use crate::outcome;

/// The most bytes of a body: what never ends, ends by this.
pub(crate) const LIMIT: u64 = 1 << 20;

const MEDIA_ID: &str = "IMAGE-01";

fn options() -> ParseOptions {
    ParseOptions::default().max_file(LIMIT)
}

fn images() -> ListMaterials {
    ListMaterials::new(MaterialType::Image)
}

/// Once more, without a wait that anyone would notice: not if the server wants more of one.
fn once_more(budget: Duration) -> RetryPolicy {
    let moment = Duration::from_micros(100);
    RetryPolicy::default().attempts(2).waits(moment, moment).budget(budget)
}

fn credentials() -> Credentials {
    Credentials::new(Emulator::APP_ID, Emulator::APP_SECRET)
}

/// The ways to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Get,
    Download,
    List,
    ClientGet,
    ClientDownload,
    ClientList,
}

impl Way {
    pub(crate) const ALL: [Self; 6] =
        [Self::Get, Self::Download, Self::List, Self::ClientGet, Self::ClientDownload, Self::ClientList];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Download => "download",
            Self::List => "list",
            Self::ClientGet => "client: get",
            Self::ClientDownload => "client: download",
            Self::ClientList => "client: list",
        }
    }
}

/// Calls over a blocking transport.
pub(crate) struct Blocking<T> {
    transport: T,
    client: wechat_material_ureq::Client<T>,
}

impl<T: Transport + Clone> Blocking<T> {
    pub(crate) fn over(transport: T, emulator: &Emulator, budget: Duration) -> Self {
        let client = wechat_material_ureq::Client::builder(credentials(), transport.clone())
            .base_url(emulator.base_url())
            .options(options())
            .retry(once_more(budget))
            .build();
        Self { transport, client }
    }

    pub(crate) fn call(&self, way: Way, access: &Access) -> String {
        let (get, transport) = (GetMaterial::new(MEDIA_ID), &self.transport);
        let failure = |error: &T::Error| transport.failure(error);
        let mut sink = Vec::new();
        match way {
            Way::Get => match call(&get, access, transport) {
                Ok(material) => outcome::of_asset(&material),
                Err(error) => outcome::of_failure(&error, failure),
            },
            Way::Download => {
                match wechat_material_ureq::download(&get, &options(), access, transport, &mut sink) {
                    Ok(parsed) => outcome::of_download(&parsed.output, &sink),
                    Err(error) => outcome::of_failed_download(&error, &sink, failure),
                }
            }
            Way::List => match call(&images(), access, transport) {
                Ok(page) => outcome::of_list(&page.items),
                Err(error) => outcome::of_failure(&error, failure),
            },
            Way::ClientGet => match self.client.get_material(MEDIA_ID) {
                Ok(material) => outcome::of_asset(&material),
                Err(error) => outcome::of_failed_client(&error, failure),
            },
            Way::ClientDownload => match self.client.download_with_restarts(MEDIA_ID, &mut sink) {
                Ok(material) => outcome::of_download(&material, &sink),
                Err(error) => {
                    assert!(sink.is_empty(), "half a file stays");
                    outcome::of_failed_client(&error, failure)
                }
            },
            Way::ClientList => match self.client.list_materials_from(images()).collect::<Result<Vec<_>, _>>()
            {
                Ok(items) => outcome::of_list(&items),
                Err(error) => outcome::of_failed_client(&error, failure),
            },
        }
    }
}

/// Calls over an async transport.
pub(crate) struct Async<T> {
    transport: T,
    client: wechat_material_reqwest::Client<T>,
}

impl<T: AsyncTransport + Clone + Sync> Async<T> {
    pub(crate) fn over(transport: T, emulator: &Emulator, budget: Duration) -> Self {
        let client = wechat_material_reqwest::Client::builder(credentials(), transport.clone())
            .base_url(emulator.base_url())
            .options(options())
            .retry(once_more(budget))
            .build();
        Self { transport, client }
    }

    pub(crate) async fn call(&self, way: Way, access: &Access) -> String {
        let (get, transport) = (GetMaterial::new(MEDIA_ID), &self.transport);
        let failure = |error: &T::Error| transport.failure(error);
        let mut sink = Vec::new();
        match way {
            Way::Get => match call_async(&get, access, transport).await {
                Ok(material) => outcome::of_asset(&material),
                Err(error) => outcome::of_failure(&error, failure),
            },
            Way::Download => {
                let options = options();
                let download =
                    wechat_material_reqwest::download(&get, &options, access, transport, &mut sink);
                match download.await {
                    Ok(parsed) => outcome::of_download(&parsed.output, &sink),
                    Err(error) => outcome::of_failed_download(&error, &sink, failure),
                }
            }
            Way::List => match call_async(&images(), access, transport).await {
                Ok(page) => outcome::of_list(&page.items),
                Err(error) => outcome::of_failure(&error, failure),
            },
            Way::ClientGet => match self.client.get_material(MEDIA_ID).await {
                Ok(material) => outcome::of_asset(&material),
                Err(error) => outcome::of_failed_client(&error, failure),
            },
            Way::ClientDownload => match self.client.download_with_restarts(MEDIA_ID, &mut sink).await {
                Ok(material) => outcome::of_download(&material, &sink),
                Err(error) => {
                    assert!(sink.is_empty(), "half a file stays");
                    outcome::of_failed_client(&error, failure)
                }
            },
            Way::ClientList => {
                match self.client.list_materials_from(images()).try_collect::<Vec<_>>().await {
                    Ok(items) => outcome::of_list(&items),
                    Err(error) => outcome::of_failed_client(&error, failure),
                }
            }
        }
    }
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
