//! The secrets that errors and file names of a call must not repeat.

use crate::secret::{AccessToken, AppSecret};

/// The tokens that a call was sent with, and the app secret that tokens are obtained with.
#[derive(Default)]
pub(super) struct Secrets {
    tokens: Vec<AccessToken>,
    app_secret: Option<AppSecret>,
}

impl Secrets {
    /// Sets the app secret.
    pub(super) fn set_app_secret(&mut self, secret: &AppSecret) {
        self.app_secret = Some(secret.clone());
    }

    /// Adds the token of an attempt.
    pub(super) fn add(&mut self, token: &AccessToken) {
        if self.tokens.last().is_none_or(|last| last.expose() != token.expose()) {
            self.tokens.push(token.clone());
        }
    }

    pub(super) fn texts(&self) -> Vec<&str> {
        let app_secret = self.app_secret.as_ref().map(AppSecret::expose);
        self.tokens.iter().map(AccessToken::expose).chain(app_secret).collect()
    }
}
