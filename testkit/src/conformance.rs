//! A conformance suite: rules that every transport must follow, and the checks that test a transport against them.
//!
//! Configure the transport under test with these limits: [`READ_TIMEOUT`] between two bytes, [`CALL_TIMEOUT`] for a whole
//! [`send`](wechat_material::Transport::send), and [`MAX_BODY`] for a whole body. It must trust the usual certificates only,
//! and must not use a proxy: the servers of the suite listen on 127.0.0.1.
//!
//! Most rules are tested with `send` and with `send_streaming`, where the body is read to its end. A check takes about
//! ten seconds. It spends most of them waiting.
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
//!
//! If the transport can trust an additional certificate, more of its TLS is tested: see [`TestCa`].

use std::time::Duration;

use wechat_material::{AsyncTransport, Transport};

mod bench;
mod block_on;
mod catch_panic;
mod host;
mod report;
mod rule;
mod rules;
mod subject;
#[cfg(any(feature = "rustls", feature = "ring"))]
mod test_ca;
#[cfg(any(feature = "rustls", feature = "ring"))]
mod tls;

use self::bench::Bench;
pub use self::report::{Finding, Outcome, Report};
pub use self::rule::Rule;
use self::subject::{Async, Blocking};
#[cfg(any(feature = "rustls", feature = "ring"))]
pub use self::test_ca::TestCa;

/// The size of the largest body that `send` of the transport under test may return, in bytes: 1 MiB.
pub const MAX_BODY: u64 = 1 << 20;

/// The time between two bytes after which the transport under test must give up.
pub const READ_TIMEOUT: Duration = Duration::from_millis(500);

/// The maximum time that a whole `send` of the transport under test may take.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(1);

/// Tests a blocking transport.
pub fn check(transport: &(impl Transport + Sync)) -> Report {
    block_on::block_on(Bench::new(&Blocking(transport)).check())
}

/// Tests an async transport. Await the check in the runtime that the transport needs.
pub async fn check_async(transport: &impl AsyncTransport) -> Report {
    Bench::new(&Async(transport)).check().await
}

/// Tests a blocking transport that trusts the given certificate authority.
#[cfg(any(feature = "rustls", feature = "ring"))]
pub fn check_with_ca(transport: &(impl Transport + Sync), ca: &TestCa) -> Report {
    block_on::block_on(Bench::new(&Blocking(transport)).with_ca(ca).check())
}

/// Tests an async transport that trusts the given certificate authority.
#[cfg(any(feature = "rustls", feature = "ring"))]
pub async fn check_async_with_ca(transport: &impl AsyncTransport, ca: &TestCa) -> Report {
    Bench::new(&Async(transport)).with_ca(ca).check().await
}
