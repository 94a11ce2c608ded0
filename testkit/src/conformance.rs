//! What a transport has to do, as rules that anyone can hold their own to.
//!
//! Give the transport a timeout of a second at most and a body limit of [`LIMIT`] bytes, and let it trust the
//! usual certificates only. The rules talk to servers on 127.0.0.1 alone.
//!
//! ```
//! use wechat_material::Transport;
//! use wechat_material_testkit::conformance;
//!
//! fn my_transport_conforms(my_transport: &(impl Transport + Sync)) {
//!     let report = conformance::check(my_transport);
//!     assert!(report.is_passed(), "{report}");
//! }
//! ```

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wechat_material::{AsyncTransport, Transport};

mod host;
mod rules;
mod subject;
mod tls;

pub use self::rules::Rule;
use self::subject::{Async, Blocking};

/// The body limit to give to the transport under test, in bytes: 1 MiB.
pub const LIMIT: u64 = 1 << 20;

/// How a transport keeps the rules.
#[derive(Clone, Debug)]
pub struct Report {
    findings: Vec<Finding>,
}

/// How it keeps one of them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What was seen instead, where it is not kept.
    pub violation: Option<String>,
}

impl Report {
    /// A finding for each rule, in their order.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether all rules are kept.
    pub fn is_passed(&self) -> bool {
        self.broken().is_empty()
    }

    /// The rules that are not kept.
    pub fn broken(&self) -> Vec<Rule> {
        self.findings
            .iter()
            .filter(|finding| finding.violation.is_some())
            .map(|finding| finding.rule)
            .collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| match &finding.violation {
            None => writeln!(f, "kept    {}", finding.rule),
            Some(seen) => writeln!(f, "BROKEN  {}: {seen}", finding.rule),
        })
    }
}

/// Holds a blocking transport to the rules. Takes a few times its timeout.
pub fn check(transport: &(impl Transport + Sync)) -> Report {
    let subject = Blocking(transport);
    let mut check = pin!(rules::check(&subject));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        // Nothing in it waits but inside of the transport, so it is over at once.
        if let Poll::Ready(findings) = check.as_mut().poll(&mut context) {
            return Report { findings };
        }
    }
}

/// Holds an async transport to the rules, in whatever runtime it wants.
pub async fn check_async(transport: &impl AsyncTransport) -> Report {
    Report { findings: rules::check(&Async(transport)).await }
}
