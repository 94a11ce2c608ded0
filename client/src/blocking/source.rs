//! Token sources that users write.

use std::sync::Arc;

use wechat_material::IssuedToken;
use wechat_material::driver::Renewal;

use crate::source::{Kind, Source, SourceError};

/// Where a blocking client obtains its tokens.
pub type TokenSource = Source<dyn ObtainToken>;

/// A source of tokens of your own, such as a central server or a store that several machines share. For a function, use
/// [`TokenSource::from_fn`].
pub trait ObtainToken: Send + Sync {
    /// Obtains the token.
    ///
    /// [`Renewal::refused`] is the token that WeChat refused, or that a caller asked to replace. Do not return that token
    /// again unless you are certain that it is valid. Do not call the client from here: the call would wait for itself.
    ///
    /// # Errors
    ///
    /// Any error whose text does not contain the token. Every call that waits for the token returns it as
    /// [`ClientError::Token`](wechat_material::ClientError::Token).
    fn obtain(&self, renewal: &Renewal) -> Result<IssuedToken, SourceError>;
}

struct FnSource<F>(F);

impl<F> ObtainToken for FnSource<F>
where
    F: Fn(&Renewal) -> Result<IssuedToken, SourceError> + Send + Sync,
{
    fn obtain(&self, renewal: &Renewal) -> Result<IssuedToken, SourceError> {
        (self.0)(renewal)
    }
}

impl TokenSource {
    /// A type of your own as a source, for example for several machines that share the classic token.
    pub fn custom(source: impl ObtainToken + 'static) -> Self {
        Self(Kind::Custom(Arc::new(source)))
    }

    /// A function as a source.
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
        Self::custom(FnSource(source))
    }
}
