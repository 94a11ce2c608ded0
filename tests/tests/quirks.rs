//! Every way to misbehave, over every transport: what the caller gets, and that the transport works afterwards.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use wechat_material::{
    ApiError, AsyncTransport, CallError, DownloadError, Failure, FileInfo, GetMaterial, Material,
    ParseOptions, Parsed, Transport, call, call_async,
};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_testkit::{Emulator, Quirk, Sent};
use wechat_material_ureq::{UreqTransport, ureq};

/// What a call may take, and the most bytes of a body: a drip and an endless body end by these.
const TIMEOUT: Duration = Duration::from_millis(500);
const LIMIT: u64 = 1 << 20;

const PICTURE: &[u8] = include_bytes!("../../testkit/assets/picture.jpg");

/// What a caller gets, in a few words.
fn outcome<F, E: std::error::Error>(
    got: Result<Material<F>, CallError<E>>,
    length: impl Fn(&F) -> u64,
    failure: impl Fn(&E) -> Failure,
) -> String {
    match got {
        Ok(Material::News(_)) => "news".to_owned(),
        Ok(Material::Video(_)) => "video".to_owned(),
        Ok(Material::File(file)) => format!("a file of {} bytes", length(&file)),
        Ok(_) => "something new".to_owned(),
        Err(CallError::Build(error)) => format!("BuildError: {error}"),
        Err(CallError::Api(error)) => format!("ApiError, {}", error.kind()),
        Err(CallError::Transport(error)) => format!("its error, {:?}", failure(&error)),
    }
}

type Downloaded<E> = Result<Parsed<Material<FileInfo>>, DownloadError<E, std::io::Error>>;

/// What a caller of `download` gets, and that the sink got no more than it should.
fn outcome_of_download<E: std::error::Error>(
    got: Downloaded<E>,
    sink: &[u8],
    failure: impl Fn(&E) -> Failure,
) -> String {
    let (whole, written) = match got {
        Ok(parsed) => {
            let written = match &parsed.output {
                Material::File(info) => info.length,
                _ => 0,
            };
            (Ok(parsed.output), written)
        }
        Err(DownloadError::Call { written, source }) => {
            if let CallError::Api(error) = source.as_ref() {
                let may_break_off = matches!(error, ApiError::Length { .. } | ApiError::TooLarge { .. });
                assert!(written == 0 || may_break_off, "{written} bytes were written of what is no file");
            }
            (Err(*source), written)
        }
        Err(error @ DownloadError::Sink { .. }) => panic!("{error}"),
    };
    assert_eq!(sink.len() as u64, written);
    assert!(whole.is_err() || PICTURE.starts_with(sink), "other bytes than those that were sent");
    outcome(whole, |info| info.length, failure)
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
        outcome(got, |file| file.bytes.len() as u64, |error| self.ureq.failure(error))
    }

    fn down_ureq(&self) -> String {
        let (get, mut sink) = (GetMaterial::new("IMAGE-01"), Vec::new());
        let got = wechat_material_ureq::download(
            &get,
            &ParseOptions::default().max_file(LIMIT),
            &self.emulator.access(),
            &self.ureq,
            &mut sink,
        );
        outcome_of_download(got, &sink, |error| self.ureq.failure(error))
    }

    fn over_reqwest(&self) -> String {
        let (get, access) = (GetMaterial::new("IMAGE-01"), self.emulator.access());
        let got = self.runtime.block_on(call_async(&get, &access, &self.reqwest));
        outcome(got, |file| file.bytes.len() as u64, |error| self.reqwest.failure(error))
    }

    fn down_reqwest(&self) -> String {
        let (get, mut sink) = (GetMaterial::new("IMAGE-01"), Vec::new());
        let (options, access) = (ParseOptions::default().max_file(LIMIT), self.emulator.access());
        let download = wechat_material_reqwest::download(&get, &options, &access, &self.reqwest, &mut sink);
        let got = self.runtime.block_on(download);
        outcome_of_download(got, &sink, |error| self.reqwest.failure(error))
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
    let ways: [fn(&Bench) -> String; 4] =
        [Bench::over_ureq, Bench::over_reqwest, Bench::down_ureq, Bench::down_reqwest];
    let mut table = String::from(
        "| the server sends | name | over ureq | over reqwest | downloaded over ureq | over reqwest |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for quirk in Quirk::ALL.iter().copied() {
        let got = ways.map(|over| bench.after(quirk, over)).join(" | ");
        writeln!(table, "| {} | `{quirk}` | {got} |", quirk.about()).unwrap();
    }
    println!("{table}");
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains(&table), "tests/README.md has another table than the one above");
}
