//! How a client is made.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use wechat_material::{BaseUrl, Credentials, ParseOptions, RetryPolicy, Session, Transport};

use super::source::{Source, TokenSource};
use super::tokens::Tokens;
use super::{Client, Shared};
#[cfg(feature = "ureq")]
use crate::UreqTransport;

/// What a [`Client`] is made of: a transport, where tokens come from, and settings.
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder<T> {
    transport: T,
    source: Source,
    base: BaseUrl,
    policy: RetryPolicy,
    options: ParseOptions,
    margin: Duration,
}

#[cfg(feature = "ureq")]
impl Client<UreqTransport> {
    /// A client with [`UreqTransport::new`], that obtains the stable token with these credentials.
    pub fn new(credentials: Credentials) -> Self {
        Self::builder(credentials, UreqTransport::new()).build()
    }
}

impl<T: Transport> Client<T> {
    /// A client over any transport, with settings to come. It obtains the stable token with these credentials.
    pub fn builder(credentials: Credentials, transport: T) -> ClientBuilder<T> {
        ClientBuilder::new(Source::Stable(credentials), transport)
    }

    /// A client that obtains tokens from a source of your own: a central server, or a store that several machines
    /// share.
    pub fn with_source(source: impl TokenSource + 'static, transport: T) -> ClientBuilder<T> {
        ClientBuilder::new(Source::Own(Box::new(source)), transport)
    }
}

impl<T: Transport> ClientBuilder<T> {
    fn new(source: Source, transport: T) -> Self {
        Self {
            transport,
            source,
            base: BaseUrl::default(),
            policy: RetryPolicy::default(),
            options: ParseOptions::default(),
            margin: Session::MARGIN,
        }
    }

    /// Calls another host of WeChat, or a proxy of yours.
    pub fn base_url(self, base: BaseUrl) -> Self {
        Self { base, ..self }
    }

    /// Sets how often and for how long a call is tried.
    pub fn retry(self, policy: RetryPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Sets how strictly answers are read, and how much of them.
    pub fn options(self, options: ParseOptions) -> Self {
        Self { options, ..self }
    }

    /// Renews the token so long before it expires: three minutes by default.
    pub fn margin(self, margin: Duration) -> Self {
        Self { margin, ..self }
    }

    /// Obtains the classic token in place of the stable one. Every one that is obtained ends the one before, so let only
    /// one client of the account do so. Without effect on a source of your own.
    pub fn classic_token(mut self) -> Self {
        if let Source::Stable(credentials) = self.source {
            self.source = Source::Classic(credentials);
        }
        self
    }

    /// The client.
    pub fn build(self) -> Client<T> {
        let shared = Shared {
            transport: self.transport,
            base: self.base,
            source: self.source,
            policy: self.policy,
            options: self.options,
            tokens: Tokens::new(Session::with_margin(self.margin)),
            origin: Instant::now(),
            seeds: AtomicU64::new(seed()),
        };
        Client { shared: Arc::new(shared) }
    }
}

/// A number that differs from client to client, so that they do not come back at the same time.
fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(())
}
