//! The token, for calls made elsewhere.

use wechat_material::driver::{MaybeSend, MaybeSync, Moment, TokenWait};
use wechat_material::{AccessToken, AsyncTransport, ClientError, IssuedToken};

use super::Client;

impl<T: AsyncTransport + MaybeSend + MaybeSync + 'static> Client<T> {
    /// Returns the access token, for calls made elsewhere. It is obtained first if there is none.
    ///
    /// [`expires_in`](IssuedToken::expires_in) is the remaining lifetime: `None` if it is unknown, or if the
    /// token is fixed. If WeChat refuses the token in such a call, report that with
    /// [`refused`](Self::refused).
    ///
    /// # Errors
    ///
    /// [`ClientError::Token`] or [`ClientError::TokenTimeout`] if no token is obtained.
    pub async fn token(&self) -> Result<IssuedToken, ClientError> {
        let now = self.now();
        self.wait_for_token(TokenWait::new(&self.inner.config.retry, now), now).await
    }

    /// Reports that WeChat refused this token in a call made elsewhere. The next call obtains another token.
    ///
    /// A report about an earlier token changes nothing, and neither does one about a fixed token. For calls of this client,
    /// no report is needed.
    pub fn refused(&self, token: &AccessToken) {
        self.tokens.refuse(token);
    }

    /// Obtains another token, even if the current one is valid, and returns it as [`token`](Self::token)
    /// does.
    ///
    /// If several callers ask at the same time, one renewal serves them all. Other calls wait for it, at most ten seconds.
    /// After that, or if it fails, they use the old token while it is valid.
    ///
    /// WeChat issues another stable token 20 times a day, at least 30 seconds apart. Beyond that, the old token is returned.
    ///
    /// # Errors
    ///
    /// [`ClientError::Token`] or [`ClientError::TokenTimeout`] if no token is obtained. A fixed token cannot be renewed, so
    /// this is always an error for one.
    pub async fn renew(&self) -> Result<IssuedToken, ClientError> {
        let now = self.now();
        let wait = self.tokens.wait_for_another(&self.inner.config.retry, now)?;
        self.wait_for_token(wait, now).await
    }

    async fn wait_for_token(&self, mut wait: TokenWait, mut now: Moment) -> Result<IssuedToken, ClientError> {
        loop {
            let mut issued = Ok(None);
            let renewal = self.lease(now, |tokens, now| {
                issued = wait.poll_issued(tokens, now);
                matches!(issued, Ok(None)).then(|| wait.until())
            });
            if let Some(issued) = issued? {
                return Ok(issued);
            }
            if let Some(renewal) = renewal {
                renewal.wait().await;
            }
            now = self.now();
        }
    }
}
