//! What a check found.

use std::fmt;

use super::Rule;

/// How a transport keeps the rules: one finding a rule.
#[derive(Clone, Debug)]
pub struct Report {
    findings: Vec<Finding>,
    accepts_no_tls: bool,
    accepts_no_streaming: bool,
}

/// How a transport keeps one rule.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The transport keeps the rule.
    Kept,
    /// The transport breaks the rule: in which case, and what was seen instead.
    Broken(String),
    /// Not checked: the transport has no TLS. It refused an `https` URL and never began a TLS handshake.
    NoTls,
    /// Not checked: the transport does not stream. Its `send_streaming` waits for the whole body, as the one that
    /// [`Transport`](wechat_material::Transport) provides.
    NoStreaming,
}

impl Report {
    pub(super) fn new(findings: Vec<Finding>) -> Self {
        Self { findings, accepts_no_tls: false, accepts_no_streaming: false }
    }

    /// A finding for each rule, in their order.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Accepts that the transport has no TLS. A transport that has TLS must still check certificates.
    ///
    /// For a transport to a sidecar on the same machine, and for nothing that talks to WeChat itself.
    #[must_use]
    pub fn without_tls(self) -> Self {
        Self { accepts_no_tls: true, ..self }
    }

    /// Accepts that the transport does not stream. A transport that streams must still deliver slow bodies.
    ///
    /// A client over such a transport holds a download in memory, and cuts it off after the time of a whole call.
    #[must_use]
    pub fn without_streaming(self) -> Self {
        Self { accepts_no_streaming: true, ..self }
    }

    /// Whether every rule is kept. A rule that was not checked counts as one that is not kept, unless
    /// [`without_tls`](Self::without_tls) or [`without_streaming`](Self::without_streaming) accepts that.
    pub fn is_passed(&self) -> bool {
        self.findings.iter().all(|finding| match finding.outcome {
            Outcome::Kept => true,
            Outcome::Broken(_) => false,
            Outcome::NoTls => self.accepts_no_tls,
            Outcome::NoStreaming => self.accepts_no_streaming,
        })
    }

    /// The rules that the transport breaks.
    pub fn broken(&self) -> Vec<Rule> {
        let is_broken = |finding: &&Finding| matches!(finding.outcome, Outcome::Broken(_));
        self.findings.iter().filter(is_broken).map(|finding| finding.rule).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|Finding { rule, outcome }| match outcome {
            Outcome::Kept => writeln!(f, "kept         {rule}"),
            Outcome::Broken(seen) => writeln!(f, "BROKEN       {rule}: {seen}"),
            Outcome::NoTls => writeln!(f, "not checked  {rule}: the transport has no TLS"),
            Outcome::NoStreaming => writeln!(f, "not checked  {rule}: the transport does not stream"),
        })
    }
}
