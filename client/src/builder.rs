//! The builder of both clients.

use std::fmt;
use std::time::Duration;

use wechat_material::driver::TokenCache;
use wechat_material::{AddressPolicy, BaseUrl, ClientConfig, ClientEvent, ParseOptions, RetryPolicy};

use crate::listener::Listener;
use crate::source::Source;

/// The settings of a client: a transport, a source of tokens, and options.
///
/// `O` is the trait that a token source of your own implements. `R` is the clock of a blocking client, or the runtime of an
/// async one: [`NoRuntime`] until [`runtime`](Self::runtime) sets it.
#[must_use]
pub struct ClientBuilder<T, O: ?Sized, R = NoRuntime> {
    pub(crate) transport: T,
    pub(crate) source: Source<O>,
    pub(crate) config: ClientConfig,
    pub(crate) margin: Duration,
    pub(crate) listener: Listener,
    pub(crate) runtime: R,
}

/// No runtime was set. With the feature `tokio`, an async client uses tokio's; without it, such a client cannot be built.
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

    /// Replaces the runtime.
    pub(crate) fn with_runtime<N>(self, runtime: impl FnOnce(R) -> N) -> ClientBuilder<T, O, N> {
        let Self { transport, source, config, margin, listener, runtime: before } = self;
        ClientBuilder { transport, source, config, margin, listener, runtime: runtime(before) }
    }

    /// Sets where calls go: to `api.weixin.qq.com` by default. Another WeChat host or your own relay works
    /// too.
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

    /// Sets which addresses a link in an answer may lead to: public ones only by default.
    ///
    /// Set `Any` to follow links through a proxy: the address is not checked then. Tests against a local server need it too.
    pub fn address_policy(mut self, policy: AddressPolicy) -> Self {
        self.config.address_policy = policy;
        self
    }

    /// Sets the margin: the token is renewed this long before it expires. Three minutes by default.
    pub fn margin(self, margin: Duration) -> Self {
        Self { margin, ..self }
    }

    /// Sets a function that gets every event of every call: attempts, waits, renewals, answers and failures. With the
    /// feature `tracing`, these events are logged as well.
    ///
    /// The function runs between the steps of a call, so it should return quickly. It must not call the client: during a
    /// renewal, such a call would wait for itself.
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
