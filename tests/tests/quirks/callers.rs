//! All ways to make a call, over a blocking and an async transport. Each returns a short description of the result.

use std::time::Duration;

use tokio::runtime::Runtime;
use wechat_material::{
    Access, AccessToken, AsyncTransport, BaseUrl, ClientError, Credentials, GetMaterial, ListMaterials,
    MaterialItem, MaterialType, ParseOptions, RetryPolicy, Transport, call, call_async,
};
use wechat_material_client::{Client, TokenSource, blocking};
use wechat_material_testkit::Emulator;

use crate::outcome;

/// The maximum size of a body, in bytes. It ends endless bodies.
pub(crate) const MAX_BODY: u64 = 1 << 20;

const MEDIA_ID: &str = "IMAGE-01";

fn options() -> ParseOptions {
    ParseOptions::default().max_file(MAX_BODY)
}

fn images() -> ListMaterials {
    ListMaterials::new(MaterialType::Image)
}

/// One retry after a very short wait, but none if the server asks for a wait that is longer than the time allows.
fn once_more(max_elapsed: Duration) -> RetryPolicy {
    let moment = Duration::from_micros(100);
    RetryPolicy::default().max_attempts(2).backoff(moment, moment).max_elapsed(max_elapsed)
}

fn credentials() -> Credentials {
    Credentials::new(Emulator::APP_ID, Emulator::APP_SECRET)
}

/// The ways to make a call: once, or with a client that retries.
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
    base: BaseUrl,
    client: blocking::Client<T>,
}

impl<T: Transport + Clone> Blocking<T> {
    pub(crate) fn new(transport: T, emulator: &Emulator, max_elapsed: Duration) -> Self {
        let client = blocking::Client::builder(credentials(), transport.clone())
            .base_url(emulator.base_url())
            .options(options())
            .retry(once_more(max_elapsed))
            .build();
        Self { transport, base: emulator.base_url(), client }
    }

    /// A client that sends each call once, with this token.
    fn once(&self, token: AccessToken) -> blocking::Client<T> {
        blocking::Client::builder(blocking::TokenSource::fixed(token), self.transport.clone())
            .base_url(self.base.clone())
            .options(options())
            .retry(RetryPolicy::never())
            .build()
    }

    pub(crate) fn call(&self, way: Way, token: AccessToken) -> String {
        let access = Access::with_base_url(&token, self.base.clone());
        let mut sink = Vec::new();
        match way {
            Way::Get => outcome::describe_asset(call(&GetMaterial::new(MEDIA_ID), &access, &self.transport)),
            Way::Download => {
                let downloaded = self.once(token).download(MEDIA_ID, &mut sink);
                outcome::describe_download(downloaded, &sink)
            }
            Way::List => outcome::describe_page(call(&images(), &access, &self.transport)),
            Way::ClientGet => {
                outcome::describe_client(self.client.get_material(MEDIA_ID), outcome::describe_material)
            }
            Way::ClientDownload => {
                let downloaded = self.client.download_with_restarts(MEDIA_ID, &mut sink);
                assert!(downloaded.is_ok() || sink.is_empty(), "the sink holds a part of a file");
                outcome::describe_download(downloaded, &sink)
            }
            Way::ClientList => {
                let listed: Result<Vec<MaterialItem>, ClientError> =
                    self.client.list_materials_from(images()).collect();
                outcome::describe_client(listed, |items| outcome::describe_items(items))
            }
        }
    }
}

/// Calls over an async transport.
pub(crate) struct Async<T> {
    transport: T,
    base: BaseUrl,
    client: Client<T>,
}

impl<T: AsyncTransport + Clone + Send + Sync + 'static> Async<T> {
    pub(crate) fn new(transport: T, emulator: &Emulator, max_elapsed: Duration) -> Self {
        let client = Client::builder(credentials(), transport.clone())
            .base_url(emulator.base_url())
            .options(options())
            .retry(once_more(max_elapsed))
            .build();
        Self { transport, base: emulator.base_url(), client }
    }

    /// A client that sends each call once, with this token.
    fn once(&self, token: AccessToken) -> Client<T> {
        Client::builder(TokenSource::fixed(token), self.transport.clone())
            .base_url(self.base.clone())
            .options(options())
            .retry(RetryPolicy::never())
            .build()
    }

    pub(crate) async fn call(&self, way: Way, token: AccessToken) -> String {
        let access = Access::with_base_url(&token, self.base.clone());
        let mut sink = Vec::new();
        match way {
            Way::Get => outcome::describe_asset(
                call_async(&GetMaterial::new(MEDIA_ID), &access, &self.transport).await,
            ),
            Way::Download => {
                let downloaded = self.once(token).download(MEDIA_ID, &mut sink).await;
                outcome::describe_download(downloaded, &sink)
            }
            Way::List => outcome::describe_page(call_async(&images(), &access, &self.transport).await),
            Way::ClientGet => {
                outcome::describe_client(self.client.get_material(MEDIA_ID).await, outcome::describe_material)
            }
            Way::ClientDownload => {
                let downloaded = self.client.download_with_restarts(MEDIA_ID, &mut sink).await;
                assert!(downloaded.is_ok() || sink.is_empty(), "the sink holds a part of a file");
                outcome::describe_download(downloaded, &sink)
            }
            Way::ClientList => {
                let listed: Result<Vec<MaterialItem>, ClientError> =
                    self.client.list_materials_from(images()).try_collect().await;
                outcome::describe_client(listed, |items| outcome::describe_items(items))
            }
        }
    }
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
