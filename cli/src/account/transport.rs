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
    recorded: Arc<Mutex<Recorded>>,
}

#[derive(Default)]
struct Recorded {
    sent_tokens: Vec<String>,
    /// The last answer to a call without a token: it has a new token, or says why there is none.
    token_answer: Response<Vec<u8>>,
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
        Self { transport: builder.build(), recorded: Arc::default() }
    }

    /// Records the token in the query, and says whether there is one.
    pub(super) fn record(&self, uri: &Uri) -> bool {
        let mut parameters = uri.query().unwrap_or_default().split('&');
        let Some(token) = parameters.find_map(|one| one.strip_prefix("access_token=")) else { return false };
        let token = percent_decode_str(token).decode_utf8_lossy().into_owned();
        let sent_tokens = &mut self.recorded().sent_tokens;
        if !sent_tokens.contains(&token) {
            sent_tokens.push(token);
        }
        true
    }

    pub(super) fn sent_tokens(&self) -> Vec<String> {
        self.recorded().sent_tokens.clone()
    }

    pub(super) fn token_answer(&self) -> Response<Vec<u8>> {
        self.recorded().token_answer.clone()
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for RecordingTransport {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let has_token = self.record(request.uri());
        let response = self.transport.send(request)?;
        if !has_token {
            self.recorded().token_answer = response.clone();
        }
        Ok(response)
    }

    fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
        self.record(request.uri());
        self.transport.send_streaming(request)
    }

    fn enforces_address_policy(&self) -> bool {
        self.transport.enforces_address_policy()
    }
}
