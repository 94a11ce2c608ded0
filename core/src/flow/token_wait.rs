//! Waits for the token.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::token_cache::{Lease, RenewalId};
use super::{ClientError, Moment, RetryPolicy, TokenCache, TokenId};
use crate::endpoint::IssuedToken;
use crate::secret::AccessToken;

/// The wait of one caller for the token, for a limited time.
///
/// A caller that waited for a renewal that failed gets the cause, and does not begin another renewal. If the current token
/// is still valid and its renewal takes more than ten seconds, or more than half of the time that the caller has left, the
/// caller gets the current token.
#[derive(Debug)]
pub struct TokenWait {
    started: Moment,
    deadline: Moment,
    /// The first renewal that the caller waited for without a valid token.
    since: Option<RenewalId>,
    /// Whether the caller waits although the current token is still valid.
    is_early: bool,
    /// Whether the caller asked for a token other than the current one.
    is_for_another: bool,
    /// When to poll again at the latest.
    until: Moment,
}

impl TokenWait {
    /// How long callers wait for an early renewal, from its beginning. After that they use the current token.
    pub(super) const MAX_EARLY_WAIT: Duration = Duration::from_secs(10);

    /// A wait that begins now and takes at most [`max_elapsed`](RetryPolicy::max_elapsed).
    pub fn new(policy: &RetryPolicy, now: Moment) -> Self {
        let deadline = now.after(policy.max_elapsed);
        Self { started: now, deadline, since: None, is_early: false, is_for_another: false, until: deadline }
    }

    /// A wait for a token other than the current one, which calls stop using now. If a renewal is under way, the caller
    /// waits for it. If the renewal fails, the caller gets the cause, and calls use the old token again while it is valid.
    ///
    /// If the server returns the old token, a new one is forced, unless that was done 20 times within a day or less than 30
    /// seconds ago.
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

    /// Returns the token. If it returns `None`, drive the renewal that is under way, or [begin](TokenCache::begin) one,
    /// and poll again.
    ///
    /// # Errors
    ///
    /// [`ClientError::Token`] if the renewal failed, and [`ClientError::TokenTimeout`] if the time is over.
    pub fn poll(
        &mut self,
        tokens: &TokenCache,
        now: Moment,
    ) -> Result<Option<(AccessToken, TokenId)>, ClientError> {
        if self.is_for_another {
            // Other callers may use the old token again, but this one asked for another.
            if let Some(cause) = self.since.and_then(|since| tokens.failure_since(since)) {
                return Err(ClientError::Token(cause));
            }
        }
        let timeout = || ClientError::TokenTimeout { waited: now.since(self.started) };
        if now > self.deadline && !self.is_early {
            // The cause of a renewal that failed at the last moment is more useful than a timeout.
            let cause = self.since.and_then(|since| tokens.failure_since(since));
            return Err(cause.map_or_else(timeout, ClientError::Token));
        }
        let valid = match tokens.lease(now) {
            Lease::Token(token, id) => return Ok(Some(self.end_with(token, id))),
            Lease::Renew | Lease::Wait if self.is_for_another => tokens.valid_token(now),
            Lease::Renew | Lease::Wait => tokens.usable_token(now),
        };
        if let Some((token, id)) = valid {
            let latest = tokens.early_wait_ends(now).min(now.after(self.deadline.since(now) / 2));
            if now >= latest || (self.is_early && now >= self.until) {
                return Ok(Some(self.end_with(token, id)));
            }
            self.until = if self.is_early { self.until.min(latest) } else { latest };
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
        // If the end of the renewal is not reported, this caller may begin another one.
        self.until = self.deadline.min(tokens.takeover(now));
        Ok(None)
    }

    /// Like [`poll`](Self::poll), with the [remaining lifetime](TokenCache::remaining_life) of the token.
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

    /// Ends the wait with this token.
    fn end_with(&mut self, token: AccessToken, id: TokenId) -> (AccessToken, TokenId) {
        (self.since, self.is_early, self.until) = (None, false, self.deadline);
        (token, id)
    }
}

#[derive(Debug, Error)]
#[error(
    "another one was requested, but a fixed token cannot be renewed: use app id and app secret, or your own token source"
)]
struct IsFixed;
