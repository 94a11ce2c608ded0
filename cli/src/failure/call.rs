//! Calls that failed: what the library says, and what this program alone knows.

use std::io::ErrorKind;
use std::net::IpAddr;

use wechat_material::{ApiError, CallError, Category, ClientError, ErrorCode, Fault, Limit, TransportError};
use wechat_material_ureq::UreqError;
use wechat_material_ureq::ureq::{Error, Timeout};

use super::Failure;
use crate::account::{Caller, SecretSource};
use crate::printable::{bytes, shortened};

/// Columns of WeChat's words that are shown.
const MAX_WORDS: usize = 300;

impl Caller {
    /// The library's error, with next steps that name options. Where the library advises programmers, it is put in other
    /// words.
    pub(crate) fn failure(&self, error: &ClientError) -> Failure {
        let failure = Failure::from(error);
        match (error, call_error(error)) {
            (_, Some(CallError::Build(_))) => failure.into_usage(),
            (_, Some(CallError::Api(ApiError::Fault(fault)))) => self.refusal(failure, fault),
            (_, Some(CallError::Api(error))) => no_answer(failure, error),
            (_, Some(CallError::Transport(error))) => no_response(failure, error),
            (ClientError::TokenTimeout { waited, .. }, _) => {
                late(&format!("no access token was obtained within {} seconds", waited.as_secs()))
            }
            (ClientError::Sink { cause, .. }, _) => {
                Failure::refused("the output could not be written").because(cause)
            }
            (ClientError::Save { cause, .. }, _) => not_saved(failure, cause.kind()),
            (ClientError::WrongEvent { .. }, _) => failure.next("report this: it is a bug of this program"),
            _ => failure,
        }
    }

    fn refusal(&self, failure: Failure, fault: &Fault) -> Failure {
        let failure = match [fault.message.as_str(), fault.hint.as_deref().unwrap_or_default()] {
            _ if fault.is_redacted() => {
                failure.with("WeChat's message is left out: it repeats the access token or the app secret")
            }
            ["", ""] => failure,
            [message, ""] => failure.with(quoted(message)),
            [message, hint] => failure.with(quoted(&format!("{message} (hint {hint})"))),
        };
        match (fault.category(), fault.code, &self.source) {
            (Category::Token, _, SecretSource::Token(_)) => failure
                .next("get a new token, or give app id and app secret instead: then tokens are renewed"),
            (Category::Token, _, SecretSource::Credentials(_)) => {
                failure.next("if this repeats, find the other program that obtains tokens for this account")
            }
            (Category::Credentials, ErrorCode::ADDRESS_NOT_LISTED, _) => {
                let address =
                    address(fault.raw()).map_or("this machine's address".to_owned(), |ip| ip.to_string());
                failure.next(format!("add {address} to the IP allowlist in the account's console"))
            }
            _ => failure,
        }
    }
}

fn call_error(error: &ClientError) -> Option<&CallError> {
    match error {
        ClientError::Call { cause, .. } => Some(cause),
        ClientError::Token(cause) => call_error(cause.downcast_ref()?),
        _ => None,
    }
}

fn no_answer(failure: Failure, error: &ApiError) -> Failure {
    match error {
        ApiError::TooLarge { limit, of: Limit::File, .. } => {
            Failure::refused(format!("the file is larger than {}", bytes(*limit)))
                .next("allow larger files with --max-size, such as --max-size 4G")
        }
        ApiError::TooLarge { limit, .. } => too_long(*limit),
        ApiError::Encoded { .. } => {
            Failure::refused("the response is compressed, although no compression was requested")
                .next("check proxies and gateways in between: they must not change the encoding")
        }
        ApiError::Text { .. } | ApiError::Json { .. } | ApiError::Shape { .. } => {
            failure.next("record the response and look at it: see inspect --help")
        }
        _ => failure,
    }
}

fn no_response(failure: Failure, error: &TransportError) -> Failure {
    match error.get_ref().downcast_ref() {
        // The transport reports silence in a body as either of these.
        Some(UreqError::Timeout(Error::Timeout(Timeout::PerRead | Timeout::RecvBody))) => {
            late("the connection was silent for too long")
        }
        Some(UreqError::Timeout(_)) => late("the call took too long"),
        Some(UreqError::TooLarge { limit }) => too_long(*limit),
        Some(UreqError::Setup(cause)) => Failure::refused("the server cannot be called")
            .because(cause)
            .next("check --base-url, the clock, and the server's certificate"),
        _ => failure,
    }
}

fn not_saved(failure: Failure, kind: ErrorKind) -> Failure {
    match kind {
        ErrorKind::AlreadyExists => failure.into_usage().next("use --force to overwrite it"),
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidInput => failure.into_usage(),
        _ => failure,
    }
}

fn late(what: &str) -> Failure {
    Failure::refused(what).next("try again, or allow more time with --timeout SECONDS")
}

fn too_long(limit: u64) -> Failure {
    Failure::refused(format!(
        "the response is larger than {}, and WeChat sends none that large",
        bytes(limit)
    ))
    .next("check --base-url, and proxies and gateways in between")
}

fn quoted(words: &str) -> String {
    format!("WeChat's message: {}", shortened(words, MAX_WORDS))
}

/// The address in `invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist`.
fn address(words: &str) -> Option<IpAddr> {
    let words = words.split(|char: char| !char.is_ascii_hexdigit() && char != '.' && char != ':');
    let mut addresses = words.filter_map(|word| word.trim_end_matches('.').parse::<IpAddr>().ok());
    addresses.next().map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::{Args, Command, FromArgMatches};
    use wechat_material::driver::{Call, Moment, TokenCache, TokenWait};
    use wechat_material::{AccessToken, ClientConfig, CountMaterials, File, ParseOptions, RetryPolicy};

    use super::*;
    use crate::account::{Calls, Kind};

    fn text(error: &ClientError) -> String {
        let options = Calls::augment_args(Command::new("")).get_matches_from([""]);
        let calls = Calls::from_arg_matches(&options).unwrap();
        let source = SecretSource::Token(AccessToken::new("81_Zx3"));
        let caller = Caller::new(source, &calls, Kind::Answer, ParseOptions::default());
        caller.unwrap_or_else(|_| panic!("a caller")).failure(error).to_text()
    }

    #[test]
    fn a_token_that_comes_too_late_is_reported_with_a_next_step() {
        let mut wait = TokenWait::new(&RetryPolicy::never(), Moment(Duration::ZERO));
        let late = wait.poll(&TokenCache::default(), Moment(Duration::from_secs(150))).unwrap_err();
        let text = text(&late);
        assert!(
            text.starts_with("error: no access token was obtained within 150 seconds\n  next: "),
            "{text}"
        );
    }

    #[test]
    fn a_bug_of_the_program_is_called_one() {
        let config = ClientConfig::default();
        let call = Call::<_, File>::new(&CountMaterials, &config, 0, Moment::default());
        let text = text(&call.finish().unwrap_err());
        assert!(text.contains("a bug of this program") && text.lines().count() == 2, "{text}");
    }

    #[test]
    fn the_address_is_found_in_every_known_message() {
        for (words, expected) in [
            ("invalid ip 119.253.43.19, not in whitelist", Some("119.253.43.19")),
            (
                "invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist rid: 6413208f-1ae7191d-6edfb203",
                Some("1.2.3.4"),
            ),
            ("invalid ip ::ffff:1.2.3.4.", Some("1.2.3.4")),
            ("invalid ip 2001:db8::1, not in whitelist", Some("2001:db8::1")),
            ("invalid ip 1.2.3, not in whitelist rid: 6413208f-1ae7191d-6edfb203", None),
            ("", None),
        ] {
            assert_eq!(address(words).map(|ip| ip.to_string()).as_deref(), expected, "{words}");
        }
    }
}
