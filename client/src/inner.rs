//! What the calls of a client share, but for the token.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wechat_material::ClientEvent;
use wechat_material::driver::{ClientConfig, Moment, Renewal, TokenCache, TokenCall, TokenGrant};

use crate::builder::ClientBuilder;
use crate::listener::Listener;
use crate::source::Kind;

/// `O` is what a token source of the user's own implements, `R` the clock.
pub(crate) struct Inner<T, O: ?Sized, R> {
    pub(crate) transport: T,
    pub(crate) config: ClientConfig,
    pub(crate) runtime: R,
    /// The token source of the user's own, if there is one.
    pub(crate) custom: Option<Arc<O>>,
    grant: TokenGrant,
    listener: Listener,
    seeds: AtomicU64,
}

impl<T, O: ?Sized, R> Inner<T, O, R> {
    /// With a cache that suits the source.
    pub(crate) fn new(builder: ClientBuilder<T, O, R>) -> (Self, TokenCache) {
        let ClientBuilder { transport, source, mut config, margin, listener, runtime } = builder;
        config.records_events = listener.is_listening();
        let (grant, custom, cache) = match source.0 {
            Kind::Grant(grant) => (grant, None, TokenCache::with_margin(margin)),
            Kind::Custom(custom) => (TokenGrant::Own, Some(custom), TokenCache::with_margin(margin)),
            Kind::Fixed(token) => (TokenGrant::Own, None, TokenCache::fixed(token)),
        };
        config.app_secret = grant.app_secret().cloned();
        // Differs from client to client, so that they do not retry at the same time.
        let seeds = AtomicU64::new(RandomState::new().hash_one(()));
        (Self { transport, config, runtime, custom, grant, listener, seeds }, cache)
    }

    /// Another one for each call.
    pub(crate) fn seed(&self) -> u64 {
        self.seeds.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn token_call(&self, renewal: Renewal, now: Moment) -> TokenCall {
        TokenCall::new(renewal, self.grant.clone(), &self.config, self.seed(), now)
    }

    /// Passes on what a machine has recorded. It calls code of the user, so no lock may be held.
    pub(crate) fn report(&self, mut next_event: impl FnMut() -> Option<ClientEvent>) {
        while let Some(event) = next_event() {
            self.listener.hear(&event);
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

/// `Clone` and `Debug` of a client, whatever its transport is.
macro_rules! clone_and_debug {
    ($client:ident) => {
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

pub(crate) use clone_and_debug;
