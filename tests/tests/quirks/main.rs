//! What the caller gets for every quirk, over every transport and with every way to make a call. The same transport and
//! client work again afterwards.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::runtime::Runtime;
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_testkit::{Emulator, Quirk, Sent};
use wechat_material_ureq::UreqTransport;

mod callers;
#[path = "../limited/reqwest.rs"]
mod limited_reqwest;
#[path = "../limited/ureq.rs"]
mod limited_ureq;
mod outcome;

use callers::{Async, Blocking, MAX_BODY, Way, runtime};

/// The time limit of a call whose body arrives slowly.
const SHORT: Duration = Duration::from_millis(500);
/// The time limit of a call with its retries. It is shorter than the second that some of the answers ask for.
const MAX_ELAPSED: Duration = Duration::from_millis(990);

/// A blocking and an async transport, and an emulator for both.
struct Bench {
    emulator: Emulator,
    ureq: Blocking<UreqTransport>,
    reqwest: Async<ReqwestTransport>,
    runtime: Runtime,
}

impl Bench {
    fn new(ureq: UreqTransport, reqwest: ReqwestTransport) -> Self {
        let emulator = Emulator::start().unwrap();
        Self {
            ureq: Blocking::new(ureq, &emulator, MAX_ELAPSED),
            reqwest: Async::new(reqwest, &emulator, MAX_ELAPSED),
            runtime: runtime(),
            emulator,
        }
    }

    fn over_ureq(&self, way: Way) -> String {
        self.ureq.call(way, self.emulator.token())
    }

    fn over_reqwest(&self, way: Way) -> String {
        self.runtime.block_on(self.reqwest.call(way, self.emulator.token()))
    }

    /// The result of a call with a quirk. The calls before and after it must return the asset.
    fn outcome(&self, quirk: Quirk, call: impl Fn() -> String) -> String {
        let whole = call();
        assert!(["a file of 1826 bytes", "2 items"].contains(&&*whole), "before {quirk}: {whole}");
        self.emulator.take_exchanges();
        self.emulator.misbehave_next(1, quirk);
        let got = call();
        let exchanges = self.emulator.take_exchanges();
        assert_eq!(call(), whole, "after {quirk}");

        let assets: Vec<_> =
            exchanges.iter().filter(|exchange| exchange.target.contains("/material/")).collect();
        assert_eq!(assets[0].sent, Sent::Quirk(quirk));
        match assets.len() {
            1 => got,
            2 => format!("{got}, at the second attempt"),
            more => panic!("{more} attempts after {quirk}"),
        }
    }

    fn cell(&self, quirk: Quirk, way: Way) -> String {
        let ureq = self.outcome(quirk, || self.over_ureq(way));
        let reqwest = self.outcome(quirk, || self.over_reqwest(way));
        if ureq == reqwest { ureq } else { format!("ureq: {ureq}; reqwest: {reqwest}") }
    }
}

#[test]
fn callers_get_the_results_in_the_table_of_the_readme() {
    let usual = Bench::new(
        UreqTransport::builder().max_body(MAX_BODY).build(),
        ReqwestTransport::builder().max_body(MAX_BODY).build().unwrap(),
    );
    let limited =
        Bench::new(limited_ureq::transport(SHORT, MAX_BODY), limited_reqwest::transport(SHORT, MAX_BODY));
    let names = Way::ALL.map(Way::name).join(" | ");
    let mut table =
        format!("| the server sends | name | {names} |\n{}|\n", "| --- ".repeat(2 + Way::ALL.len()));
    for quirk in Quirk::ALL.iter().copied().chain([Quirk::Errcode(45009)]) {
        let bench = if quirk == Quirk::Drip { &limited } else { &usual };
        let cells = Way::ALL.map(|way| bench.cell(quirk, way)).join(" | ");
        writeln!(table, "| {} | `{quirk}` | {cells} |", quirk.about()).unwrap();
    }
    println!("{table}");
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains(&table), "the table in tests/README.md differs from the one above");
}
