//! Waiting for the token.

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
}

impl TokenWait {
    /// A wait that may take [`max_elapsed`](RetryPolicy::max_elapsed) from now on.
    pub fn new(policy: &RetryPolicy, now: Moment) -> Self {
        Self { started: now, deadline: now.after(policy.max_elapsed), since: None }
    }

    /// When the time is over.
    pub fn deadline(&self) -> Moment {
        self.deadline
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
            return Err(timeout());
        }
        match tokens.lease(now) {
            Lease::Token(token, id) => {
                self.since = None;
                Ok(Some((token, id)))
            }
            Lease::Renew | Lease::Wait => {
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
}
