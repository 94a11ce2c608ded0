//! Token sources of the user's own.

use std::sync::Arc;

use wechat_material::IssuedToken;
use wechat_material::driver::Renewal;

use crate::source::{Kind, Source, SourceError};

/// Where a blocking client obtains its tokens.
pub type TokenSource = Source<dyn ObtainToken>;

/// A source of tokens of your own: a central server, or a store that several machines share. A function is one.
pub trait ObtainToken: Send + Sync {
    /// Obtains the token.
    ///
    /// [`Renewal::refused`] is the token that WeChat refused or that is to be replaced, if this is why it is asked: do not
    /// return that one again unless it is certain to be good. Do not call the client that asks: it would wait for itself.
    ///
    /// # Errors
    ///
    /// Whatever went wrong, without the token in any text: every call that waits for the token gets it as
    /// [`ClientError::Token`](wechat_material::ClientError::Token).
    fn obtain(&self, renewal: &Renewal) -> Result<IssuedToken, SourceError>;
}

impl<F> ObtainToken for F
where
    F: Fn(&Renewal) -> Result<IssuedToken, SourceError> + Send + Sync,
{
    fn obtain(&self, renewal: &Renewal) -> Result<IssuedToken, SourceError> {
        self(renewal)
    }
}

impl TokenSource {
    /// A source of your own.
    pub fn custom(source: impl ObtainToken + 'static) -> Self {
        Self(Kind::Custom(Arc::new(source)))
    }

    /// A function as a source: [`custom`](Self::custom), without types to write.
    ///
    /// ```
    /// use wechat_material::{AccessToken, IssuedToken};
    /// use wechat_material_client::blocking::TokenSource;
    ///
    /// let source = TokenSource::from_fn(|_renewal| {
    ///     let token = std::fs::read_to_string("/run/wechat-token")?;
    ///     Ok(IssuedToken::new(AccessToken::new(token.trim()), None))
    /// });
    /// # let _ = source;
    /// ```
    pub fn from_fn(
        source: impl Fn(&Renewal) -> Result<IssuedToken, SourceError> + Send + Sync + 'static,
    ) -> Self {
        Self::custom(source)
    }
}
