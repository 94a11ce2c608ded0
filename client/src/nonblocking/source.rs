//! Token sources of the user's own.

use std::pin::Pin;
use std::sync::Arc;

use wechat_material::IssuedToken;
use wechat_material::driver::{MaybeSend, MaybeSync, Renewal};

use crate::source::{Kind, Source, SourceError};

/// Where an async client obtains its tokens.
pub type TokenSource = Source<dyn AsyncObtainToken>;

/// A token on its way from a source.
#[cfg(not(target_arch = "wasm32"))]
pub type Obtaining<'s> = Pin<Box<dyn Future<Output = Result<IssuedToken, SourceError>> + Send + 's>>;

/// A token on its way from a source.
#[cfg(target_arch = "wasm32")]
pub type Obtaining<'s> = Pin<Box<dyn Future<Output = Result<IssuedToken, SourceError>> + 's>>;

/// A source of tokens of your own: a central server, or a store that several machines share. An async function is one; a
/// type can lend its future what it holds.
pub trait AsyncObtainToken: MaybeSend + MaybeSync {
    /// Obtains the token. The future is polled by whichever call needs the token, and lives on if one of them is
    /// dropped.
    ///
    /// [`Renewal::refused`] is the token that WeChat refused or that is to be replaced, if this is why it is asked: do not
    /// return that one again unless it is certain to be good. Do not call the client that asks: it would wait for itself.
    ///
    /// # Errors
    ///
    /// Whatever went wrong, without the token in any text: every call that waits for the token gets it as
    /// [`ClientError::Token`](wechat_material::ClientError::Token).
    fn obtain<'s>(&'s self, renewal: &'s Renewal) -> Obtaining<'s>;
}

impl<F, R> AsyncObtainToken for F
where
    F: Fn(&Renewal) -> R + MaybeSend + MaybeSync,
    R: Future<Output = Result<IssuedToken, SourceError>> + MaybeSend + 'static,
{
    fn obtain<'s>(&'s self, renewal: &'s Renewal) -> Obtaining<'s> {
        Box::pin(self(renewal))
    }
}

impl TokenSource {
    /// A source of your own.
    pub fn custom(source: impl AsyncObtainToken + 'static) -> Self {
        Self(Kind::Custom(Arc::new(source)))
    }

    /// A function as a source: [`custom`](Self::custom), without types to write.
    ///
    /// ```
    /// use wechat_material::{AccessToken, IssuedToken};
    /// use wechat_material_client::TokenSource;
    ///
    /// # async fn fetch(_refused: Option<AccessToken>) -> std::io::Result<String> { Ok(String::new()) }
    /// let source = TokenSource::from_fn(|renewal| {
    ///     let refused = renewal.refused().cloned();
    ///     async { Ok(IssuedToken::new(AccessToken::new(fetch(refused).await?), None)) }
    /// });
    /// # let _ = source;
    /// ```
    pub fn from_fn<R>(source: impl Fn(&Renewal) -> R + MaybeSend + MaybeSync + 'static) -> Self
    where
        R: Future<Output = Result<IssuedToken, SourceError>> + MaybeSend + 'static,
    {
        Self::custom(source)
    }
}
