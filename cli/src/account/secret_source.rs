//! The secret that an account is called with. Whatever is wrong with it, it is not printed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use wechat_material::{AccessToken, AppSecret, Credentials};

use crate::failure::Failure;

const TOKEN: StoredSecret =
    StoredSecret { name: "access token", file: "token file", variable: "WECHAT_ACCESS_TOKEN" };
const APP_SECRET: StoredSecret =
    StoredSecret { name: "app secret", file: "secret file", variable: "WECHAT_APP_SECRET" };
const APP_ID: StoredSecret = StoredSecret { name: "app id", file: "", variable: "WECHAT_APP_ID" };

/// An access token, or what one is obtained with.
pub(crate) enum SecretSource {
    Token(AccessToken),
    Credentials(Credentials),
}

#[derive(Args)]
#[command(next_help_heading = "Account options")]
pub(crate) struct SecretOptions {
    /// Read the access token from FILE
    #[arg(long, value_name = "FILE", conflicts_with_all = ["app_id", "secret_file"])]
    token_file: Option<PathBuf>,
    #[command(flatten)]
    credentials: CredentialOptions,
}

#[derive(Args)]
#[command(next_help_heading = "Account options")]
pub(crate) struct CredentialOptions {
    /// App id of the account
    #[arg(long, value_name = "ID")]
    app_id: Option<String>,
    /// Read the app secret from FILE
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

impl SecretOptions {
    /// Options take precedence over the environment, and a token in the environment over app id and secret.
    pub(super) fn read(&self) -> Result<SecretSource, Failure> {
        let token = match &self.token_file {
            Some(path) => Some(TOKEN.in_file(path)?),
            None if self.credentials.are_given() => None,
            None => TOKEN.in_environment()?,
        };
        match token {
            Some(token) => Ok(SecretSource::Token(AccessToken::new(token))),
            None => self.credentials.find()?.ok_or_else(|| {
                Failure::usage("no access token and no app secret")
                    .next("set WECHAT_APP_ID and WECHAT_APP_SECRET")
                    .next("or set WECHAT_ACCESS_TOKEN, or give --token-file FILE")
            }),
        }
    }
}

impl CredentialOptions {
    fn are_given(&self) -> bool {
        self.app_id.is_some() || self.secret_file.is_some()
    }

    pub(crate) fn read(&self) -> Result<SecretSource, Failure> {
        self.find()?.ok_or_else(|| {
            Failure::usage("no app id and app secret")
                .next("set WECHAT_APP_ID and WECHAT_APP_SECRET, or give --app-id and --secret-file")
        })
    }

    fn find(&self) -> Result<Option<SecretSource>, Failure> {
        let app_id = match &self.app_id {
            Some(app_id) => APP_ID.checked(app_id)?,
            None => APP_ID.in_environment()?,
        };
        let secret = match &self.secret_file {
            Some(path) => Some(APP_SECRET.in_file(path)?),
            None => APP_SECRET.in_environment()?,
        };
        match (app_id, secret) {
            (Some(app_id), Some(secret)) => {
                Ok(Some(SecretSource::Credentials(Credentials::new(app_id, secret))))
            }
            (None, None) => Ok(None),
            (Some(_), None) => Err(Failure::usage("an app id, but no app secret")
                .next("set WECHAT_APP_SECRET, or give --secret-file FILE")),
            (None, Some(_)) => Err(Failure::usage("an app secret, but no app id")
                .next("set WECHAT_APP_ID, or give --app-id: it begins with wx")),
        }
    }
}

/// Whether an argument contains the token or secret of the environment. Error messages must not quote it then.
pub(crate) fn arguments_repeat_the_environment() -> bool {
    let secrets =
        [TOKEN, APP_SECRET].map(|stored| stored.in_environment().ok().flatten().map(AppSecret::new));
    let arguments = || env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    secrets.into_iter().flatten().any(|secret| arguments().any(|argument| secret.is_in(&argument)))
}

/// A secret (or the app id that belongs to one), and where it is stored.
struct StoredSecret {
    name: &'static str,
    file: &'static str,
    variable: &'static str,
}

impl StoredSecret {
    fn in_environment(&self) -> Result<Option<String>, Failure> {
        let text = env::var_os(self.variable).unwrap_or_default().into_string();
        let text =
            text.map_err(|_| Failure::usage(format!("{} is not UTF-8: set it again", self.variable)))?;
        self.checked(&text)
    }

    fn in_file(&self, path: &Path) -> Result<String, Failure> {
        // The path is not printed: it could be the secret itself, given by mistake.
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("the {} cannot be read", self.file)).because(&error))?;
        self.checked(&text)?.ok_or_else(|| {
            Failure::usage(format!("the {} is empty: write the {} into it", self.file, self.name))
        })
    }

    /// The text alone, if there is one.
    fn checked(&self, text: &str) -> Result<Option<String>, Failure> {
        // Files end with a line end, and some editors begin them with a byte order mark.
        match text.trim_start_matches('\u{FEFF}').trim() {
            "" => Ok(None),
            text if text.contains(char::is_control) => Err(Failure::usage(format!(
                "the {} contains a line break or another control character",
                self.name
            ))),
            text => Ok(Some(text.to_owned())),
        }
    }
}
