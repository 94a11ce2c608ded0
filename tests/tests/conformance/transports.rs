//! Checks the transports of this project.

use wechat_material::{AsyncTransport, Transport, TransportFn};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_testkit::conformance::{
    self, CALL_TIMEOUT, MAX_BODY, Outcome, READ_TIMEOUT, Rule, TestCa,
};
use wechat_material_ureq::UreqTransport;

use crate::run;

#[path = "../../../core/examples/bare_tcp.rs"]
#[expect(dead_code, unreachable_pub, reason = "an example has its own main")]
mod bare_tcp;

pub(crate) fn ureq(ca: &TestCa) -> UreqTransport {
    let builder = UreqTransport::builder().connect_timeout(CALL_TIMEOUT).read_timeout(READ_TIMEOUT);
    let builder = builder.call_timeout(CALL_TIMEOUT).max_body(MAX_BODY);
    builder.root_certificate_pem(ca.pem().as_bytes()).unwrap().build()
}

pub(crate) fn reqwest(ca: &TestCa) -> ReqwestTransport {
    let builder = ReqwestTransport::builder().connect_timeout(CALL_TIMEOUT).read_timeout(READ_TIMEOUT);
    let builder = builder.call_timeout(CALL_TIMEOUT).max_body(MAX_BODY);
    builder.root_certificate_pem(ca.pem().as_bytes()).unwrap().build().unwrap()
}

#[test]
fn the_blocking_transport_conforms() {
    let ca = TestCa::new().unwrap();
    let transport = ureq(&ca);
    assert!(transport.enforces_address_policy());
    let report = conformance::check_with_ca(&transport, &ca);
    println!("ureq\n{report}");
    assert!(report.is_passed(), "{report}");
}

#[test]
fn the_async_transport_conforms() {
    let ca = TestCa::new().unwrap();
    let transport = reqwest(&ca);
    assert!(transport.enforces_address_policy());
    let report = run(conformance::check_async_with_ca(&transport, &ca));
    println!("reqwest\n{report}");
    assert!(report.is_passed(), "{report}");
}

#[test]
fn a_closure_that_does_not_stream_passes_only_if_the_test_accepts_that() {
    let ca = TestCa::new().unwrap();
    let transport = reqwest(&ca);
    let closure = TransportFn::new(|request| transport.send(request));
    let report = run(conformance::check_async(&closure));
    println!("a closure over reqwest\n{report}");
    let unchecked: Vec<_> =
        report.findings().iter().filter(|finding| finding.outcome != Outcome::Passed).collect();
    assert_eq!(unchecked.len(), 1, "{report}");
    assert_eq!((unchecked[0].rule, &unchecked[0].outcome), (Rule::DeliversSlowBodies, &Outcome::NoStreaming));
    assert!(!report.is_passed());
    assert!(!report.clone().without_tls().is_passed());
    assert!(report.without_streaming().is_passed());
}

#[test]
fn a_bare_socket_conforms() {
    let report = conformance::check(&bare_tcp::bare_tcp(CALL_TIMEOUT, MAX_BODY));
    println!("bare TCP\n{report}");
    assert!(!report.is_passed());
    assert!(report.clone().without_tls().without_streaming().is_passed(), "{report}");
}

#[test]
fn an_untrusted_test_authority_is_reported() {
    let (trusted, other) = (TestCa::new().unwrap(), TestCa::new().unwrap());
    let report = conformance::check_with_ca(&ureq(&trusted), &other);
    assert_eq!(report.failed(), [Rule::ChecksCertificates], "{report}");
    assert!(
        report
            .to_string()
            .contains("send: a certificate of the test authority: expected a response, got an error"),
        "{report}"
    );
}
