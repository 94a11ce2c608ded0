//! Where tokens come from.

use std::error::Error;
use std::fmt;

use wechat_material::{
    BaseUrl, ClientError, Credentials, Endpoint, IssuedToken, Renewal, RetryPolicy, StableToken, Token,
    Transport,
};

use super::Shared;
use super::course::Course;

/// What a token source of your own fails with.
pub type SourceError = Box<dyn Error + Send + Sync>;

/// A place that tokens come from: a central server, or a store that several machines share.
pub trait TokenSource: Send + Sync {
    /// Obtains the token.
    ///
    /// [`Renewal::refused`] is the token that WeChat refused, if this is why it is asked: do not give out that one again
    /// unless it is certain to be good. Do not call the client that asks: it would wait for itself.
    ///
    /// # Errors
    ///
    /// Whatever went wrong, without the token in any text: whoever waits for the token gets it as
    /// [`ClientError::Token`].
    fn obtain(&self, renewal: &Renewal) -> Result<IssuedToken, SourceError>;
}

impl<F> TokenSource for F
where
    F: Fn(&Renewal) -> Result<IssuedToken, SourceError> + Send + Sync,
{
    fn obtain(&self, renewal: &Renewal) -> Result<IssuedToken, SourceError> {
        self(renewal)
    }
}

pub(super) enum Source {
    Stable(Credentials),
    Classic(Credentials),
    Own(Box<dyn TokenSource>),
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

impl<T: Transport> Shared<T> {
    /// Obtains a token, with the repetitions that any call has.
    pub(super) fn obtain(&self, renewal: &Renewal) -> Result<IssuedToken, SourceError> {
        // An early one has time, and a forced one may be made only so often.
        let is_once = renewal.is_early() || renewal.is_forced();
        let policy = if is_once { &RetryPolicy::never() } else { &self.policy };
        match &self.source {
            Source::Stable(credentials) => {
                self.obtain_with(policy, &StableToken::new(credentials).forced(renewal.is_forced()))
            }
            Source::Classic(credentials) => self.obtain_with(policy, &Token::new(credentials)),
            Source::Own(source) => source.obtain(renewal),
        }
    }

    fn obtain_with<E>(&self, policy: &RetryPolicy, endpoint: &E) -> Result<IssuedToken, SourceError>
    where
        E: Endpoint<Target = BaseUrl, Output = IssuedToken>,
    {
        let mut course = Course::of(self, policy, endpoint);
        loop {
            course.sends()?;
            let failed = match self.send(endpoint, &self.base) {
                Ok(parsed) => {
                    course.answered(&parsed);
                    return Ok(parsed.output);
                }
                Err(failed) => failed,
            };
            course.again(failed).map_err(|error| match error {
                // How often it was tried says less than what came of it.
                ClientError::Call { source, .. } => source as SourceError,
                other => Box::new(other),
            })?;
        }
    }
}
