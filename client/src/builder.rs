//! How a client is made.

use std::fmt;
use std::time::Duration;

use wechat_material::driver::TokenCache;
use wechat_material::{AddressPolicy, BaseUrl, ClientConfig, ClientEvent, ParseOptions, RetryPolicy};

use crate::listener::Listener;
use crate::source::Source;

/// What a client is made of: a transport, a source of tokens, and settings.
///
/// `O` is what a token source of your own implements. `R` is the clock of a blocking client, or the runtime of an async
/// one: [`NoRuntime`] until [`runtime`](Self::runtime) sets it.
#[must_use]
pub struct ClientBuilder<T, O: ?Sized, R = NoRuntime> {
    pub(crate) transport: T,
    pub(crate) source: Source<O>,
    pub(crate) config: ClientConfig,
    pub(crate) margin: Duration,
    pub(crate) listener: Listener,
    pub(crate) runtime: R,
}

/// No runtime was set. An async client takes tokio's then, with the feature `tokio`; without that feature, it cannot be built
/// so.
#[derive(Clone, Copy, Debug)]
pub struct NoRuntime;

impl<T, O: ?Sized, R> ClientBuilder<T, O, R> {
    pub(crate) fn new(source: Source<O>, transport: T, runtime: R) -> Self {
        Self {
            transport,
            source,
            config: ClientConfig::new(BaseUrl::default()),
            margin: TokenCache::MARGIN,
            listener: Listener::default(),
            runtime,
        }
    }

    /// With another runtime.
    pub(crate) fn with_runtime<N>(self, runtime: impl FnOnce(R) -> N) -> ClientBuilder<T, O, N> {
        let Self { transport, source, config, margin, listener, runtime: before } = self;
        ClientBuilder { transport, source, config, margin, listener, runtime: runtime(before) }
    }

    /// Calls another host of WeChat, or a proxy of yours.
    pub fn base_url(mut self, base: BaseUrl) -> Self {
        self.config.base_url = ClientConfig::new(base).base_url;
        self
    }

    /// Sets how often and for how long a call is retried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.config.retry = policy;
        self
    }

    /// Sets how strictly responses are read, and how much of them.
    pub fn options(mut self, options: ParseOptions) -> Self {
        self.config.options = options;
        self
    }

    /// Sets which addresses a link from an answer may lead to: public ones only by default. `Any` is for tests against a
    /// local server, and for proxies, through which nobody can check the address.
    pub fn address_policy(mut self, policy: AddressPolicy) -> Self {
        self.config.address_policy = policy;
        self
    }

    /// Renews the token this long before it expires: three minutes by default.
    pub fn margin(self, margin: Duration) -> Self {
        Self { margin, ..self }
    }

    /// Sets a listener to everything that happens to calls. It is called between the steps of a call, so it should be
    /// quick, and it must not call the client: during a renewal that would wait for itself. With the feature `tracing` the same events go there as well.
    ///
    /// ```
    /// # use wechat_material::{AccessToken, CountMaterials, EventKind, TransportFn, http};
    /// use wechat_material_client::blocking::{Client, TokenSource};
    ///
    /// # let my_transport = TransportFn::new(|_| Ok::<_, std::io::Error>(http::Response::new(br#"{"image_count":3}"#.to_vec())));
    /// let client = Client::builder(TokenSource::fixed(AccessToken::new("81_Zx3")), my_transport)
    ///     .on_event(|event| {
    ///         if let EventKind::Wait { time, .. } = event.kind {
    ///             eprintln!("{} {}: retrying in {} s", event.call, event.subject, time.as_secs());
    ///         }
    ///     })
    ///     .build();
    /// assert_eq!(client.call(&CountMaterials)?.image, 3);
    /// # Ok::<(), wechat_material::ClientError>(())
    /// ```
    pub fn on_event(self, listener: impl Fn(&ClientEvent) + Send + Sync + 'static) -> Self {
        Self { listener: Listener::new(listener), ..self }
    }
}

impl<T: fmt::Debug, O: ?Sized, R> fmt::Debug for ClientBuilder<T, O, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("transport", &self.transport)
            .field("source", &self.source)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
