//! Waiting for the token.

use std::time::Duration;

use super::token_cache::{Lease, RenewalId};
use super::{ClientError, Moment, RetryPolicy, TokenCache, TokenId};
use crate::secret::AccessToken;

/// The wait of one caller for the token, until its time is over.
///
/// A caller that has waited for a renewal that failed does not begin another one: it gets the cause.
#[derive(Debug)]
pub struct TokenWait {
    started: Moment,
    deadline: Moment,
    /// The first renewal that was waited for.
    since: Option<RenewalId>,
    /// When an early renewal has taken long enough.
    patience: Option<Moment>,
}

impl TokenWait {
    /// How long a caller waits for an early renewal before it goes on with the token that is still good.
    pub const MAX_EARLY_WAIT: Duration = Duration::from_secs(10);

    /// A wait that may take [`max_elapsed`](RetryPolicy::max_elapsed) from now on.
    pub fn new(policy: &RetryPolicy, now: Moment) -> Self {
        Self { started: now, deadline: now.after(policy.max_elapsed), since: None, patience: None }
    }

    /// When to poll again at the latest.
    pub fn until(&self) -> Moment {
        self.patience.map_or(self.deadline, |patience| patience.min(self.deadline))
    }

    /// The token; or none, if the renewal that is under way has to be driven, or one [begun](TokenCache::begin), and then
    /// polled again.
    ///
    /// # Errors
    ///
    /// [`ClientError::Token`] and [`ClientError::TokenTimeout`].
    pub fn poll(
        &mut self,
        tokens: &TokenCache,
        now: Moment,
    ) -> Result<Option<(AccessToken, TokenId)>, ClientError> {
        let timeout = || ClientError::TokenTimeout { waited: now.since(self.started) };
        if now > self.deadline {
            // A renewal that failed in the last moment says more.
            let cause = self.since.and_then(|since| tokens.failure_since(since));
            return Err(cause.map_or_else(timeout, ClientError::Token));
        }
        match tokens.lease(now) {
            Lease::Token(token, id) => Ok(Some(self.has(token, id))),
            Lease::Renew | Lease::Wait => {
                if let Some((token, id)) = tokens.good_token(now) {
                    let patience = *self.patience.get_or_insert(now.after(Self::MAX_EARLY_WAIT));
                    let is_over = now >= patience.min(self.deadline);
                    return Ok(is_over.then(|| self.has(token, id)));
                }
                self.patience = None;
                let since = *self.since.get_or_insert_with(|| tokens.expected_renewal(now));
                match tokens.failure_since(since) {
                    Some(cause) => Err(ClientError::Token(cause)),
                    None if now < self.deadline => Ok(None),
                    // There is no time left to wait in.
                    None => Err(timeout()),
                }
            }
        }
    }

    /// The wait is over.
    fn has(&mut self, token: AccessToken, id: TokenId) -> (AccessToken, TokenId) {
        (self.since, self.patience) = (None, None);
        (token, id)
    }
}
