//! Every way to misbehave, over every transport: what the caller gets, and that the transport works afterwards.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use wechat_material::{
    AsyncTransport, CallError, Failure, GetMaterial, Material, Transport, call, call_async,
};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_testkit::{Emulator, Quirk, Sent};
use wechat_material_ureq::{UreqTransport, ureq};

/// What a call may take, and the most bytes of a body: a drip and an endless body end by these.
const TIMEOUT: Duration = Duration::from_millis(500);
const LIMIT: u64 = 1 << 20;

/// What a caller gets, in a few words.
fn outcome<E: std::error::Error>(
    got: Result<Material, CallError<E>>,
    failure: impl Fn(&E) -> Failure,
) -> String {
    match got {
        Ok(Material::News(_)) => "news".to_owned(),
        Ok(Material::Video(_)) => "video".to_owned(),
        Ok(Material::File(file)) => format!("a file of {} bytes", file.bytes.len()),
        Ok(other) => format!("{other:?}"),
        Err(CallError::Build(error)) => format!("BuildError: {error}"),
        Err(CallError::Api(error)) => format!("ApiError, {}", error.kind()),
        Err(CallError::Transport(error)) => format!("its error, {:?}", failure(&error)),
    }
}

/// A blocking and an async transport, and an emulator that each of them calls.
struct Bench {
    emulator: Emulator,
    ureq: UreqTransport,
    reqwest: ReqwestTransport,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn new() -> Self {
        let agent = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).proxy(None).build();
        let client = ReqwestTransport::builder().timeout(TIMEOUT).build().unwrap();
        Self {
            emulator: Emulator::start().unwrap(),
            ureq: UreqTransport::from(ureq::Agent::new_with_config(agent)).max_body(LIMIT),
            reqwest: ReqwestTransport::from(client).max_body(LIMIT),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
        }
    }

    fn over_ureq(&self) -> String {
        let got = call(&GetMaterial::new("IMAGE-01"), &self.emulator.access(), &self.ureq);
        outcome(got, |error| self.ureq.failure(error))
    }

    fn over_reqwest(&self) -> String {
        let (get, access) = (GetMaterial::new("IMAGE-01"), self.emulator.access());
        let got = self.runtime.block_on(call_async(&get, &access, &self.reqwest));
        outcome(got, |error| self.reqwest.failure(error))
    }

    /// What comes of a quirk, and that nothing of it stays.
    fn after(&self, quirk: Quirk, over: impl Fn(&Self) -> String) -> String {
        let whole = over(self);
        assert!(whole.starts_with("a file of "), "before {quirk}: {whole}");
        self.emulator.misbehave_next(1, quirk);
        let got = over(self);
        assert_eq!(over(self), whole, "after {quirk}");
        let sent: Vec<_> = self.emulator.take_exchanges().into_iter().map(|exchange| exchange.sent).collect();
        assert_eq!(sent.iter().filter(|sent| **sent == Sent::Quirk(quirk)).count(), 1, "{quirk}: {sent:?}");
        got
    }
}

#[test]
fn the_table_of_the_readme_is_what_callers_get() {
    let bench = Bench::new();
    let mut table =
        String::from("| the server sends | name | over ureq | over reqwest |\n| --- | --- | --- | --- |\n");
    for quirk in Quirk::ALL.iter().copied() {
        let (ureq, reqwest) = (bench.after(quirk, Bench::over_ureq), bench.after(quirk, Bench::over_reqwest));
        writeln!(table, "| {} | `{quirk}` | {ureq} | {reqwest} |", quirk.about()).unwrap();
    }
    println!("{table}");
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains(&table), "tests/README.md has another table than the one above");
}
