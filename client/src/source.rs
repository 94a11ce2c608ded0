//! Where tokens come from.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use wechat_material::driver::TokenGrant;
use wechat_material::{AccessToken, Credentials};

/// The error of a token source of your own. Its texts must not contain the token.
pub type SourceError = Box<dyn Error + Send + Sync>;

/// Where a client obtains its tokens. Use it as [`TokenSource`](crate::TokenSource) or
/// [`blocking::TokenSource`](crate::blocking::TokenSource); `O` is the trait that a source of your own implements.
pub struct Source<O: ?Sized>(pub(crate) Kind<O>);

pub(crate) enum Kind<O: ?Sized> {
    Grant(TokenGrant),
    Fixed(AccessToken),
    Custom(Arc<O>),
}

impl<O: ?Sized> Source<O> {
    /// The stable token. WeChat hands out the same one to every client of the account, so several machines need no shared
    /// store. [`Credentials`] convert into this source.
    pub fn stable(credentials: Credentials) -> Self {
        Self(Kind::Grant(TokenGrant::Stable(credentials)))
    }

    /// The classic token. Each new one invalidates the one before, so only one client of the account may obtain it.
    pub fn classic(credentials: Credentials) -> Self {
        Self(Kind::Grant(TokenGrant::Classic(credentials)))
    }

    /// A token from elsewhere. It is never renewed: if WeChat refuses it, calls fail with that error.
    pub fn fixed(token: AccessToken) -> Self {
        Self(Kind::Fixed(token))
    }
}

impl<O: ?Sized> From<Credentials> for Source<O> {
    fn from(credentials: Credentials) -> Self {
        Self::stable(credentials)
    }
}

impl<O: ?Sized> fmt::Debug for Source<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Kind::Grant(TokenGrant::Classic(_)) => "Classic",
            Kind::Grant(_) => "Stable",
            Kind::Fixed(_) => "Fixed",
            Kind::Custom(_) => "Custom",
        })
    }
}
