//! Truncated and endless bodies over real sockets, received by every call of both clients that can receive a file.

use std::fmt::Debug;

use tokio::runtime::Runtime;
use wechat_material::{AccessToken, BaseUrl, CallError, ClientError, RetryPolicy};
use wechat_material_client::{TokenSource, blocking};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_ureq::UreqTransport;

mod endless;
mod server;
mod truncated;

/// A blocking and an async client, with a fixed token and without retries.
struct Clients {
    ureq: wechat_material_ureq::Client,
    reqwest: wechat_material_reqwest::Client,
    runtime: Runtime,
}

impl Clients {
    fn new(base: &BaseUrl) -> Self {
        let token = AccessToken::new("81_Zx3");
        let source = blocking::TokenSource::fixed(token.clone());
        let ureq = wechat_material_ureq::Client::builder(source, UreqTransport::new());
        let source = TokenSource::fixed(token);
        let reqwest = wechat_material_reqwest::Client::builder(source, ReqwestTransport::new());
        Self {
            ureq: ureq.base_url(base.clone()).retry(RetryPolicy::never()).build(),
            reqwest: reqwest.base_url(base.clone()).retry(RetryPolicy::never()).build(),
            // Its thread closes connections between calls.
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    /// Makes every call, and expects it to fail. Passes its name, its error and the content of its sink to `check`.
    fn assert_all_fail(&self, check: impl Fn(&str, &CallError, &[u8])) {
        let mut sink = Vec::new();
        check("ureq, get", &failure(self.ureq.get_material("M")), &[]);
        let downloaded = self.ureq.download("M", &mut sink);
        check("ureq, download", &failure(downloaded), &sink);
        sink.clear();
        let downloaded = self.ureq.download_with_restarts("M", &mut sink);
        check("ureq, download with restarts", &failure(downloaded), &sink);
        assert_eq!(sink, b"", "the sink that can rewind is not empty");

        let runtime = &self.runtime;
        check("reqwest, get", &failure(runtime.block_on(self.reqwest.get_material("M"))), &[]);
        let downloaded = runtime.block_on(self.reqwest.download("M", &mut sink));
        check("reqwest, download", &failure(downloaded), &sink);
        sink.clear();
        let downloaded = runtime.block_on(self.reqwest.download_with_restarts("M", &mut sink));
        check("reqwest, download with restarts", &failure(downloaded), &sink);
        assert_eq!(sink, b"", "the sink that can rewind is not empty");
    }
}

/// Returns the cause of a failed call.
#[track_caller]
fn failure<A: Debug>(got: Result<A, ClientError>) -> CallError {
    match got {
        Err(ClientError::Call { cause, .. }) => *cause,
        other => panic!("{other:?}"),
    }
}
