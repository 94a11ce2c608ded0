//! `wechat-material token`: whether app id and app secret are right, and the token itself for other programs.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use wechat_material::ParseOptions;

use crate::account::{Caller, Calls, CredentialOptions, Kind, NO_TOKEN};
use crate::failure::Failure;
use crate::output::{note, print};
use crate::printable::{grouped, visible};

/// Obtain an access token with app id and app secret
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Token {
    /// Print the token on stdout, for other programs
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    credentials: CredentialOptions,
    #[command(flatten)]
    calls: Calls,
}

const AFTER_HELP: &str = "\
It is the stable token: the same for everyone who asks, for as long as it is good, so that asking again does no harm.
A token in WECHAT_ACCESS_TOKEN does not count here, and may be replaced with the one that was obtained:
  export WECHAT_ACCESS_TOKEN=\"$(wechat-material token --show)\"
The other commands need none of this: with app id and app secret they obtain and renew the token themselves.";

impl Token {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let key = self.credentials.read()?;
        let caller = Caller::new(key, &self.calls, Kind::Answer, ParseOptions::default())?;
        let issued = caller.token().map_err(|error| caller.failure(NO_TOKEN, &error))?;
        let obtained = match issued.expires_in {
            Some(life) => format!("an access token was obtained, and is good for {}", lasting(life)),
            None => "an access token was obtained; how long it is good for was not said".to_owned(),
        };
        if !self.show {
            print(obtained + "\n")?;
            return Ok(ExitCode::SUCCESS);
        }
        let token = issued.token.expose();
        if token.chars().any(|char| visible(char) != char) {
            return Err(Failure::refused("the access token has control characters in it, and is not shown")
                .next("check the base URL: WeChat's tokens have none"));
        }
        note(&obtained);
        print(format!("{token}\n"))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// `1 h 59 min`, or `40 s` if it is less than a minute.
fn lasting(time: Duration) -> String {
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
    fn times_are_told_as_people_do() {
        for (seconds, told) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3599, "59 min"),
            (7199, "1 h 59 min"),
            (7200, "2 h 0 min"),
        ] {
            assert_eq!(lasting(Duration::from_secs(seconds)), told);
        }
    }
}
