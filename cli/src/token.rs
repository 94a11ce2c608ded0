//! `wechat-material token`: an access token, to check app id and secret or for other programs.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use wechat_material::ParseOptions;

use crate::account::{Caller, Calls, CredentialOptions, Kind};
use crate::failure::Failure;
use crate::output::{note, print};
use crate::printable::{grouped, visible};

/// Obtain an access token with app id and app secret
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Token {
    /// Print the token
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    credentials: CredentialOptions,
    #[command(flatten)]
    calls: Calls,
}

const AFTER_HELP: &str = "\
Examples:
  wechat-material token                                            check app id and secret
  export WECHAT_ACCESS_TOKEN=\"$(wechat-material token --show)\"    for other programs

Environment:
  WECHAT_APP_ID, WECHAT_APP_SECRET   App id and app secret

This is the stable token: every caller gets the same one until it expires, so it is safe to run this again.
The other commands do this themselves if they have app id and app secret.";

impl Token {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let source = self.credentials.read()?;
        let caller = Caller::new(source, &self.calls, Kind::Answer, ParseOptions::default())?;
        let issued = caller.client.token().map_err(|error| caller.failure(&error))?;
        let obtained = match issued.expires_in {
            Some(life) => format!("obtained an access token, valid for {}", in_words(life)),
            None => "obtained an access token of unknown validity".to_owned(),
        };
        if !self.show {
            print(obtained + "\n")?;
            return Ok(ExitCode::SUCCESS);
        }
        let token = issued.token.expose();
        if token.chars().any(|char| visible(char) != char) {
            return Err(Failure::refused("the access token contains control characters, and is not printed")
                .next("check the base URL: WeChat's tokens have none"));
        }
        note(&obtained);
        print(format!("{token}\n"))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// `1 h 59 min`, or `40 s` if it is less than a minute.
fn in_words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ ..3600 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", grouped(seconds / 3600), seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_in_two_units() {
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3599, "59 min"),
            (7199, "1 h 59 min"),
            (7200, "2 h 0 min"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), expected);
        }
    }
}
