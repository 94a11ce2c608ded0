//! The state that the calls of a client share, except for the token.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wechat_material::driver::{Call, Moment, Received, Renewal, TokenCache, TokenCall, TokenGrant};
use wechat_material::{ClientConfig, ClientEvent, Endpoint};

use crate::builder::ClientBuilder;
use crate::listener::Listener;
use crate::source::Kind;

/// `O` is the trait of the user's token sources, `R` the clock.
pub(crate) struct Inner<T, O: ?Sized, R> {
    pub(crate) transport: Arc<T>,
    pub(crate) config: ClientConfig,
    shared: Arc<Shared<O, R>>,
}

/// The state that a client shares with those that [`Inner::with`] and [`Inner::with_transport`] make of it.
struct Shared<O: ?Sized, R> {
    /// The settings of the first client. All renewals use them, as all clients wait for a renewal.
    config: ClientConfig,
    runtime: R,
    /// The user's token source, if there is one.
    custom: Option<Arc<O>>,
    grant: TokenGrant,
    listener: Listener,
    seeds: AtomicU64,
}

impl<T, O: ?Sized, R> Inner<T, O, R> {
    /// The state of a new client, and a token cache for its source.
    pub(crate) fn new(builder: ClientBuilder<T, O, R>) -> (Self, TokenCache) {
        let ClientBuilder { transport, source, config, margin, listener, runtime } = builder;
        let (grant, custom, cache) = match source.0 {
            Kind::Grant(grant) => (grant, None, TokenCache::with_margin(margin)),
            Kind::Custom(custom) => (TokenGrant::Own, Some(custom), TokenCache::with_margin(margin)),
            Kind::Fixed(token) => (TokenGrant::Own, None, TokenCache::fixed(token)),
        };
        // Random, so that different clients do not retry at the same time.
        let seeds = AtomicU64::new(RandomState::new().hash_one(()));
        let shared = Shared { config: config.clone(), runtime, custom, grant, listener, seeds };
        (Self { transport: Arc::new(transport), config, shared: Arc::new(shared) }, cache)
    }

    /// Changes the settings for calls. Renewals use the first ones.
    pub(crate) fn with(&self, change: impl FnOnce(&mut ClientConfig)) -> Self {
        let mut config = self.config.clone();
        change(&mut config);
        Self { transport: Arc::clone(&self.transport), config, shared: Arc::clone(&self.shared) }
    }

    /// Replaces the transport.
    pub(crate) fn with_transport<N>(&self, transport: N) -> Inner<N, O, R> {
        let (config, shared) = (self.config.clone(), Arc::clone(&self.shared));
        Inner { transport: Arc::new(transport), config, shared }
    }

    pub(crate) fn runtime(&self) -> &R {
        &self.shared.runtime
    }

    /// The user's token source, if there is one.
    pub(crate) fn custom(&self) -> Option<&O> {
        self.shared.custom.as_deref()
    }

    /// A seed for the randomness of one call.
    fn seed(&self) -> u64 {
        self.shared.seeds.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn call<'c, E: Endpoint, F: Received>(
        &'c self,
        endpoint: &'c E,
        now: Moment,
    ) -> Call<'c, E, F> {
        self.set_up(Call::new(endpoint, &self.config, self.seed(), now))
    }

    /// A call that opens a file.
    pub(crate) fn opening_call<'c, E: Endpoint, F>(&'c self, endpoint: &'c E, now: Moment) -> Call<'c, E, F> {
        self.set_up(Call::opening(endpoint, &self.config, self.seed(), now))
    }

    fn set_up<'c, E: Endpoint, F>(&self, mut call: Call<'c, E, F>) -> Call<'c, E, F> {
        if self.shared.listener.is_listening() {
            call.record_events();
        }
        if let Some(secret) = self.shared.grant.app_secret() {
            call.redact(secret);
        }
        call
    }

    pub(crate) fn token_call(&self, renewal: Renewal, now: Moment) -> TokenCall {
        let Shared { config, grant, listener, .. } = &*self.shared;
        let mut call = TokenCall::new(renewal, grant.clone(), config, self.seed(), now);
        if listener.is_listening() {
            call.record_events();
        }
        call
    }

    /// Passes on the events that a machine has recorded. This runs user code, so no lock may be held.
    pub(crate) fn report(&self, mut next_event: impl FnMut() -> Option<ClientEvent>) {
        while let Some(event) = next_event() {
            self.shared.listener.notify(&event);
        }
    }
}

impl<T: fmt::Debug, O: ?Sized, R> fmt::Debug for Inner<T, O, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("transport", &self.transport)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// Methods and traits of both clients that do not depend on the transport.
macro_rules! sharing {
    ($client:ident) => {
        impl<T> $client<T> {
            /// Returns a client with other settings that shares the token, the connections and the listener with this one.
            ///
            /// The settings apply to calls. Renewals of the token serve all these clients, so they use the settings of the
            /// first one.
            ///
            /// ```
            /// # use wechat_material::RetryPolicy;
            /// # fn example<T>(client: &wechat_material_client::blocking::Client<T>) {
            /// let impatient = client.with(|config| config.retry = RetryPolicy::never());
            /// # }
            /// ```
            #[must_use]
            pub fn with(&self, change: impl FnOnce(&mut wechat_material::ClientConfig)) -> Self {
                Self { inner: Arc::new(self.inner.with(change)), tokens: Arc::clone(&self.tokens) }
            }

            /// Returns a client over another transport, such as one through a proxy. It shares the token and the listener with
            /// this one, and has the same settings.
            ///
            /// A renewal of the token uses the transport of one of these clients: in blocking code, of the client whose call
            /// drives it; in async code, of the client whose call began it.
            #[must_use]
            pub fn with_transport<N>(&self, transport: N) -> $client<N> {
                let inner = self.inner.with_transport(transport);
                $client { inner: Arc::new(inner), tokens: Arc::clone(&self.tokens) }
            }
        }

        impl<T> Clone for $client<T> {
            fn clone(&self) -> Self {
                Self { inner: Arc::clone(&self.inner), tokens: Arc::clone(&self.tokens) }
            }
        }

        impl<T: fmt::Debug> fmt::Debug for $client<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.inner.fmt(f)
            }
        }
    };
}

pub(crate) use sharing;
