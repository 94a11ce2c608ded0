//! The token, for calls that are made elsewhere.

use wechat_material::driver::{MaybeSend, MaybeSync, Moment, TokenWait};
use wechat_material::{AccessToken, AsyncTransport, ClientError, IssuedToken};

use super::Client;

impl<T: AsyncTransport + MaybeSend + MaybeSync + 'static> Client<T> {
    /// The access token, for calls that this client does not make; obtained if there is none.
    ///
    /// [`expires_in`](IssuedToken::expires_in) is what remains of its life: `None` if that is not known, or if the token is
    /// fixed. If WeChat refuses a call that is made with it, report it to [`refused`](Self::refused).
    ///
    /// # Errors
    ///
    /// [`ClientError::Token`] and [`ClientError::TokenTimeout`].
    pub async fn token(&self) -> Result<IssuedToken, ClientError> {
        let now = self.now();
        self.wait_for_token(TokenWait::new(&self.inner.config.retry, now), now).await
    }

    /// WeChat refused a call that was made elsewhere with this token: the next call obtains another one.
    ///
    /// Only the present token counts: a report about an earlier one changes nothing, and neither does one about a fixed
    /// token. Calls of this client need no report.
    pub fn refused(&self, token: &AccessToken) {
        self.tokens.refuse(token);
    }

    /// Obtains another token, although the present one may be good, and returns it as [`token`](Self::token) does.
    ///
    /// One renewal serves all callers that ask for it before it ends. Calls wait for it; if it fails, they use the old token
    /// again while that is good.
    ///
    /// WeChat can issue another stable token 20 times a day, 30 seconds apart. Beyond that, the old token is returned.
    ///
    /// # Errors
    ///
    /// [`ClientError::Token`], also for a fixed token, and [`ClientError::TokenTimeout`].
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
