//! Where tokens come from.

use std::error::Error;
use std::fmt;
use std::pin::Pin;

use wechat_material::{
    AsyncTransport, BaseUrl, ClientError, Credentials, Endpoint, IssuedToken, Renewal, RetryPolicy,
    StableToken, Token,
};

use super::Shared;
use super::course::Course;

/// What a token source of your own fails with.
pub type SourceError = Box<dyn Error + Send + Sync>;

/// A token on its way from an [`AsyncTokenSource`].
pub type Obtaining<'s> = Pin<Box<dyn Future<Output = Result<IssuedToken, SourceError>> + Send + 's>>;

/// A place that tokens come from: a central server, or a store that several machines share.
///
/// An async function is one; as a type it can lend its future what it holds.
///
/// ```
/// # use wechat_material::{AccessToken, IssuedToken, Renewal, TransportFn, http};
/// use wechat_material_reqwest::{Client, SourceError};
///
/// # async fn from_our_server() -> Result<String, SourceError> { Ok("81_Zx3".to_owned()) }
/// # async fn my_http(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, std::io::Error> {
/// #     Ok(http::Response::new(Vec::new()))
/// # }
/// # let transport = TransportFn::new(|request| my_http(request));
/// let source = |_: &Renewal| async {
///     let token = AccessToken::new(from_our_server().await?);
///     Ok::<_, SourceError>(IssuedToken::new(token, None))
/// };
/// let client = Client::with_source(source, transport);
/// # async fn asserted(client: Client<impl wechat_material::AsyncTransport>) {
/// assert_eq!(client.access_token().await.unwrap().expose(), "81_Zx3");
/// # }
/// # #[cfg(feature = "tokio")]
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(asserted(client.build()));
/// ```
pub trait AsyncTokenSource: Send + Sync {
    /// Obtains the token. If the future is dropped, another caller asks anew.
    ///
    /// [`Renewal::refused`] is the token that WeChat refused, if this is why it is asked: do not give out that one again
    /// unless it is certain to be good. Do not call the client that asks: it would wait for itself.
    ///
    /// # Errors
    ///
    /// Whatever went wrong, without the token in any text: whoever waits for the token gets it as
    /// [`ClientError::Token`].
    fn obtain<'s>(&'s self, renewal: &'s Renewal) -> Obtaining<'s>;
}

impl<F, R> AsyncTokenSource for F
where
    F: Fn(&Renewal) -> R + Send + Sync,
    R: Future<Output = Result<IssuedToken, SourceError>> + Send + 'static,
{
    fn obtain<'s>(&'s self, renewal: &'s Renewal) -> Obtaining<'s> {
        Box::pin(self(renewal))
    }
}

pub(super) enum Source {
    Stable(Credentials),
    Classic(Credentials),
    Own(Box<dyn AsyncTokenSource>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stable(_) => "Stable",
            Self::Classic(_) => "Classic",
            Self::Own(_) => "Own",
        })
    }
}

impl<T: AsyncTransport> Shared<T> {
    /// Obtains a token, with the repetitions that any call has.
    pub(super) async fn obtain(&self, renewal: &Renewal) -> Result<IssuedToken, SourceError> {
        // An early one has time, and a forced one may be made only so often.
        let is_once = renewal.is_early() || renewal.is_forced();
        let policy = if is_once { &RetryPolicy::never() } else { &self.policy };
        match &self.source {
            Source::Stable(credentials) => {
                let endpoint = StableToken::new(credentials).forced(renewal.is_forced());
                self.obtain_with(policy, &endpoint).await
            }
            Source::Classic(credentials) => self.obtain_with(policy, &Token::new(credentials)).await,
            Source::Own(source) => source.obtain(renewal).await,
        }
    }

    async fn obtain_with<E>(&self, policy: &RetryPolicy, endpoint: &E) -> Result<IssuedToken, SourceError>
    where
        E: Endpoint<Target = BaseUrl, Output = IssuedToken>,
    {
        let mut course = Course::of(self, policy, endpoint);
        loop {
            course.sends()?;
            let attempt = match self.send(endpoint, &self.base).await {
                Ok(parsed) => {
                    course.answered(&parsed);
                    return Ok(parsed.output);
                }
                Err(attempt) => attempt,
            };
            course.again(attempt).await.map_err(|error| match error {
                // How often it was tried says less than what came of it.
                ClientError::Call { source, .. } => source as SourceError,
                other => Box::new(other),
            })?;
        }
    }
}
