//! Each wrong transport is caught by its own rule, and by no other.

use std::sync::Mutex;
use std::thread;

use wechat_material::http::{Request, Response};
use wechat_material::{Transport, TransportError};
use wechat_material_testkit::conformance::{self, Finding, Outcome, Report, Rule};

use crate::fault::{Fault, Faulty};
use crate::in_async::InAsync;
use crate::run;

/// What is wrong in both methods of a transport, and the rule that it breaks.
const WRONG: &[(Fault, Rule)] = &[
    (Fault::EncodesTheQueryAnew, Rule::SendsTheRequestAsBuilt),
    (Fault::KeepsTheLastOfEqualHeaders, Rule::KeepsEveryHeader),
    (Fault::TakesServerErrorsForFailures, Rule::AcceptsEveryStatus),
    (Fault::FollowsRedirects, Rule::FollowsNoRedirect),
    (Fault::PanicsAtRedirects, Rule::FollowsNoRedirect),
    (Fault::TakesAnEarlyEndForTheEnd, Rule::EnforcesTheLength),
    (Fault::IgnoresALengthBesideIdentity, Rule::EnforcesTheLength),
    (Fault::TakesAResetForTheEnd, Rule::DetectsBrokenConnections),
    (Fault::DropsTransferCodings, Rule::KeepsTransferCodings),
    (Fault::KeepsChunksOfHttp10, Rule::KeepsTransferCodings),
    (Fault::DecodesWithoutAWord, Rule::DropsDecodedEncodings),
    (Fault::WaitsForEverForTheHead, Rule::LimitsHeads),
    (Fault::ReadsTrailersForEver, Rule::LimitsHeads),
    (Fault::ReadsOnWhenDropped, Rule::StopsWithTheReader),
    (Fault::CutsSlowBodiesOff, Rule::DeliversSlowBodies),
    (Fault::WaitsForEverWithinABody, Rule::LimitsSilence),
    (Fault::SpeaksPlainHttpToHttps, Rule::ChecksCertificates),
    (Fault::TakesRefusedForInterrupted, Rule::DistinguishesFailures),
    (Fault::TakesBrokenForFinal, Rule::DistinguishesFailures),
    (Fault::IgnoresTheAddressPolicy, Rule::EnforcesTheAddressPolicy),
    (Fault::ChecksAddressesAfterConnecting, Rule::EnforcesTheAddressPolicy),
    (Fault::TrustsAnAddressOnceUsed, Rule::EnforcesTheAddressPolicy),
    (Fault::GivesAnAnswerAgain, Rule::KeepsWorking),
    (Fault::ExchangesAnswers, Rule::SeparatesCalls),
    (Fault::PrintsTheUrl, Rule::PrintsNoToken),
];

/// What can be wrong in `send` only.
const WRONG_IN_SEND: &[(Fault, Rule)] =
    &[(Fault::HasNoLimit, Rule::LimitsBodies), (Fault::HasNoTimeForACall, Rule::LimitsCallTime)];

/// What can be wrong in `send_streaming` only, beside all in [`WRONG`].
const WRONG_WHEN_STREAMING: &[(Fault, Rule)] = &[(Fault::FailsAsInterrupted, Rule::DistinguishesFailures)];

struct Seen {
    fault: Fault,
    rule: Rule,
    /// The method that the violation must name.
    method: &'static str,
    report: Report,
}

#[test]
fn every_wrong_transport_is_caught_by_its_own_rule_and_by_no_other() {
    let mut checks: Vec<Box<dyn FnOnce() -> Seen + Send>> = Vec::new();
    for (fault, rule) in WRONG.iter().chain(WRONG_IN_SEND).copied() {
        checks.push(Box::new(move || {
            let report = conformance::check(&Faulty::with(fault));
            Seen { fault, rule, method: "send", report }
        }));
    }
    for (fault, rule) in WRONG.iter().chain(WRONG_WHEN_STREAMING).copied() {
        checks.push(Box::new(move || {
            let wrong = Faulty::when_streaming(fault);
            // Async bodies know nothing of io::Error, and this adapter makes no two calls at once.
            let is_for_blocking = matches!(fault, Fault::FailsAsInterrupted | Fault::ExchangesAnswers);
            let report = if is_for_blocking {
                conformance::check(&wrong)
            } else {
                run(conformance::check_async(&InAsync(wrong)))
            };
            Seen { fault, rule, method: "send_streaming: ", report }
        }));
    }
    for Seen { fault, rule, method, report } in several_at_once(checks) {
        assert_eq!(report.failed(), [rule], "{fault:?} in {method}\n{report}");
        let violation = violation(&report, rule);
        assert!(violation.starts_with(method), "{fault:?} in {method}\n{violation}");
    }
}

/// Nearly all of their time the checks wait, but for a machine that is busy the servers seem silent.
fn several_at_once(checks: Vec<Box<dyn FnOnce() -> Seen + Send>>) -> Vec<Seen> {
    const AT_ONCE: usize = 16;
    let (checks, seen) = (Mutex::new(checks), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
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
fn every_rule_has_a_transport_that_breaks_it() {
    let wrong = [WRONG, WRONG_IN_SEND, WRONG_WHEN_STREAMING].concat();
    for rule in Rule::ALL {
        assert!(wrong.iter().any(|(_, broken)| broken == rule), "{rule}");
    }
}

#[test]
fn a_transport_that_does_not_say_that_it_enforces_the_address_policy_may_ignore_it() {
    struct Silent(Faulty);
    impl Transport for Silent {
        fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
            self.0.send(request)
        }
    }
    let report = conformance::check(&Silent(Faulty::with(Fault::IgnoresTheAddressPolicy)));
    assert_eq!(report.failed(), [], "{report}");
}

#[test]
fn a_violation_names_the_case_and_the_panic() {
    let report = conformance::check(&Faulty::when_streaming(Fault::PanicsAtRedirects));
    let panicked = "send_streaming: status 301: the transport panicked: nobody expected a redirect";
    assert_eq!(violation(&report, Rule::FollowsNoRedirect), panicked);
    assert_eq!(report.findings().len(), Rule::ALL.len());
    assert!(
        report.to_string().contains(&format!("FAILED       follows no redirect: {panicked}\n")),
        "{report}"
    );
}
