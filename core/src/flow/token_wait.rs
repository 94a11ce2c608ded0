//! Waiting for the token.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::token_cache::{Lease, RenewalId};
use super::{ClientError, Moment, RetryPolicy, TokenCache, TokenId};
use crate::endpoint::IssuedToken;
use crate::secret::AccessToken;

/// The wait of one caller for the token, until its time is over.
///
/// A caller that has waited for a renewal that failed does not begin another one: it gets the cause. One that renews a
/// token that is still good gets that token if the renewal takes too long, and is never late by it.
#[derive(Debug)]
pub struct TokenWait {
    started: Moment,
    deadline: Moment,
    /// The first renewal that was waited for, as there is no token to go on with.
    since: Option<RenewalId>,
    /// Whether it was held up by renewing a token that is still good.
    is_early: bool,
    /// Whether it waits for another token than the one that there was.
    is_for_another: bool,
    /// When to poll again at the latest.
    until: Moment,
}

impl TokenWait {
    /// How long an early renewal holds up callers, from its beginning. Then they go on with the token that is still good.
    pub const MAX_EARLY_WAIT: Duration = Duration::from_secs(10);

    /// A wait that may take [`max_elapsed`](RetryPolicy::max_elapsed) from now on.
    pub fn new(policy: &RetryPolicy, now: Moment) -> Self {
        let deadline = now.after(policy.max_elapsed);
        Self { started: now, deadline, since: None, is_early: false, is_for_another: false, until: deadline }
    }

    /// A wait for another token than the present one, which no call uses from now on. Callers that want another token while a
    /// renewal is under way wait for that one. If it fails, they get the cause, and calls use the old token again while it
    /// is good.
    ///
    /// The server may hand out the old token: then another one is forced, unless that was done twenty times within a day,
    /// or less than thirty seconds ago.
    ///
    /// # Errors
    ///
    /// [`ClientError::Token`] if the token is fixed.
    pub fn for_another(
        policy: &RetryPolicy,
        tokens: &mut TokenCache,
        now: Moment,
    ) -> Result<Self, ClientError> {
        if tokens.is_fixed() {
            return Err(ClientError::Token(Arc::new(IsFixed)));
        }
        tokens.set_aside();
        let since = Some(tokens.expected_renewal(now));
        Ok(Self { since, is_for_another: true, ..Self::new(policy, now) })
    }

    /// When to poll again at the latest.
    pub fn until(&self) -> Moment {
        self.until
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
        if self.is_for_another {
            // Others may use the old token again.
            if let Some(cause) = self.since.and_then(|since| tokens.failure_since(since)) {
                return Err(ClientError::Token(cause));
            }
        }
        let timeout = || ClientError::TokenTimeout { waited: now.since(self.started) };
        if now > self.deadline && !self.is_early {
            // A renewal that failed in the last moment says more.
            let cause = self.since.and_then(|since| tokens.failure_since(since));
            return Err(cause.map_or_else(timeout, ClientError::Token));
        }
        let is_due = match tokens.lease(now) {
            Lease::Token(token, id) => return Ok(Some(self.has(token, id))),
            Lease::Renew | Lease::Wait => tokens.good_token(now),
        };
        if let Some((token, id)) = is_due {
            let enough = tokens.early_wait_ends(now).min(now.after(self.deadline.since(now) / 2));
            if now >= enough || (self.is_early && now >= self.until) {
                return Ok(Some(self.has(token, id)));
            }
            self.until = if self.is_early { self.until.min(enough) } else { enough };
            self.is_early = true;
            return Ok(None);
        }
        self.is_early = false;
        let since = *self.since.get_or_insert_with(|| tokens.expected_renewal(now));
        if let Some(cause) = tokens.failure_since(since) {
            return Err(ClientError::Token(cause));
        }
        if now >= self.deadline {
            return Err(timeout());
        }
        // If nobody reports its end, this caller may take it over.
        self.until = self.deadline.min(tokens.takeover(now));
        Ok(None)
    }

    /// As [`poll`](Self::poll), with what [remains](TokenCache::remaining_life) of the token's life.
    ///
    /// # Errors
    ///
    /// As [`poll`](Self::poll).
    pub fn poll_issued(
        &mut self,
        tokens: &TokenCache,
        now: Moment,
    ) -> Result<Option<IssuedToken>, ClientError> {
        let polled = self.poll(tokens, now)?;
        Ok(polled.map(|(token, _)| IssuedToken::new(token, tokens.remaining_life(now))))
    }

    /// The wait is over.
    fn has(&mut self, token: AccessToken, id: TokenId) -> (AccessToken, TokenId) {
        (self.since, self.is_early, self.until) = (None, false, self.deadline);
        (token, id)
    }
}

#[derive(Debug, Error)]
#[error("a fixed token cannot be renewed: use app id and app secret, or a token source of your own")]
struct IsFixed;
