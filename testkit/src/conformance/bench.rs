//! What the rules have in common: the transport under test, and the case that it is in.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::net::SocketAddr;

use wechat_material::http::{Request, Response};

use super::catching::catching;
use super::host::{Answer, Host};
use super::subject::{Answered, Failed, Subject, Way};
#[cfg(any(feature = "rustls", feature = "ring"))]
use super::test_ca::TestCa;
use super::{Finding, Outcome, Report, Rule};

/// What was seen in place of what the rule says.
pub(super) type Violation = Box<dyn Error>;

/// `CANARY#&%+ 中`, percent-encoded.
pub(super) const ENCODED_TOKEN: &str = "CANARY%23%26%25%2B%20%E4%B8%AD";
pub(super) const PATH: &str = "/cgi-bin/a%2Fb/get_material";
pub(super) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// More than any body of the suite that ends.
const WHOLE: usize = 64 << 20;
pub(super) const SEND: &[Way] = &[Way::Send];
pub(super) const SEND_STREAMING: &[Way] = &[Way::SendStreaming { most: WHOLE }];
pub(super) const BOTH: &[Way] = &[Way::Send, Way::SendStreaming { most: WHOLE }];

pub(super) struct Bench<'s, S> {
    subject: &'s S,
    #[cfg(any(feature = "rustls", feature = "ring"))]
    pub(super) ca: Option<&'s TestCa>,
    way: Cell<Way>,
    /// What the rule tests at present, for the text of a violation.
    case: RefCell<String>,
    /// All that errors and panics have printed, each with the place where it was seen.
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

    /// The outcome of all ways: the rule is broken if it is broken by any of them.
    async fn outcome(&self, rule: Rule) -> Outcome {
        let mut outcome = Outcome::Kept;
        for way in rule.ways() {
            self.way.set(*way);
            self.case.borrow_mut().clear();
            let seen = match catching(self.hold_to(rule)).await {
                Ok(Ok(seen)) => seen,
                // It names the place itself.
                Ok(Err(violation)) if rule == Rule::PrintsNoToken => Outcome::Broken(violation.to_string()),
                Ok(Err(violation)) => Outcome::Broken(format!("{}: {violation}", self.place())),
                Err(message) => {
                    self.listen(message.clone());
                    Outcome::Broken(format!("{}: the transport panicked: {message}", self.place()))
                }
            };
            match seen {
                Outcome::Kept => {}
                Outcome::Broken(_) => return seen,
                Outcome::NoTls | Outcome::NoStreaming => outcome = seen,
            }
        }
        outcome
    }

    fn place(&self) -> String {
        let (way, case) = (self.way.get(), self.case.borrow());
        if case.is_empty() { way.to_string() } else { format!("{way}: {case}") }
    }

    /// Names what is tested from here on.
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
        self.listen_to(&answered);
        answered
    }

    pub(super) async fn ask_both(
        &self,
        first: Request<Vec<u8>>,
        second: Request<Vec<u8>>,
    ) -> (Answered, Answered) {
        let both = self.subject.ask_both(self.way(), first, second).await;
        self.listen_to(&both.0);
        self.listen_to(&both.1);
        both
    }

    fn listen_to(&self, answered: &Answered) {
        if let Err(failed) = answered {
            self.listen(failed.printed.clone());
        }
    }

    fn listen(&self, printed: String) {
        self.printed.borrow_mut().push((self.place(), printed));
    }

    /// The response that a host gives.
    pub(super) async fn response(&self, host: &Host) -> Result<Response<Vec<u8>>, Violation> {
        self.ask(request(host.address())?).await.map_err(unanswered)
    }

    /// The failure that such an answer leads to.
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
            Err(format!("an answer with status {status} and {length} bytes in place of an error").into())
        }
    }
}

pub(super) fn expect<T: fmt::Debug + PartialEq>(what: &str, seen: &T, expected: &T) -> Result<(), Violation> {
    if seen == expected { Ok(()) } else { Err(format!("{what}: {seen:?} in place of {expected:?}").into()) }
}

pub(super) fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
pub(super) fn unanswered(failed: Failed) -> Violation {
    let place = if failed.is_within_body { " within the body" } else { "" };
    format!("an error{place} in place of an answer ({:?})", failed.kind).into()
}
