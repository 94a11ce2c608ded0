//! One renewal of the token, with its own retries. No call owns it, so it goes on if a call is dropped.

use std::error::Error;
use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};

use super::event::Events;
use super::retry::{Next, Retry};
use super::token_cache::Cause;
use super::{
    ClientConfig, ClientError, ClientEvent, EventKind, Moment, Renewal, RetryPolicy, TokenCache, retry_after,
};
use crate::call::CallError;
use crate::endpoint::{Answer, BaseUrl, Endpoint, IssuedToken, StableToken, Token};
use crate::error::{ApiError, BuildError};
use crate::parse::Parsed;
use crate::secret::{AccessToken, AppSecret, Credentials, Redacted};
use crate::transport::TransportError;

/// How a token is obtained.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TokenGrant {
    /// The stable token ([`StableToken`]): the same for every client of the account.
    Stable(Credentials),
    /// The classic token ([`Token`]): every new one replaces the previous one.
    Classic(Credentials),
    /// From the driver's own source.
    Own,
}

/// A renewal of the token as a state machine.
///
/// The driver polls it until it returns [`TokenAction::Finish`]. Then the result is in the [`TokenCache`].
pub struct TokenCall {
    grant: TokenGrant,
    config: ClientConfig,
    seed: u64,
    retry: Retry,
    events: Events,
    renewal: Option<Renewal>,
    state: State,
    /// An error that the cache no longer stores. It is dropped with the call, and not while the driver holds the lock.
    replaced: Option<Cause>,
}

enum State {
    Ready,
    Waiting(Moment),
    Sent,
    Ended(Result<IssuedToken, Cause>),
    Over,
}

/// What to do next about a renewal.
#[expect(clippy::large_enum_variant, reason = "it is moved once")]
#[must_use]
pub enum TokenAction {
    /// Send the request, and then call [`handle_response`](TokenCall::handle_response) or
    /// [`handle_failure`](TokenCall::handle_failure).
    Send(Request<Vec<u8>>),
    /// Obtain a token from the driver's own source for this [`renewal`](TokenCall::renewal), and then call
    /// [`handle_issued`](TokenCall::handle_issued).
    Obtain,
    /// Poll again at this moment.
    Sleep {
        /// When.
        until: Moment,
    },
    /// The renewal has ended. Callers that wait for the token can poll their calls.
    Finish,
}

impl fmt::Debug for TokenAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(request) => f.debug_tuple("Send").field(&Redacted(request)).finish(),
            Self::Obtain => f.write_str("Obtain"),
            Self::Sleep { until } => f.debug_struct("Sleep").field("until", until).finish(),
            Self::Finish => f.write_str("Finish"),
        }
    }
}

impl TokenCall {
    /// A renewal that begins now. The seed is the source of randomness: use a different seed for every renewal.
    pub fn new(renewal: Renewal, grant: TokenGrant, config: &ClientConfig, seed: u64, now: Moment) -> Self {
        let retry = retry(&renewal, config, seed, now);
        Self {
            events: Events::new(grant.name(), now),
            grant,
            config: config.clone(),
            seed,
            retry,
            renewal: Some(renewal),
            state: State::Ready,
            replaced: None,
        }
    }

    /// Records events for [`next_event`](Self::next_event). By default none are recorded. Call this before the first
    /// [`poll`](Self::poll), because the beginning of the renewal is an event too.
    pub fn record_events(&mut self) {
        self.events.record("");
        self.report_renewal(self.events.started());
    }

    /// The renewal; `None` after it has ended.
    pub fn renewal(&self) -> Option<&Renewal> {
        self.renewal.as_ref()
    }

    /// Returns what to do next.
    pub fn poll(&mut self, tokens: &mut TokenCache, now: Moment) -> TokenAction {
        if self.renewal.as_ref().is_some_and(|renewal| !tokens.is_under_way(renewal.id(), now)) {
            self.give_up();
        }
        loop {
            match mem::replace(&mut self.state, State::Over) {
                State::Ready => return self.send(now),
                State::Waiting(until) if now < until => {
                    self.state = State::Waiting(until);
                    return TokenAction::Sleep { until };
                }
                // It was not driven for a long time, but has not failed. The next call that needs the token begins another
                // one.
                State::Waiting(_) if self.retry.is_late(now) => {
                    if let Some(renewal) = self.renewal.take() {
                        tokens.abandon(renewal.id());
                    }
                }
                State::Waiting(_) => self.state = State::Ready,
                State::Ended(result) => self.end(result, tokens, now),
                // A driver that polls twice without an event in between has lost the answer to the first request.
                State::Sent => self.state = State::Ended(Err(Arc::new(LostAnswer))),
                State::Over => return TokenAction::Finish,
            }
        }
    }

    /// Drops the result, as another renewal has begun in place of this one, or this one was abandoned.
    fn give_up(&mut self) {
        self.renewal = None;
        if let State::Ended(Err(cause)) = mem::replace(&mut self.state, State::Over) {
            self.replaced = Some(cause);
        }
    }

    fn send(&mut self, now: Moment) -> TokenAction {
        let request = self.endpoint().map(|endpoint| endpoint.to_request(&self.config.base_url));
        self.retry.begin_attempt();
        self.state = State::Sent;
        match request {
            None => TokenAction::Obtain,
            Some(Ok(request)) => {
                self.events.push(self.retry.attempts(), now, || EventKind::Attempt);
                TokenAction::Send(request)
            }
            Some(Err(error)) => {
                self.after(CallError::Build(error), None, now);
                // The next poll reports the failure to the cache.
                TokenAction::Sleep { until: now }
            }
        }
    }

    fn end(&mut self, result: Result<IssuedToken, Cause>, tokens: &mut TokenCache, now: Moment) {
        let Some(renewal) = self.renewal.take() else { return };
        match result {
            Ok(issued) => {
                if let Some(forced) = tokens.obtained(renewal, issued, now) {
                    self.retry = retry(&forced, &self.config, self.seed, now);
                    self.renewal = Some(forced);
                    self.state = State::Ready;
                    self.report_renewal(now);
                }
            }
            Err(cause) => self.replaced = tokens.failed(renewal, cause, now),
        }
    }

    /// Reports a whole response.
    pub fn handle_response(&mut self, response: Response<Vec<u8>>, now: Moment) {
        let (State::Sent, Some(endpoint)) = (&self.state, self.endpoint()) else { return };
        let retry_after = retry_after(response.headers());
        match endpoint.parse_with(&self.config.options, response) {
            Ok(Parsed { output, repairs, evidence }) => {
                let answer = || EventKind::Answer { evidence: Some(evidence), repairs };
                self.events.push(self.retry.attempts(), now, answer);
                self.state = State::Ended(Ok(output));
            }
            Err(error) => self.after(CallError::Api(error), retry_after, now),
        }
    }

    /// Reports that there is no response.
    pub fn handle_failure(&mut self, error: TransportError, now: Moment) {
        if matches!(self.state, State::Sent) {
            self.after(CallError::Transport(error), None, now);
        }
    }

    /// Reports the result of the driver's own source.
    pub fn handle_issued(&mut self, issued: Result<IssuedToken, Box<dyn Error + Send + Sync>>, now: Moment) {
        if !matches!(self.state, State::Sent) {
            return;
        }
        let kind = match &issued {
            Ok(_) => EventKind::Answer { evidence: None, repairs: Vec::new() },
            Err(_) => EventKind::Failure { kind: "source", code: None, rid: None },
        };
        self.events.push(self.retry.attempts(), now, || kind);
        self.state = State::Ended(issued.map_err(Cause::from));
    }

    fn after(&mut self, error: CallError, retry_after: Option<Duration>, now: Moment) {
        let attempt = self.retry.attempts();
        let refused = self.renewal.as_ref().and_then(Renewal::refused).map(AccessToken::expose);
        let app_secret = self.grant.app_secret().map(AppSecret::expose);
        let error = error.redacted(&refused.into_iter().chain(app_secret).collect::<Vec<_>>());
        self.events.push(attempt, now, || EventKind::failure(&error));
        self.state = match self.retry.after(&error, retry_after, now) {
            Next::Wait(time, reason) => {
                self.events.push(attempt, now, || EventKind::Wait { time, reason });
                State::Waiting(now.after(time))
            }
            Next::Renew | Next::Finish => State::Ended(Err(Arc::new(ClientError::Call {
                call: self.grant.name(),
                attempts: attempt,
                renewed: false,
                written: 0,
                cause: Box::new(error),
            }))),
        };
    }

    /// The next event, if events are recorded.
    pub fn next_event(&mut self) -> Option<ClientEvent> {
        self.events.next()
    }

    fn report_renewal(&mut self, now: Moment) {
        let Some(renewal) = &self.renewal else { return };
        let (refused, early, forced) = (renewal.refused().is_some(), renewal.is_early(), renewal.is_forced());
        self.events.push(0, now, || EventKind::Renewal { refused, early, forced });
    }

    /// The endpoint that issues the token; `None` for the driver's own source.
    fn endpoint(&self) -> Option<TokenEndpoint> {
        let is_forced = self.renewal.as_ref().is_some_and(Renewal::is_forced);
        match &self.grant {
            TokenGrant::Stable(credentials) => {
                Some(TokenEndpoint::Stable(StableToken::new(credentials).forced(is_forced)))
            }
            TokenGrant::Classic(credentials) => Some(TokenEndpoint::Classic(Token::new(credentials))),
            TokenGrant::Own => None,
        }
    }
}

/// An early or forced renewal makes a single attempt: after an early one there is time for another, and a forced one may
/// have succeeded although its answer was lost.
fn retry(renewal: &Renewal, config: &ClientConfig, seed: u64, now: Moment) -> Retry {
    let is_once = renewal.is_early() || renewal.is_forced();
    let policy = if is_once { &RetryPolicy::never() } else { &config.retry };
    Retry::new(policy, true, seed, now)
}

impl fmt::Debug for TokenCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCall").field("renewal", &self.renewal).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the driver of the renewal polled it without reporting a response or a failure: fix the driver")]
struct LostAnswer;

impl TokenGrant {
    /// The app secret, if there is one.
    pub fn app_secret(&self) -> Option<&AppSecret> {
        match self {
            Self::Stable(credentials) | Self::Classic(credentials) => Some(credentials.secret()),
            Self::Own => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Stable(_) => StableToken::NAME,
            Self::Classic(_) => Token::NAME,
            Self::Own => "TokenSource",
        }
    }
}

/// The endpoint that issues tokens.
enum TokenEndpoint {
    Stable(StableToken),
    Classic(Token),
}

impl Endpoint for TokenEndpoint {
    type Target = BaseUrl;
    type Output<F> = IssuedToken;

    fn to_request(&self, base: &BaseUrl) -> Result<Request<Vec<u8>>, BuildError> {
        match self {
            Self::Stable(endpoint) => endpoint.to_request(base),
            Self::Classic(endpoint) => endpoint.to_request(base),
        }
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<IssuedToken, ApiError> {
        IssuedToken::read(answer)
    }
}
