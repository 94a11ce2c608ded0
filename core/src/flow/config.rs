//! The settings of a client.

use super::RetryPolicy;
use crate::endpoint::BaseUrl;
use crate::parse::ParseOptions;
use crate::transport::AddressPolicy;

/// The settings of a client: where calls go, how often they are retried, and how their responses are read.
///
/// ```
/// # use std::time::Duration;
/// # use wechat_material::{ClientConfig, RetryPolicy};
/// let mut config = ClientConfig::default();
/// config.retry = RetryPolicy::default().max_elapsed(Duration::from_secs(10));
/// config.options.max_json = 1 << 20;
/// assert_eq!(config.retry.max_attempts, 5);
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ClientConfig {
    /// The base URL of calls: by default that of WeChat.
    pub base_url: BaseUrl,
    /// How often and for how long a call is retried.
    pub retry: RetryPolicy,
    /// How strictly responses are read, and how large they may be.
    pub options: ParseOptions,
    /// Which addresses a link from an answer may lead to: public ones by default.
    pub address_policy: AddressPolicy,
}

impl ClientConfig {
    /// The default settings with this base URL.
    pub fn new(base_url: BaseUrl) -> Self {
        Self { base_url: base_url.parsed(), ..Self::default() }
    }
}
