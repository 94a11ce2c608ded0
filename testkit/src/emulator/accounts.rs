//! The accounts that the emulator serves, each with its own tokens and assets.

use std::fmt;
use std::time::Duration;

use wechat_material::{Access, AccessToken, AppSecret, BaseUrl, Credentials, ErrorCode, MaterialType};

use super::account::Account;
use super::answer::Refusal;
use super::lists::Lists;
use super::tokens::{Standing, Tokens};

/// One or more accounts.
#[derive(Debug)]
pub(super) struct Accounts(Vec<AccountState>);

/// The state of an account.
pub(super) struct AccountState {
    app_id: String,
    app_secret: AppSecret,
    pub(super) tokens: Tokens,
    pub(super) lists: Lists,
}

impl Accounts {
    /// Uses the built-in account if the list is empty.
    pub(super) fn new(accounts: Vec<Account>) -> Self {
        let accounts = if accounts.is_empty() { vec![Account::built_in()] } else { accounts };
        Self(accounts.into_iter().map(AccountState::new).collect())
    }

    pub(super) fn first(&self) -> &AccountState {
        &self.0[0]
    }

    pub(super) fn by_app_id(&self, app_id: &str) -> Option<&AccountState> {
        self.0.iter().find(|account| account.app_id == app_id)
    }

    pub(super) fn advance(&self, time: Duration) {
        self.0.iter().for_each(|account| account.tokens.advance(time));
    }

    /// Finds the account that this token belongs to.
    pub(super) fn by_token(&self, token: &str) -> Result<&AccountState, Refusal> {
        if token.is_empty() {
            return Err(Refusal::new(ErrorCode::ACCESS_TOKEN_MISSING, "access_token missing"));
        }
        let with = |standing| self.0.iter().find(|account| account.tokens.standing(token) == standing);
        if let Some(account) = with(Standing::Valid) {
            return Ok(account);
        }
        Err(match with(Standing::Expired) {
            Some(_) => Refusal::new(ErrorCode::ACCESS_TOKEN_EXPIRED, "access_token expired"),
            None => Refusal::new(
                ErrorCode::INVALID_CREDENTIAL,
                "invalid credential, access_token is invalid or not latest, could get access_token by \
                 getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
            ),
        })
    }

    /// Finds the account that these credentials belong to.
    pub(super) fn by_credentials(
        &self,
        grant_type: Option<&str>,
        app_id: Option<&str>,
        secret: Option<&str>,
    ) -> Result<&AccountState, Refusal> {
        if grant_type != Some("client_credential") {
            return Err(Refusal::new(ErrorCode::INVALID_GRANT_TYPE, "invalid grant_type"));
        }
        let app_id = app_id.ok_or_else(|| Refusal::new(ErrorCode::APP_ID_MISSING, "appid missing"))?;
        let account =
            self.by_app_id(app_id).ok_or_else(|| Refusal::new(ErrorCode::INVALID_APP_ID, "invalid appid"))?;
        match secret {
            None => Err(Refusal::new(ErrorCode::APP_SECRET_MISSING, "appsecret missing")),
            Some(secret) if secret == account.app_secret.expose() => Ok(account),
            Some(_) => Err(Refusal::new(ErrorCode::INVALID_APP_SECRET, "invalid appsecret")),
        }
    }
}

impl AccountState {
    fn new(account: Account) -> Self {
        let Account { app_id, app_secret, entries } = account;
        Self { app_id, app_secret, tokens: Tokens::default(), lists: Lists::new(entries) }
    }
}

impl fmt::Debug for AccountState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountState").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

/// An account of a running [`Emulator`](super::Emulator).
#[derive(Clone, Copy, Debug)]
pub struct ServedAccount<'e> {
    state: &'e AccountState,
    base_url: &'e BaseUrl,
}

impl<'e> ServedAccount<'e> {
    pub(super) fn new(state: &'e AccountState, base_url: &'e BaseUrl) -> Self {
        Self { state, base_url }
    }

    /// The app id and app secret.
    pub fn credentials(&self) -> Credentials {
        Credentials::new(self.state.app_id.as_str(), self.state.app_secret.clone())
    }

    /// Returns a valid token: the one that `stable_token` returns at this moment. A new token is valid for two hours.
    pub fn token(&self) -> AccessToken {
        AccessToken::new(self.state.tokens.stable().text)
    }

    /// The emulator's base URL and a valid token.
    pub fn access(&self) -> Access {
        Access::with_base_url(&self.token(), self.base_url.clone())
    }

    /// Makes the emulator accept this token for two hours. The token may have any content.
    pub fn accept(&self, token: &AccessToken) {
        self.state.tokens.accept(token.expose());
    }

    /// Expires every token of this account that is valid now.
    pub fn expire_tokens(&self) {
        self.state.tokens.expire_all();
    }

    /// Lists and counts this many generated assets of a type, like [`Emulator::fill`](super::Emulator::fill).
    pub fn fill(&self, material_type: MaterialType, assets: usize) {
        self.state.lists.fill(material_type, assets);
    }
}
