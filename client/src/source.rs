//! Where tokens come from.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use wechat_material::driver::TokenGrant;
use wechat_material::{AccessToken, Credentials};

/// What a token source of your own fails with. Its texts must not contain the token.
pub type SourceError = Box<dyn Error + Send + Sync>;

/// Where a client obtains its tokens. `O` is what a source of your own implements:
/// [`TokenSource`](crate::TokenSource) and [`blocking::TokenSource`](crate::blocking::TokenSource) name it.
pub struct Source<O: ?Sized>(pub(crate) Kind<O>);

pub(crate) enum Kind<O: ?Sized> {
    Grant(TokenGrant),
    Fixed(AccessToken),
    Custom(Arc<O>),
}

impl<O: ?Sized> Source<O> {
    /// The stable token: the same for every client of the account, so that several machines need nothing shared. This
    /// is what [`Credentials`] alone stand for.
    pub fn stable(credentials: Credentials) -> Self {
        Self(Kind::Grant(TokenGrant::Stable(credentials)))
    }

    /// The classic token. Every one that is issued ends the one before, so only one client of the account may do this.
    pub fn classic(credentials: Credentials) -> Self {
        Self(Kind::Grant(TokenGrant::Classic(credentials)))
    }

    /// A token from elsewhere. It is never renewed: if WeChat refuses it, calls fail with that refusal.
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
