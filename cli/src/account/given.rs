//! The token that somebody gave: there is no other, so a refusal of it is final.

use std::sync::Arc;

use wechat_material::{AccessToken, ApiError, CallError, Endpoint, GetMaterial, IssuedToken, Renewal};
use wechat_material_ureq::{SourceError, TokenSource, UreqError};

use super::overheard::Overheard;

pub(super) struct Given {
    token: AccessToken,
    overheard: Arc<Overheard>,
}

impl Given {
    pub(super) fn new(token: &AccessToken, overheard: &Arc<Overheard>) -> Self {
        Self { token: token.clone(), overheard: Arc::clone(overheard) }
    }
}

impl TokenSource for Given {
    fn obtain(&self, renewal: &Renewal) -> Result<IssuedToken, SourceError> {
        if renewal.refused().is_none() {
            return Ok(IssuedToken::new(self.token.clone(), None));
        }
        // The client forgets why it wants another one. What it heard last says more than that there is none.
        match GetMaterial::new("").parse(self.overheard.answer()) {
            Err(error @ ApiError::Fault(_)) => Err(Box::new(CallError::<UreqError>::Api(error))),
            Ok(_) | Err(_) => Err("WeChat refused the access token: get a new one".into()),
        }
    }
}
