//! What opens the account. Whatever is wrong with it, its text is not printed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use wechat_material::{AccessToken, AppSecret, Credentials};

use crate::failure::Failure;

const TOKEN: Kept = Kept { name: "access token", file: "token file", variable: "WECHAT_ACCESS_TOKEN" };
const APP_SECRET: Kept = Kept { name: "app secret", file: "secret file", variable: "WECHAT_APP_SECRET" };
const APP_ID: Kept = Kept { name: "app id", file: "", variable: "WECHAT_APP_ID" };

/// An access token, or what one is obtained with.
pub(crate) enum Key {
    Token(AccessToken),
    Credentials(Credentials),
}

#[derive(Args)]
#[command(next_help_heading = "Account")]
pub(crate) struct KeyOptions {
    /// Read the access token from this file instead of WECHAT_ACCESS_TOKEN
    #[arg(long, value_name = "FILE", conflicts_with_all = ["app_id", "secret_file"])]
    token_file: Option<PathBuf>,
    #[command(flatten)]
    credentials: CredentialOptions,
}

#[derive(Args)]
#[command(next_help_heading = "Account")]
pub(crate) struct CredentialOptions {
    /// The app id, instead of WECHAT_APP_ID
    #[arg(long, value_name = "ID")]
    app_id: Option<String>,
    /// Read the app secret from this file instead of WECHAT_APP_SECRET
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

impl KeyOptions {
    /// Options go before the environment, and there the token before what it is obtained with.
    pub(super) fn read(&self) -> Result<Key, Failure> {
        let token = match &self.token_file {
            Some(path) => Some(TOKEN.in_file(path)?),
            None if self.credentials.are_given() => None,
            None => TOKEN.in_environment()?,
        };
        match token {
            Some(token) => Ok(Key::Token(AccessToken::new(token))),
            None => self.credentials.find()?.ok_or_else(|| {
                Failure::usage("there is neither an access token nor an app secret")
                    .next("put app id and app secret into WECHAT_APP_ID and WECHAT_APP_SECRET")
                    .next("or a token into WECHAT_ACCESS_TOKEN, or into a file and give that to --token-file")
            }),
        }
    }
}

impl CredentialOptions {
    fn are_given(&self) -> bool {
        self.app_id.is_some() || self.secret_file.is_some()
    }

    pub(crate) fn read(&self) -> Result<Key, Failure> {
        self.find()?.ok_or_else(|| {
            Failure::usage("there are no app id and app secret to obtain a token with")
                .next("put them into WECHAT_APP_ID and WECHAT_APP_SECRET; see --help for other ways")
        })
    }

    fn find(&self) -> Result<Option<Key>, Failure> {
        let app_id = match &self.app_id {
            Some(app_id) => APP_ID.checked(app_id)?,
            None => APP_ID.in_environment()?,
        };
        let secret = match &self.secret_file {
            Some(path) => Some(APP_SECRET.in_file(path)?),
            None => APP_SECRET.in_environment()?,
        };
        match (app_id, secret) {
            (Some(app_id), Some(secret)) => Ok(Some(Key::Credentials(Credentials::new(app_id, secret)))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(Failure::usage("there is an app id, but no app secret")
                .next("put it into WECHAT_APP_SECRET, or into a file and give that to --secret-file")),
            (None, Some(_)) => Err(Failure::usage("there is an app secret, but no app id")
                .next("put it into WECHAT_APP_ID, or give it to --app-id: it begins with wx")),
        }
    }
}

/// Whether an argument has the token or secret in it that the environment has too. It is not to be repeated then, as
/// wrong arguments otherwise are.
pub(crate) fn arguments_repeat_the_environment() -> bool {
    let secrets = [TOKEN, APP_SECRET].map(|kept| kept.in_environment().ok().flatten().map(AppSecret::new));
    let arguments = || env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    secrets.into_iter().flatten().any(|secret| arguments().any(|argument| secret.is_in(&argument)))
}

/// A text that somebody keeps for the program, and where.
struct Kept {
    name: &'static str,
    file: &'static str,
    variable: &'static str,
}

impl Kept {
    fn in_environment(&self) -> Result<Option<String>, Failure> {
        let text = env::var_os(self.variable).unwrap_or_default().into_string();
        let text =
            text.map_err(|_| Failure::usage(format!("{} is not UTF-8: set it anew", self.variable)))?;
        self.checked(&text)
    }

    fn in_file(&self, path: &Path) -> Result<String, Failure> {
        // The path stays unnamed: it could be the secret itself, given by mistake.
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("the {} cannot be read", self.file)).because(&error))?;
        self.checked(&text)?.ok_or_else(|| {
            Failure::usage(format!("the {} is empty: put the {} into it", self.file, self.name))
        })
    }

    /// The text alone, if there is one.
    fn checked(&self, text: &str) -> Result<Option<String>, Failure> {
        // Files end with a line end, and some editors begin them with a byte order mark.
        match text.trim_start_matches('\u{FEFF}').trim() {
            "" => Ok(None),
            text if text.contains(char::is_control) => Err(Failure::usage(format!(
                "the {} has a line break or another control character in it",
                self.name
            ))),
            text => Ok(Some(text.to_owned())),
        }
    }
}
