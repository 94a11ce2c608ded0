//! What a call that failed is told as: what happened, why, and what to do next.

use wechat_material::driver::ListError;
use wechat_material::{ApiError, CallError, Category, ClientError, Limit, TransportError};
use wechat_material_ureq::UreqError;
use wechat_material_ureq::ureq::{Error, Timeout};

use super::Caller;
use crate::failure::Failure;
use crate::printable::bytes;

mod refusal;

/// What stands above the failure of a call for a token.
pub(crate) const NO_TOKEN: &str = "no access token was obtained";

impl Caller {
    /// Under this heading, such as `the assets were not counted`.
    pub(crate) fn failure(&self, heading: &str, error: &ClientError) -> Failure {
        let failure = Failure::refused(heading);
        match error {
            ClientError::Token(cause) => {
                let failure =
                    if heading == NO_TOKEN { failure } else { failure.with(format!("why: {NO_TOKEN}")) };
                match cause.downcast_ref() {
                    Some(error) => self.because(failure, error),
                    None => failure.because(&**cause),
                }
            }
            _ => self.because(failure, error),
        }
    }

    fn because(&self, failure: Failure, error: &ClientError) -> Failure {
        match error {
            ClientError::Call { attempts, renewed, cause, .. } => {
                let is_refused = error.fault().is_some_and(|fault| fault.category() == Category::Token);
                let failure = self.explained(failure, cause);
                match attempts {
                    0 | 1 => failure,
                    _ if is_refused && *renewed => failure.with("tried: again with a new token"),
                    _ => failure.with(format!("tried: {attempts} times")),
                }
            }
            ClientError::TokenTimeout { waited, .. } => {
                late(failure, &format!("no access token came within {} seconds", waited.as_secs()))
            }
            ClientError::List(error) => unlisted(failure, *error),
            ClientError::WrongEvent { .. } => failure
                .because(error)
                .next("report it, as this program has a bug; leave out token and secret"),
            _ => failure.because(error),
        }
    }

    fn explained(&self, failure: Failure, error: &CallError) -> Failure {
        match error {
            CallError::Build(error) => failure.because(error).into_usage(),
            CallError::Transport(error) => unreached(failure, error),
            CallError::Api(ApiError::Fault(fault)) => self.refusal(failure, fault),
            CallError::Api(error) => no_answer(failure, error),
        }
    }
}

/// Why a list cannot be continued.
fn unlisted(failure: Failure, error: ListError) -> Failure {
    match error {
        ListError::Repeated { page, .. } => failure
            .with(format!("why: page {page} of the list repeats assets that were listed before"))
            .next("check the proxy or gateway in between: it must pass on the body of a POST, which names the page"),
        ListError::TooManyPages => failure
            .with("why: the list has no end: it has more pages than any account has assets")
            .next("check the base URL, and the proxy or gateway in between"),
        _ => failure.because(&error),
    }
}

/// What core says is for who programs with it, where this program has options or does without. A body may quote
/// what is secret, so it is not shown here.
fn no_answer(failure: Failure, error: &ApiError) -> Failure {
    match error {
        ApiError::TooLarge { limit, of: Limit::File, .. } => failure
            .with(format!("why: the file has more than {}", bytes(*limit)))
            .next("if that can be right, allow more of them: --max-size, such as 4G"),
        ApiError::TooLarge { limit, .. } => too_long(failure, *limit),
        ApiError::Encoded { .. } => failure
            .with("why: the answer is compressed, though it was asked not to be")
            .next("check what stands on the way: a proxy or gateway must leave it as it is"),
        ApiError::Text { .. } | ApiError::Json { .. } | ApiError::Shape { .. } => {
            failure.because(error).next("record the answer and look at it, as inspect --help shows")
        }
        _ => failure.because(error),
    }
}

/// The same of the transport.
fn unreached(failure: Failure, error: &TransportError) -> Failure {
    let Some(error) = error.get_ref().downcast_ref() else { return failure.because(error) };
    match error {
        // The transport reports silence in a body as either of these.
        UreqError::Timeout(Error::Timeout(Timeout::PerRead | Timeout::RecvBody)) => {
            late(failure, "the connection was silent for too long")
        }
        UreqError::Timeout(_) => late(failure, "the call took too long"),
        UreqError::Setup(cause) => failure
            .with("why: no call can be made like this")
            .because(cause)
            .next("check the base URL, the clock, and the certificate that the server has"),
        UreqError::TooLarge { limit } => too_long(failure, *limit),
        _ => failure.because(error),
    }
}

fn late(failure: Failure, why: &str) -> Failure {
    failure
        .with(format!("why: {why}"))
        .next("give it more time with --timeout SECONDS, or try again when the line is better")
}

fn too_long(failure: Failure, limit: u64) -> Failure {
    failure
        .with(format!("why: the answer takes more than {}, as none of WeChat's does", bytes(limit)))
        .next("check the base URL and what stands on the way")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::{Args, Command, FromArgMatches};
    use wechat_material::driver::{Call, Moment, TokenCache, TokenWait};
    use wechat_material::{AccessToken, ClientConfig, CountMaterials, File, ParseOptions, RetryPolicy};

    use super::*;
    use crate::account::{Calls, Key, Kind};

    fn told(error: &ClientError) -> String {
        let options = Calls::augment_args(Command::new("")).get_matches_from([""]);
        let calls = Calls::from_arg_matches(&options).unwrap();
        let key = Key::Token(AccessToken::new("81_Zx3"));
        let caller = Caller::new(key, &calls, Kind::Answer, ParseOptions::default());
        caller.unwrap_or_else(|_| panic!("a caller")).failure("no", error).to_text()
    }

    #[test]
    fn a_token_that_comes_too_late_is_told_with_a_next_step() {
        let mut wait = TokenWait::new(&RetryPolicy::never(), Moment(Duration::ZERO));
        let late = wait.poll(&TokenCache::default(), Moment(Duration::from_secs(150))).unwrap_err();
        let why = "error: no\n  why: no access token came within 150 seconds\n  next: give it more time with --timeout";
        assert!(told(&late).starts_with(why), "{}", told(&late));
    }

    #[test]
    fn a_bug_of_the_program_is_called_one() {
        let config = ClientConfig::default();
        let call = Call::<_, File>::new(&CountMaterials, &config, 0, Moment::default());
        let told = told(&call.finish().unwrap_err());
        assert!(told.contains("this program has a bug") && told.lines().count() == 3, "{told}");
    }
}
