//! One renewal of the token, from its first attempt to its last. No test waits.

use std::time::Duration;

use serde_json::Value;
use wechat_material::driver::{Lease, Moment, RenewalId, TokenAction, TokenCache, TokenCall, TokenGrant};
use wechat_material::http::{Request, Response};
use wechat_material::{
    AccessToken, ClientConfig, ClientError, ClientEvent, Credentials, FailureKind, IssuedToken, RetryPolicy,
    TransportError,
};

mod events;
mod force;
mod grants;
mod late;
mod redaction;
mod retries;

#[path = "../judged/response.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod response;

use response::response;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const NANOSECOND: Duration = Duration::from_nanos(1);

/// A nanosecond less.
pub(crate) fn just_under(time: Duration) -> Duration {
    time.saturating_sub(NANOSECOND)
}

/// When the renewals of these tests begin.
pub(crate) const START: Moment = Moment(Duration::from_secs(1_000_000));

pub(crate) fn credentials() -> Credentials {
    Credentials::new("wx0123456789abcdef", "5ec2e7")
}

pub(crate) fn stable() -> TokenGrant {
    TokenGrant::Stable(credentials())
}

pub(crate) fn under(policy: &RetryPolicy) -> ClientConfig {
    let mut config = ClientConfig::default();
    config.retry = policy.clone();
    config
}

pub(crate) fn fault(code: i64) -> Response<Vec<u8>> {
    response(200, &[], format!(r#"{{"errcode":{code},"errmsg":""}}"#))
}

pub(crate) fn token_response(token: &str) -> Response<Vec<u8>> {
    response(200, &[], format!(r#"{{"access_token":"{token}","expires_in":7200}}"#))
}

pub(crate) fn issued(token: &str) -> IssuedToken {
    IssuedToken::new(AccessToken::new(token), Some(Duration::from_secs(7200)))
}

/// A cache that obtained a token at this moment.
pub(crate) fn holding(token: &str, now: Moment) -> TokenCache {
    let mut tokens = TokenCache::default();
    let renewal = tokens.begin(now).unwrap();
    assert!(tokens.obtained(renewal, issued(token), now).is_none());
    tokens
}

/// A cache whose token was refused.
pub(crate) fn refused(token: &str) -> TokenCache {
    let mut tokens = holding(token, START);
    let Lease::Token(_, id) = tokens.lease(START) else { panic!("no token") };
    tokens.refuse(id);
    tokens
}

/// A renewal, the tokens of its client, and the time.
pub(crate) struct Script {
    pub(crate) call: TokenCall,
    pub(crate) tokens: TokenCache,
    pub(crate) now: Moment,
    pub(crate) id: RenewalId,
    /// How often it was sent.
    pub(crate) attempts: u32,
}

/// An action, without the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Send,
    Obtain,
    Wait(Duration),
    Finish,
}

impl Script {
    pub(crate) fn begun(
        mut tokens: TokenCache,
        grant: TokenGrant,
        config: &ClientConfig,
        now: Moment,
    ) -> Self {
        let renewal = tokens.begin(now).unwrap();
        let id = renewal.id();
        let mut call = TokenCall::new(renewal, grant, config, 7, now);
        call.record_events();
        Self { call, tokens, now, id, attempts: 0 }
    }

    /// A first renewal with the stable token, sent once.
    pub(crate) fn sent(policy: &RetryPolicy) -> Self {
        let mut script = Self::begun(TokenCache::default(), stable(), &under(policy), START);
        assert_eq!(script.poll(), Step::Send);
        script
    }

    pub(crate) fn usual() -> Self {
        Self::sent(&RetryPolicy::default())
    }

    pub(crate) fn action(&mut self) -> TokenAction {
        let action = self.call.poll(&mut self.tokens, self.now);
        self.attempts += u32::from(matches!(action, TokenAction::Send(_)));
        action
    }

    pub(crate) fn poll(&mut self) -> Step {
        match self.action() {
            TokenAction::Send(_) => Step::Send,
            TokenAction::Obtain => Step::Obtain,
            TokenAction::Sleep { until } => Step::Wait(until.since(self.now)),
            TokenAction::Finish => Step::Finish,
        }
    }

    #[track_caller]
    pub(crate) fn request(&mut self) -> Request<Vec<u8>> {
        match self.action() {
            TokenAction::Send(request) => request,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn later(&mut self, time: Duration) -> &mut Self {
        self.now = self.now.after(time);
        self
    }

    pub(crate) fn answered(&mut self, response: Response<Vec<u8>>) -> Step {
        self.call.handle_response(response, self.now);
        self.poll()
    }

    pub(crate) fn failed(&mut self, kind: FailureKind) -> Step {
        let error = TransportError::new(kind, std::io::Error::other("no response"));
        self.call.handle_failure(error, self.now);
        self.poll()
    }

    pub(crate) fn issued(&mut self, issued: Result<IssuedToken, &str>) -> Step {
        self.call.handle_issued(issued.map_err(Into::into), self.now);
        self.poll()
    }

    #[track_caller]
    pub(crate) fn waits(&mut self, step: Step) -> Duration {
        let Step::Wait(time) = step else { panic!("no wait: {step:?}") };
        assert_eq!(self.later(time).poll(), Step::Send);
        time
    }

    pub(crate) fn events(&mut self) -> Vec<ClientEvent> {
        std::iter::from_fn(|| self.call.next_event()).collect()
    }

    /// The token that calls get now.
    #[track_caller]
    pub(crate) fn token(&self) -> String {
        match self.tokens.lease(self.now) {
            Lease::Token(token, _) => token.expose().to_owned(),
            other => panic!("no token: {other:?}"),
        }
    }

    /// The renewal must have failed with this text, for all callers that waited for it.
    #[track_caller]
    pub(crate) fn assert_failed(&self, expected: &str) {
        assert!(self.call.renewal().is_none() && self.tokens.renewal().is_none());
        assert!(matches!(self.tokens.lease(self.now), Lease::Renew));
        let cause = self.tokens.failure_since(self.id).expect("it has not failed");
        assert_eq!(cause.to_string(), expected);
    }

    /// The fault of the renewal.
    #[track_caller]
    pub(crate) fn code(&self) -> Option<i64> {
        let cause = self.tokens.failure_since(self.id).expect("it has not failed");
        cause.downcast_ref::<ClientError>()?.fault().map(|fault| fault.code.0)
    }
}

pub(crate) fn is_forced(request: &Request<Vec<u8>>) -> bool {
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    body["force_refresh"].as_bool().unwrap()
}
