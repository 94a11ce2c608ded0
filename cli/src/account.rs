//! The account that is called: what opens it, how it is called, and what is said when that fails.

use clap::Args;
use wechat_material::{ClientError, IssuedToken, ParseOptions};
use wechat_material_client::blocking::{Client, TokenSource};
use wechat_material_ureq::UreqTransport;

mod calls;
mod failed;
mod key;
mod waits;

pub(crate) use self::calls::{Calls, Kind};
pub(crate) use self::failed::NO_TOKEN;
pub(crate) use self::key::{CredentialOptions, Key, arguments_repeat_the_environment};

use self::key::KeyOptions;
use crate::failure::Failure;

/// The options of every command that calls an account.
#[derive(Args)]
pub(crate) struct Account {
    #[command(flatten)]
    key: KeyOptions,
    #[command(flatten)]
    calls: Calls,
}

/// What these commands say of them below their options.
pub(crate) const HELP: &str = "\
The account is opened by an access token (in WECHAT_ACCESS_TOKEN, or --token-file) or by app id and app secret
(in WECHAT_APP_ID and WECHAT_APP_SECRET, or --app-id and --secret-file), with which a token is obtained, and renewed
when it is refused. Options go before the environment. Of what the environment has, the token goes before app id and
app secret: it is good for two hours only, so whoever sets it means it. Neither token nor secret is an argument, as
everyone on a machine can read the arguments of its programs.

What fails in passing (WeChat is busy, the connection breaks) is tried again after a moment: 4 times in all, within two
minutes, of a download within half an hour. A wait of more than a few seconds is told. Ctrl-C ends it at once.";

impl Account {
    /// A caller, for calls of this kind.
    pub(crate) fn caller(&self, kind: Kind, options: ParseOptions) -> Result<Caller, Failure> {
        Caller::new(self.key.read()?, &self.calls, kind, options)
    }
}

/// A client, and what there is to know when its calls fail.
pub(crate) struct Caller {
    pub(crate) client: Client<UreqTransport>,
    key: Key,
}

impl Caller {
    pub(crate) fn new(key: Key, calls: &Calls, kind: Kind, options: ParseOptions) -> Result<Self, Failure> {
        let transport = calls.transport();
        let source = match &key {
            Key::Token(token) => TokenSource::fixed(token.clone()),
            Key::Credentials(credentials) => TokenSource::stable(credentials.clone()),
        };
        let client = Client::builder(source, transport)
            .base_url(calls.base()?)
            .retry(calls.policy(kind))
            .options(options)
            .on_event(waits::reporter())
            .build();
        Ok(Self { client, key })
    }

    /// The access token, obtained just now.
    pub(crate) fn token(&self) -> Result<IssuedToken, ClientError> {
        self.client.token()
    }
}
