//! The account that is called, and how it is called.

use clap::Args;
use wechat_material::{ClientEvent, EventKind, ParseOptions, WaitReason};
use wechat_material_ureq::{Client, TokenSource};

mod calls;
mod secret_source;

pub(crate) use self::calls::{Calls, Kind};
pub(crate) use self::secret_source::{CredentialOptions, SecretSource, arguments_repeat_the_environment};

use self::secret_source::SecretOptions;
use crate::failure::Failure;
use crate::output::note;

/// The options of every command that calls an account.
#[derive(Args)]
pub(crate) struct Account {
    #[command(flatten)]
    secret: SecretOptions,
    #[command(flatten)]
    calls: Calls,
}

/// What the help of these commands has below the options.
pub(crate) fn help(examples: &str) -> String {
    format!("{examples}\n\n{HELP}")
}

const HELP: &str = "\
Environment:
  WECHAT_ACCESS_TOKEN                An access token; takes precedence over app id and secret
  WECHAT_APP_ID, WECHAT_APP_SECRET   App id and secret, to obtain and renew a token

Options take precedence over the environment. Neither token nor secret can be an argument, because other users
of the machine can read arguments.

Transient failures are retried: at most 4 attempts, within 2 minutes (30 minutes for a download).
Waits of 3 seconds or more are reported on stderr.";

impl Account {
    /// A caller, for calls of this kind.
    pub(crate) fn caller(&self, kind: Kind, options: ParseOptions) -> Result<Caller, Failure> {
        Caller::new(self.secret.read()?, &self.calls, kind, options)
    }
}

/// A client, and what there is to know when its calls fail.
pub(crate) struct Caller {
    pub(crate) client: Client,
    pub(crate) source: SecretSource,
}

impl Caller {
    pub(crate) fn new(
        source: SecretSource,
        calls: &Calls,
        kind: Kind,
        options: ParseOptions,
    ) -> Result<Self, Failure> {
        let tokens = match &source {
            SecretSource::Token(token) => TokenSource::fixed(token.clone()),
            SecretSource::Credentials(credentials) => TokenSource::stable(credentials.clone()),
        };
        let client = Client::builder(tokens, calls.transport())
            .base_url(calls.base()?)
            .retry(calls.policy(kind))
            .options(options)
            .on_event(report_wait)
            .build();
        Ok(Self { client, source })
    }
}

/// Reports a long wait on stderr.
fn report_wait(event: &ClientEvent) {
    const MIN_SECONDS: u64 = 3;
    let EventKind::Wait { time, reason } = &event.kind else { return };
    let seconds = time.as_secs();
    if seconds >= MIN_SECONDS {
        let reason = match reason {
            WaitReason::RateLimit => "too many calls this minute",
            WaitReason::RetryAfter => "the server asks for a pause",
            _ => "the last attempt failed",
        };
        note(&format!("{reason}: retrying in {seconds} seconds"));
    }
}
