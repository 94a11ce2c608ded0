//! Token sources that users write.

use std::pin::Pin;
use std::sync::Arc;

use wechat_material::IssuedToken;
use wechat_material::driver::{MaybeSend, MaybeSync, Renewal};

use crate::source::{Kind, Source, SourceError};

/// Where an async client obtains its tokens.
pub type TokenSource = Source<dyn AsyncObtainToken>;

/// The future of [`AsyncObtainToken::obtain`].
#[cfg(not(target_arch = "wasm32"))]
pub type Obtaining<'s> = Pin<Box<dyn Future<Output = Result<IssuedToken, SourceError>> + Send + 's>>;

/// The future of [`AsyncObtainToken::obtain`].
#[cfg(target_arch = "wasm32")]
pub type Obtaining<'s> = Pin<Box<dyn Future<Output = Result<IssuedToken, SourceError>> + 's>>;

/// A source of tokens of your own, such as a central server or a store that several machines share. The future may borrow
/// from it. For an async function, use [`TokenSource::from_fn`].
pub trait AsyncObtainToken: MaybeSend + MaybeSync {
    /// Obtains the token. Every call that needs the token polls the future, so it continues if one of them is dropped.
    ///
    /// [`Renewal::refused`] is the token that WeChat refused, or that a caller asked to replace. Do not return that token
    /// again unless you are certain that it is valid. Do not call the client from here: the call would wait for itself.
    ///
    /// # Errors
    ///
    /// Any error whose text does not contain the token. Every call that waits for the token returns it as
    /// [`ClientError::Token`](wechat_material::ClientError::Token).
    fn obtain<'s>(&'s self, renewal: &'s Renewal) -> Obtaining<'s>;
}

struct FnSource<F>(F);

impl<F, R> AsyncObtainToken for FnSource<F>
where
    F: Fn(&Renewal) -> R + MaybeSend + MaybeSync,
    R: Future<Output = Result<IssuedToken, SourceError>> + MaybeSend + 'static,
{
    fn obtain<'s>(&'s self, renewal: &'s Renewal) -> Obtaining<'s> {
        Box::pin((self.0)(renewal))
    }
}

impl TokenSource {
    /// A type of your own as a source, for example for several machines that share the classic token.
    pub fn custom(source: impl AsyncObtainToken + 'static) -> Self {
        Self(Kind::Custom(Arc::new(source)))
    }

    /// An async function as a source. Its future cannot borrow from the arguments.
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
        Self::custom(FnSource(source))
    }
}
