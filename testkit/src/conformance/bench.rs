//! Shared by all rules: the transport under test and the current test case.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::net::SocketAddr;

use wechat_material::http::{Request, Response};

use super::catch_panic::catch_panic;
use super::host::{Answer, Host};
use super::subject::{Answered, Failed, Subject, Way};
#[cfg(any(feature = "rustls", feature = "ring"))]
use super::test_ca::TestCa;
use super::{Finding, Outcome, Report, Rule};

/// A description of what was observed instead of what the rule requires.
pub(super) type Violation = Box<dyn Error>;

/// `CANARY#&%+ 中`, percent-encoded.
pub(super) const ENCODED_TOKEN: &str = "CANARY%23%26%25%2B%20%E4%B8%AD";
pub(super) const PATH: &str = "/cgi-bin/a%2Fb/get_material";
pub(super) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// Larger than every finite body of the suite.
const WHOLE: usize = 64 << 20;
pub(super) const SEND: &[Way] = &[Way::Send];
pub(super) const SEND_STREAMING: &[Way] = &[Way::SendStreaming { max: WHOLE }];
pub(super) const BOTH: &[Way] = &[Way::Send, Way::SendStreaming { max: WHOLE }];

pub(super) struct Bench<'s, S> {
    subject: &'s S,
    #[cfg(any(feature = "rustls", feature = "ring"))]
    pub(super) ca: Option<&'s TestCa>,
    way: Cell<Way>,
    /// The current test case of the rule, for the text of a violation.
    case: RefCell<String>,
    /// Everything that errors and panics have printed, each with the place where it occurred.
    pub(super) printed: RefCell<Vec<(String, String)>>,
}

impl<'s, S: Subject> Bench<'s, S> {
    pub(super) fn new(subject: &'s S) -> Self {
        Self {
            subject,
            #[cfg(any(feature = "rustls", feature = "ring"))]
            ca: None,
            way: Cell::new(Way::Send),
            case: RefCell::default(),
            printed: RefCell::default(),
        }
    }

    #[cfg(any(feature = "rustls", feature = "ring"))]
    pub(super) fn with_ca(self, ca: &'s TestCa) -> Self {
        Self { ca: Some(ca), ..self }
    }

    pub(super) async fn check(&self) -> Report {
        let mut findings = Vec::with_capacity(Rule::ALL.len());
        for rule in Rule::ALL.iter().copied() {
            findings.push(Finding { rule, outcome: self.outcome(rule).await });
        }
        Report::new(findings)
    }

    /// The combined outcome of all methods: the rule fails if any method breaks it.
    async fn outcome(&self, rule: Rule) -> Outcome {
        let mut outcome = Outcome::Passed;
        for way in rule.ways() {
            self.way.set(*way);
            self.case.borrow_mut().clear();
            let seen = match catch_panic(self.test(rule)).await {
                Ok(Ok(seen)) => seen,
                // This violation already names its place.
                Ok(Err(violation)) if rule == Rule::PrintsNoToken => Outcome::Failed(violation.to_string()),
                Ok(Err(violation)) => Outcome::Failed(format!("{}: {violation}", self.place())),
                Err(message) => {
                    self.record(message.clone());
                    Outcome::Failed(format!("{}: the transport panicked: {message}", self.place()))
                }
            };
            match seen {
                Outcome::Passed => {}
                Outcome::Failed(_) => return seen,
                Outcome::NoTls | Outcome::NoStreaming => outcome = seen,
            }
        }
        outcome
    }

    fn place(&self) -> String {
        let (way, case) = (self.way.get(), self.case.borrow());
        if case.is_empty() { way.to_string() } else { format!("{way}: {case}") }
    }

    /// Sets the name of the current test case.
    pub(super) fn case(&self, case: impl fmt::Display) {
        *self.case.borrow_mut() = case.to_string();
    }

    pub(super) fn enforces_address_policy(&self) -> bool {
        self.subject.enforces_address_policy()
    }

    pub(super) fn way(&self) -> Way {
        self.way.get()
    }

    pub(super) async fn ask(&self, request: Request<Vec<u8>>) -> Answered {
        self.ask_by(self.way(), request).await
    }

    pub(super) async fn ask_by(&self, way: Way, request: Request<Vec<u8>>) -> Answered {
        let answered = self.subject.ask(way, request).await;
        self.record_error(&answered);
        answered
    }

    pub(super) async fn ask_both(
        &self,
        first: Request<Vec<u8>>,
        second: Request<Vec<u8>>,
    ) -> (Answered, Answered) {
        let both = self.subject.ask_both(self.way(), first, second).await;
        self.record_error(&both.0);
        self.record_error(&both.1);
        both
    }

    fn record_error(&self, answered: &Answered) {
        if let Err(failed) = answered {
            self.record(failed.printed.clone());
        }
    }

    fn record(&self, printed: String) {
        self.printed.borrow_mut().push((self.place(), printed));
    }

    /// Sends a request to the host, and returns its response.
    pub(super) async fn response(&self, host: &Host) -> Result<Response<Vec<u8>>, Violation> {
        self.ask(request(host.address())?).await.map_err(unanswered)
    }

    /// Sends a request that the host answers in this way, and returns the resulting error.
    pub(super) async fn failure(&self, answer: Answer) -> Result<Failed, Violation> {
        let host = Host::new([answer])?;
        failed(self.ask(request(host.address())?).await)
    }
}

/// A request as the core builds them, with a token in its query.
pub(super) fn request(address: SocketAddr) -> Result<Request<Vec<u8>>, Violation> {
    let request = Request::post(format!("http://{address}{PATH}?access_token={ENCODED_TOKEN}"))
        .header("content-type", "application/json")
        .header("accept-encoding", "identity");
    Ok(request.body(b"{\"media_id\":\"id\"}".to_vec())?)
}

pub(super) fn failed(answered: Answered) -> Result<Failed, Violation> {
    match answered {
        Err(failed) => Ok(failed),
        Ok(response) => {
            let (status, length) = (response.status().as_u16(), response.body().len());
            Err(format!("expected an error, got a response with status {status} and {length} bytes").into())
        }
    }
}

pub(super) fn expect<T: fmt::Debug + PartialEq>(what: &str, seen: &T, expected: &T) -> Result<(), Violation> {
    if seen == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, got {seen:?}").into()) }
}

pub(super) fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

#[expect(clippy::needless_pass_by_value, reason = "map_err passes it by value")]
pub(super) fn unanswered(failed: Failed) -> Violation {
    let place = if failed.is_within_body { " within the body" } else { "" };
    format!("expected a response, got an error{place} ({:?})", failed.kind).into()
}
