//! The transport of this program. It records the answer that brings a token, as the client does not say how long that
//! is good for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wechat_material::driver::Body;
use wechat_material::http::{Request, Response};
use wechat_material::{Transport, TransportError};
use wechat_material_ureq::UreqTransport;

/// Clones share what is recorded.
#[derive(Clone)]
pub(crate) struct RecordingTransport {
    transport: UreqTransport,
    /// The last answer to a call without a token.
    token_answer: Arc<Mutex<Response<Vec<u8>>>>,
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
        Self { transport: builder.build(), token_answer: Arc::default() }
    }

    pub(super) fn token_answer(&self) -> Response<Vec<u8>> {
        self.token_answer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Transport for RecordingTransport {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let has_token = request.uri().query().unwrap_or_default().contains("access_token=");
        let response = self.transport.send(request)?;
        if !has_token {
            *self.token_answer.lock().unwrap_or_else(PoisonError::into_inner) = response.clone();
        }
        Ok(response)
    }

    fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
        self.transport.send_streaming(request)
    }

    fn enforces_address_policy(&self) -> bool {
        self.transport.enforces_address_policy()
    }
}
