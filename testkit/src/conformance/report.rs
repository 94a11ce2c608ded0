//! The result of a check.

use std::fmt;

use super::Rule;

/// The result of a check: one finding for each rule.
#[derive(Clone, Debug)]
pub struct Report {
    findings: Vec<Finding>,
    accepts_no_tls: bool,
    accepts_no_streaming: bool,
}

/// The result for one rule.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Its outcome.
    pub outcome: Outcome,
}

/// The outcome of testing one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The transport follows the rule.
    Passed,
    /// The transport breaks the rule. The text says in which case, and what was observed instead.
    Failed(String),
    /// Not checked: the transport has no TLS. It refused an `https` URL and never began a TLS handshake.
    NoTls,
    /// Not checked: the transport does not stream. Its `send_streaming` waits for the whole body, like the provided
    /// method of [`Transport`](wechat_material::Transport).
    NoStreaming,
}

impl Report {
    pub(super) fn new(findings: Vec<Finding>) -> Self {
        Self { findings, accepts_no_tls: false, accepts_no_streaming: false }
    }

    /// One finding for each rule, in the order of [`Rule::ALL`].
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Accepts that the transport has no TLS. A transport that has TLS must still check certificates.
    ///
    /// This is for a transport to a sidecar on the same machine. Never use it for a transport that connects to WeChat itself.
    #[must_use]
    pub fn without_tls(self) -> Self {
        Self { accepts_no_tls: true, ..self }
    }

    /// Accepts that the transport does not stream. A transport that streams must still deliver slow bodies.
    ///
    /// A client over such a transport holds a download in memory. The download fails if it takes longer than a whole call may.
    #[must_use]
    pub fn without_streaming(self) -> Self {
        Self { accepts_no_streaming: true, ..self }
    }

    /// Whether the transport follows every rule. A rule that was not checked counts as failed, unless
    /// [`without_tls`](Self::without_tls) or [`without_streaming`](Self::without_streaming) accepts that.
    pub fn is_passed(&self) -> bool {
        self.findings.iter().all(|finding| match finding.outcome {
            Outcome::Passed => true,
            Outcome::Failed(_) => false,
            Outcome::NoTls => self.accepts_no_tls,
            Outcome::NoStreaming => self.accepts_no_streaming,
        })
    }

    /// The rules that the transport breaks.
    pub fn failed(&self) -> Vec<Rule> {
        let is_failed = |finding: &&Finding| matches!(finding.outcome, Outcome::Failed(_));
        self.findings.iter().filter(is_failed).map(|finding| finding.rule).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|Finding { rule, outcome }| match outcome {
            Outcome::Passed => writeln!(f, "passed       {rule}"),
            Outcome::Failed(seen) => writeln!(f, "FAILED       {rule}: {seen}"),
            Outcome::NoTls => writeln!(f, "not checked  {rule}: the transport has no TLS"),
            Outcome::NoStreaming => writeln!(f, "not checked  {rule}: the transport does not stream"),
        })
    }
}
