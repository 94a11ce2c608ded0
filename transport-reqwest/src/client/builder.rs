//! How a client is made.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use wechat_material::{AsyncTransport, BaseUrl, Credentials, ParseOptions, RetryPolicy, Session};

use super::source::{AsyncTokenSource, Source};
use super::timer::{Timer, Untimed};
use super::tokens::Tokens;
use super::{Client, Shared};
#[cfg(feature = "reqwest")]
use crate::ReqwestTransport;

/// What a [`Client`] is made of: a transport, where tokens come from, a timer, and settings.
///
/// `W` is how it waits: [`Untimed`] until [`timer`](Self::timer) says so.
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder<T, W = Untimed> {
    transport: T,
    source: Source,
    base: BaseUrl,
    policy: RetryPolicy,
    options: ParseOptions,
    margin: Duration,
    timer: W,
}

#[cfg(feature = "reqwest")]
impl Client<ReqwestTransport> {
    /// A client with [`ReqwestTransport::new`], that obtains the stable token with these credentials.
    ///
    /// # Panics
    ///
    /// As [`ReqwestTransport::new`].
    pub fn new(credentials: Credentials) -> Self {
        Self::builder(credentials, ReqwestTransport::new()).build()
    }
}

impl<T: AsyncTransport> Client<T> {
    /// A client over any transport, with settings to come. It obtains the stable token with these credentials.
    pub fn builder(credentials: Credentials, transport: T) -> ClientBuilder<T> {
        ClientBuilder::new(Source::Stable(credentials), transport)
    }

    /// A client that obtains tokens from a source of your own: a central server, or a store that several machines
    /// share.
    pub fn with_source(source: impl AsyncTokenSource + 'static, transport: T) -> ClientBuilder<T> {
        ClientBuilder::new(Source::Own(Box::new(source)), transport)
    }
}

impl<T: AsyncTransport> ClientBuilder<T> {
    fn new(source: Source, transport: T) -> Self {
        Self {
            transport,
            source,
            base: BaseUrl::default(),
            policy: RetryPolicy::default(),
            options: ParseOptions::default(),
            margin: Session::MARGIN,
            timer: Untimed,
        }
    }
}

impl<T: AsyncTransport, W> ClientBuilder<T, W> {
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

    /// Waits with a timer of your runtime: a function whose future ends after so long.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wechat_material::{AccessToken, Credentials, TransportFn, http};
    /// # async fn my_http(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, std::io::Error> {
    /// #     Ok(http::Response::new(Vec::new()))
    /// # }
    /// # mod my_runtime { pub async fn sleep(_: std::time::Duration) {} }
    /// use wechat_material_reqwest::Client;
    ///
    /// let transport = TransportFn::new(|request| my_http(request));
    /// let client = Client::builder(Credentials::new("wx0123456789abcdef", "app secret"), transport)
    ///     .timer(|time| my_runtime::sleep(time))
    ///     .build();
    /// # let _ = client;
    /// ```
    pub fn timer<F, R>(self, timer: F) -> ClientBuilder<T, Timer>
    where
        F: Fn(Duration) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let Self { transport, source, base, policy, options, margin, timer: _ } = self;
        ClientBuilder { transport, source, base, policy, options, margin, timer: Timer::new(timer) }
    }

    /// The client. Without the feature `tokio` it has to be given a [`timer`](Self::timer) before.
    pub fn build(self) -> Client<T>
    where
        W: Into<Timer>,
    {
        let shared = Shared {
            transport: self.transport,
            base: self.base,
            source: self.source,
            policy: self.policy,
            options: self.options,
            timer: self.timer.into(),
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
