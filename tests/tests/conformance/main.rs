//! Tests the conformance suite with this project's transports, with one over a bare socket, and with faulty ones.

use std::future::Future;

use wechat_material_testkit::conformance::{self, Outcome, Rule};

mod fault;
mod in_async;
mod plain;
mod tls;
mod transports;
mod wrong;

use crate::fault::Faulty;
use crate::in_async::InAsync;

/// Runs a future that needs tokio.
fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn a_transport_without_tls_passes_only_if_the_test_accepts_that() {
    for report in
        [conformance::check(&Faulty::default()), run(conformance::check_async(&InAsync(Faulty::default())))]
    {
        println!("{report}");
        assert_eq!(report.failed(), [], "{report}");
        let unchecked: Vec<_> =
            report.findings().iter().filter(|finding| finding.outcome != Outcome::Passed).collect();
        assert_eq!(unchecked.len(), 1, "{report}");
        assert_eq!((unchecked[0].rule, &unchecked[0].outcome), (Rule::ChecksCertificates, &Outcome::NoTls));
        assert!(!report.is_passed());
        assert!(!report.clone().without_streaming().is_passed());
        assert!(report.without_tls().is_passed());
    }
}
