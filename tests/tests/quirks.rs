//! Every way to misbehave, over every transport: what the caller gets, and that the transport works afterwards.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use wechat_material::{CallError, Failure, GetMaterial, Material, Transport, call};
use wechat_material_testkit::{Emulator, Quirk, Sent};
use wechat_material_ureq::{UreqTransport, ureq};

/// Limits that end a drip and an endless body within a second.
fn transport() -> UreqTransport {
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_millis(500))).build();
    UreqTransport::from(ureq::Agent::new_with_config(config)).max_body(1 << 20)
}

/// What a caller gets, in a few words.
fn outcome(emulator: &Emulator, transport: &impl Transport) -> String {
    match call(&GetMaterial::new("IMAGE-01"), &emulator.access(), transport) {
        Ok(Material::News(_)) => "news".to_owned(),
        Ok(Material::Video(_)) => "video".to_owned(),
        Ok(Material::File(file)) => format!("file of {} bytes", file.bytes.len()),
        Ok(other) => format!("{other:?}"),
        Err(CallError::Build(error)) => format!("BuildError: {error}"),
        Err(CallError::Api(error)) => format!("ApiError: {}", error.kind()),
        Err(CallError::Transport(error)) => match transport.failure(&error) {
            Failure::Connect => "Failure::Connect".to_owned(),
            Failure::Timeout => "Failure::Timeout".to_owned(),
            Failure::Interrupted => "Failure::Interrupted".to_owned(),
            Failure::Final => "Failure::Final".to_owned(),
            other => format!("{other:?}"),
        },
    }
}

#[test]
fn the_table_of_the_readme_is_what_callers_get() {
    let emulator = Emulator::start().unwrap();
    let transport = transport();
    let whole = outcome(&emulator, &transport);
    assert!(whole.starts_with("file of "), "{whole}");
    let mut table = String::from("| the server sends | name | over ureq |\n| --- | --- | --- |\n");
    for quirk in Quirk::ALL {
        emulator.misbehave_next(1, *quirk);
        let got = outcome(&emulator, &transport);
        writeln!(table, "| {} | `{quirk}` | {got} |", quirk.about()).unwrap();
        assert_eq!(outcome(&emulator, &transport), whole, "after {quirk}");
        let sent: Vec<_> = emulator.take_exchanges().into_iter().map(|exchange| exchange.sent).collect();
        assert!(sent.contains(&Sent::Quirk(*quirk)), "{quirk}: {sent:?}");
    }
    println!("{table}");
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains(&table), "tests/README.md has another table than the one above");
}
