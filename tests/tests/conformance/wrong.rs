//! Each faulty transport is caught by exactly one rule.

use std::sync::Mutex;
use std::thread;

use wechat_material::http::{Request, Response};
use wechat_material::{Transport, TransportError};
use wechat_material_testkit::conformance::{self, Finding, Outcome, Report, Rule};

use crate::fault::{Fault, Faulty};
use crate::in_async::InAsync;
use crate::run;

/// The faults that can be in both methods, and the rules that they break.
const FAULTS: &[(Fault, Rule)] = &[
    (Fault::ReencodesTheQuery, Rule::SendsTheRequestAsBuilt),
    (Fault::KeepsOnlyTheLastOfEqualHeaders, Rule::KeepsEveryHeader),
    (Fault::FailsOnServerErrors, Rule::AcceptsEveryStatus),
    (Fault::FollowsRedirects, Rule::FollowsNoRedirect),
    (Fault::PanicsOnRedirects, Rule::FollowsNoRedirect),
    (Fault::AcceptsAnEarlyEnd, Rule::EnforcesTheLength),
    (Fault::IgnoresTheLengthWithIdentity, Rule::EnforcesTheLength),
    (Fault::AcceptsAReset, Rule::DetectsBrokenConnections),
    (Fault::DropsTransferCodings, Rule::KeepsTransferCodings),
    (Fault::ReturnsHttp10Chunks, Rule::KeepsTransferCodings),
    (Fault::DecodesSilently, Rule::DropsDecodedEncodings),
    (Fault::WaitsForeverForTheHead, Rule::LimitsHeads),
    (Fault::ReadsTrailersForever, Rule::LimitsHeads),
    (Fault::KeepsReadingWhenDropped, Rule::StopsWithTheReader),
    (Fault::CutsOffSlowBodies, Rule::DeliversSlowBodies),
    (Fault::WaitsForeverInABody, Rule::LimitsSilence),
    (Fault::UsesPlainHttpForHttps, Rule::ChecksCertificates),
    (Fault::ReportsRefusedAsInterrupted, Rule::DistinguishesFailures),
    (Fault::ReportsBrokenAsFinal, Rule::DistinguishesFailures),
    (Fault::IgnoresTheAddressPolicy, Rule::EnforcesTheAddressPolicy),
    (Fault::ChecksAddressesAfterConnecting, Rule::EnforcesTheAddressPolicy),
    (Fault::TrustsUsedAddresses, Rule::EnforcesTheAddressPolicy),
    (Fault::RepeatsAnAnswer, Rule::KeepsWorking),
    (Fault::ExchangesAnswers, Rule::SeparatesCalls),
    (Fault::PrintsTheUrl, Rule::PrintsNoToken),
];

/// The faults that can only be in `send`.
const FAULTS_IN_SEND: &[(Fault, Rule)] =
    &[(Fault::HasNoLimit, Rule::LimitsBodies), (Fault::HasNoCallTimeout, Rule::LimitsCallTime)];

/// The faults that can only be in `send_streaming`.
const FAULTS_IN_STREAMING: &[(Fault, Rule)] = &[(Fault::FailsAsInterrupted, Rule::DistinguishesFailures)];

struct Seen {
    fault: Fault,
    rule: Rule,
    /// The method that the violation must name.
    method: &'static str,
    report: Report,
}

#[test]
fn every_faulty_transport_is_caught_by_exactly_one_rule() {
    let mut checks: Vec<Box<dyn FnOnce() -> Seen + Send>> = Vec::new();
    for (fault, rule) in FAULTS.iter().chain(FAULTS_IN_SEND).copied() {
        checks.push(Box::new(move || {
            let report = conformance::check(&Faulty::new(fault));
            Seen { fault, rule, method: "send", report }
        }));
    }
    for (fault, rule) in FAULTS.iter().chain(FAULTS_IN_STREAMING).copied() {
        checks.push(Box::new(move || {
            let wrong = Faulty::in_streaming(fault);
            // Async bodies do not use io::Error, and the async adapter makes one call at a time.
            let is_for_blocking = matches!(fault, Fault::FailsAsInterrupted | Fault::ExchangesAnswers);
            let report = if is_for_blocking {
                conformance::check(&wrong)
            } else {
                run(conformance::check_async(&InAsync(wrong)))
            };
            Seen { fault, rule, method: "send_streaming: ", report }
        }));
    }
    for Seen { fault, rule, method, report } in run_in_parallel(checks) {
        assert_eq!(report.failed(), [rule], "{fault:?} in {method}\n{report}");
        let violation = violation(&report, rule);
        assert!(violation.starts_with(method), "{fault:?} in {method}\n{violation}");
    }
}

/// Runs several checks at once, because they spend most of their time waiting. With more at once the machine is too busy, and
/// the servers seem silent.
fn run_in_parallel(checks: Vec<Box<dyn FnOnce() -> Seen + Send>>) -> Vec<Seen> {
    const THREADS: usize = 16;
    let (checks, seen) = (Mutex::new(checks), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let Some(check) = checks.lock().unwrap().pop() else { break };
                    let check = check();
                    seen.lock().unwrap().push(check);
                }
            });
        }
    });
    seen.into_inner().unwrap()
}

fn violation(report: &Report, rule: Rule) -> &str {
    let seen = report.findings().iter().find_map(|Finding { rule: other, outcome, .. }| match outcome {
        Outcome::Failed(seen) if *other == rule => Some(seen.as_str()),
        _ => None,
    });
    seen.unwrap_or_default()
}

#[test]
fn every_rule_is_broken_by_a_faulty_transport() {
    let wrong = [FAULTS, FAULTS_IN_SEND, FAULTS_IN_STREAMING].concat();
    for rule in Rule::ALL {
        assert!(wrong.iter().any(|(_, broken)| broken == rule), "{rule}");
    }
}

#[test]
fn a_transport_that_does_not_claim_to_enforce_the_address_policy_may_ignore_it() {
    struct Silent(Faulty);
    impl Transport for Silent {
        fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
            self.0.send(request)
        }
    }
    let report = conformance::check(&Silent(Faulty::new(Fault::IgnoresTheAddressPolicy)));
    assert_eq!(report.failed(), [], "{report}");
}

#[test]
fn a_violation_names_the_case_and_the_panic() {
    let report = conformance::check(&Faulty::in_streaming(Fault::PanicsOnRedirects));
    let panicked = "send_streaming: status 301: the transport panicked: unexpected redirect";
    assert_eq!(violation(&report, Rule::FollowsNoRedirect), panicked);
    assert_eq!(report.findings().len(), Rule::ALL.len());
    assert!(
        report.to_string().contains(&format!("FAILED       follows no redirect: {panicked}\n")),
        "{report}"
    );
}
