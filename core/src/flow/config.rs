//! The settings of a client that its flow needs.

use super::RetryPolicy;
use crate::endpoint::BaseUrl;
use crate::parse::ParseOptions;
use crate::secret::AppSecret;

/// Where calls go, how often they are retried, and how their responses are read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ClientConfig {
    /// Where calls go.
    pub base_url: BaseUrl,
    /// How often and for how long a call is retried.
    pub retry: RetryPolicy,
    /// How responses are read.
    pub options: ParseOptions,
    /// Whether events are recorded for [`next_event`](super::Call::next_event); they are not by default.
    pub records_events: bool,
    /// The app secret, if tokens are obtained with one. As the access token, it is removed from errors and file names if
    /// a response repeats it.
    pub app_secret: Option<AppSecret>,
}

impl ClientConfig {
    /// Settings for calls to a base URL; everything else by default.
    pub fn new(base_url: BaseUrl) -> Self {
        Self { base_url: base_url.read_ahead(), ..Self::default() }
    }
}
