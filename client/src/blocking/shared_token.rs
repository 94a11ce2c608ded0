//! The token, for calls that are made elsewhere.

use wechat_material::driver::{Moment, TokenWait};
use wechat_material::{AccessToken, ClientError, IssuedToken, Transport};

use super::Client;

impl<T: Transport> Client<T> {
    /// The access token, for calls that this client does not make; obtained if there is none.
    ///
    /// [`expires_in`](IssuedToken::expires_in) is what remains of its life: `None` if that is not known, or if the token is
    /// fixed. If WeChat refuses a call that is made with it, report it to [`refused`](Self::refused).
    ///
    /// ```
    /// # use wechat_material::{AccessToken, TransportFn, http};
    /// # use wechat_material_client::blocking::{Client, TokenSource};
    /// # let my_transport = TransportFn::new(|_| Ok::<_, std::io::Error>(http::Response::new(Vec::new())));
    /// let client = Client::builder(TokenSource::fixed(AccessToken::new("81_Zx3")), my_transport).build();
    /// let issued = client.token()?;
    /// assert_eq!((issued.token.expose(), issued.expires_in), ("81_Zx3", None));
    /// # Ok::<(), wechat_material::ClientError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::Token`] and [`ClientError::TokenTimeout`].
    pub fn token(&self) -> Result<IssuedToken, ClientError> {
        let now = self.now();
        self.wait_for_token(TokenWait::new(&self.inner.config.retry, now), now)
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
    pub fn renew(&self) -> Result<IssuedToken, ClientError> {
        let now = self.now();
        let wait = self.tokens.wait_for_another(&self.inner.config.retry, now)?;
        self.wait_for_token(wait, now)
    }

    fn wait_for_token(&self, mut wait: TokenWait, mut now: Moment) -> Result<IssuedToken, ClientError> {
        loop {
            let mut issued = Ok(None);
            let renewing = self.lease(now, |tokens, now| {
                issued = wait.poll_issued(tokens, now);
                matches!(issued, Ok(None)).then(|| wait.until())
            });
            match (issued?, renewing) {
                (Some(issued), _) => return Ok(issued),
                (None, Some(renewing)) => self.drive_renewal(renewing),
                (None, None) => {}
            }
            now = self.now();
        }
    }
}
