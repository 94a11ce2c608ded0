//! What a call gets from the token cache: a token, or a renewal to drive.

#[cfg(doc)]
use super::TokenCache;
use crate::flow::Moment;
use crate::secret::AccessToken;

/// Identifies a token of a [`TokenCache`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenId(pub(super) u64);

/// Identifies a renewal of a [`TokenCache`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RenewalId(pub(super) u64);

/// What a [`TokenCache`] returns to a call that needs the token.
#[derive(Debug)]
#[must_use]
pub enum Lease {
    /// A token, and its id in case it is [refused](TokenCache::refuse).
    Token(AccessToken, TokenId),
    /// There is no token, or it expires soon, and no caller is renewing it: [`begin`](TokenCache::begin) a renewal, or
    /// drive the one that was left.
    Renew,
    /// There is no token, and another caller is renewing it.
    Wait,
}

/// A renewal of the token that has begun. Pass it to a [`TokenCall`](crate::driver::TokenCall).
#[derive(Debug)]
#[must_use]
pub struct Renewal {
    pub(super) id: RenewalId,
    pub(super) asked: Moment,
    pub(super) is_early: bool,
    pub(super) is_forced: bool,
    pub(super) refused: Option<AccessToken>,
}

impl Renewal {
    /// Its id.
    pub fn id(&self) -> RenewalId {
        self.id
    }

    /// Whether the current token is still valid. If the renewal fails, there is time for another one, so a single attempt
    /// is enough.
    pub fn is_early(&self) -> bool {
        self.is_early
    }

    /// Whether the server must issue a new token although the old one is valid. WeChat allows this 20 times a day, with 30
    /// seconds between requests. Do not retry it, as the first attempt may have succeeded.
    pub fn is_forced(&self) -> bool {
        self.is_forced
    }

    /// The token that was refused or must be replaced, if there is one. A shared store must not return it again.
    pub fn refused(&self) -> Option<&AccessToken> {
        self.refused.as_ref()
    }
}
