//! The transport of this program. It records the tokens that are sent, so that no message repeats one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use wechat_material::driver::Body;
use wechat_material::http::{Request, Response, Uri};
use wechat_material::{Transport, TransportError};
use wechat_material_ureq::UreqTransport;

/// Clones share what is recorded.
#[derive(Clone)]
pub(crate) struct RecordingTransport {
    transport: UreqTransport,
    sent_tokens: Arc<Mutex<Vec<String>>>,
}

impl RecordingTransport {
    /// `limit` is how long a JSON call may take, how long the head of a download, and how long a download may be
    /// silent. By default it is 120 seconds, and 30 for silence.
    pub(super) fn new(limit: Option<Duration>) -> Self {
        const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
        let mut builder = UreqTransport::builder().no_proxy();
        if let Some(limit) = limit {
            builder =
                builder.connect_timeout(limit.min(CONNECT_TIMEOUT)).read_timeout(limit).call_timeout(limit);
        }
        Self { transport: builder.build(), sent_tokens: Arc::default() }
    }

    /// Records the token in the query, if there is one.
    pub(super) fn record(&self, uri: &Uri) {
        let mut parameters = uri.query().unwrap_or_default().split('&');
        let Some(token) = parameters.find_map(|one| one.strip_prefix("access_token=")) else { return };
        let token = percent_decode_str(token).decode_utf8_lossy().into_owned();
        let mut sent_tokens = self.lock();
        if !sent_tokens.contains(&token) {
            sent_tokens.push(token);
        }
    }

    pub(super) fn sent_tokens(&self) -> Vec<String> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.sent_tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for RecordingTransport {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        self.record(request.uri());
        self.transport.send(request)
    }

    fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
        self.record(request.uri());
        self.transport.send_streaming(request)
    }
}
