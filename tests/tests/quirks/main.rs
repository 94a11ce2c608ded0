//! Every way to misbehave, over every transport and by every way to call: what the caller gets, and that the same
//! transport and client work afterwards.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::runtime::Runtime;
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_testkit::{Emulator, Quirk, Sent};
use wechat_material_ureq::{UreqTransport, ureq};

mod callers;
mod outcome;

use callers::{Async, Blocking, LIMIT, Way, runtime};

/// What a call may take: more than it does on a busy machine …
const LONG: Duration = Duration::from_secs(10);
/// … and what a drip ends by.
const SHORT: Duration = Duration::from_millis(500);
/// What it may take with its repetitions: less than the second that some of the answers want.
const BUDGET: Duration = Duration::from_millis(990);

/// A blocking and an async transport, and an emulator that each of them calls.
struct Bench {
    emulator: Emulator,
    ureq: Blocking<UreqTransport>,
    reqwest: Async<ReqwestTransport>,
    runtime: Runtime,
}

impl Bench {
    fn new(timeout: Duration) -> Self {
        let emulator = Emulator::start().unwrap();
        let agent = ureq::Agent::config_builder().timeout_global(Some(timeout)).proxy(None).build();
        let ureq = UreqTransport::from(ureq::Agent::new_with_config(agent)).max_body(LIMIT);
        let client = ReqwestTransport::builder().timeout(timeout).build().unwrap();
        let reqwest = ReqwestTransport::from(client).max_body(LIMIT);
        Self {
            ureq: Blocking::over(ureq, &emulator, BUDGET),
            reqwest: Async::over(reqwest, &emulator, BUDGET),
            runtime: runtime(),
            emulator,
        }
    }

    fn over_ureq(&self, way: Way) -> String {
        self.ureq.call(way, &self.emulator.access())
    }

    fn over_reqwest(&self, way: Way) -> String {
        self.runtime.block_on(self.reqwest.call(way, &self.emulator.access()))
    }

    /// What comes of a quirk, and that nothing of it stays.
    fn after(&self, quirk: Quirk, call: impl Fn() -> String) -> String {
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
            2 => format!("{got}, at the second try"),
            more => panic!("{more} tries after {quirk}"),
        }
    }

    fn cell(&self, quirk: Quirk, way: Way) -> String {
        let ureq = self.after(quirk, || self.over_ureq(way));
        let reqwest = self.after(quirk, || self.over_reqwest(way));
        if ureq == reqwest { ureq } else { format!("ureq: {ureq}; reqwest: {reqwest}") }
    }
}

#[test]
fn the_table_of_the_readme_is_what_callers_get() {
    let (usual, hasty) = (Bench::new(LONG), Bench::new(SHORT));
    let names = Way::ALL.map(Way::name).join(" | ");
    let mut table =
        format!("| the server sends | name | {names} |\n{}|\n", "| --- ".repeat(2 + Way::ALL.len()));
    for quirk in Quirk::ALL.iter().copied().chain([Quirk::Errcode(45009)]) {
        let bench = if quirk == Quirk::Drip { &hasty } else { &usual };
        let cells = Way::ALL.map(|way| bench.cell(quirk, way)).join(" | ");
        writeln!(table, "| {} | `{quirk}` | {cells} |", quirk.about()).unwrap();
    }
    println!("{table}");
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains(&table), "tests/README.md has another table than the one above");
}
