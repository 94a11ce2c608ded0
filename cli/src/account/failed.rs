//! What a call that failed is told as: what happened, why, and what to do next.

use wechat_material::{ApiError, CallError, Category, Limit};
use wechat_material_ureq::UreqError;

use super::{Caller, ClientError, Key};
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
            ClientError::Call { attempts, renewed, source, .. } => {
                let is_refused = error.fault().is_some_and(|fault| fault.category() == Category::Token);
                let failure = self.explained(failure, source);
                match attempts {
                    0 | 1 => failure,
                    _ if is_refused && *renewed => failure.with("tried: again with a new token"),
                    _ => failure.with(format!("tried: {attempts} times")),
                }
            }
            ClientError::Token(cause) => match (cause.downcast_ref(), &self.key) {
                (Some(call), Key::Credentials(..)) if heading != NO_TOKEN => {
                    self.explained(failure.with(format!("why: {NO_TOKEN}")), call)
                }
                (Some(call), _) => self.explained(failure, call),
                (None, _) => failure.because(&**cause),
            },
            ClientError::Sink { source, .. } => failure.because(source),
            _ => failure.because(error),
        }
    }

    fn explained(&self, failure: Failure, error: &CallError<UreqError>) -> Failure {
        match error {
            CallError::Build(error) => failure.because(error).into_usage(),
            CallError::Transport(error) => unreached(failure, error),
            CallError::Api(ApiError::Fault(fault)) => self.refusal(failure, fault),
            CallError::Api(error) => no_answer(failure, error),
        }
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
fn unreached(failure: Failure, error: &UreqError) -> Failure {
    match error {
        UreqError::Timeout(cause) => failure
            .with("why: the call took too long")
            .because(cause)
            .next("give it more time with --timeout SECONDS, or try again when the line is better"),
        UreqError::Setup(cause) => failure
            .with("why: no call can be made like this")
            .because(cause)
            .next("check the base URL, the clock, and the certificate that the server has"),
        UreqError::TooLarge { limit } => too_long(failure, *limit),
        _ => failure.because(error),
    }
}

fn too_long(failure: Failure, limit: u64) -> Failure {
    failure
        .with(format!("why: the answer takes more than {}, as none of WeChat's does", bytes(limit)))
        .next("check the base URL and what stands on the way")
}
