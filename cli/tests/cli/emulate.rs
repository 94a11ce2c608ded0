//! `emulate`: what it prints is enough to call it.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Stdio};

use wechat_material_testkit::built_in_assets;

use crate::program::{program, run};

/// Stopped when it goes, however the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_says_how_to_call_it_and_can_be_called_so() {
    let mut emulate = Running(program(&["emulate"]).stdout(Stdio::piped()).spawn().unwrap());
    let lines = BufReader::new(emulate.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    // The emulator's stdout stays open: read on to the last line that is printed.
    let mut said = Vec::new();
    for line in lines {
        said.push(line);
        if said.last().unwrap().contains("grant_type") {
            break;
        }
    }
    let value = |label: &str| said.iter().find_map(|line| line.strip_prefix(label)).unwrap().trim();
    let (base, token) = (value("base URL"), value("token"));
    for command in ["count", "list", "token"] {
        let mut command = program(&[command, "--base-url", base]);
        command.env("WECHAT_APP_ID", value("app id")).env("WECHAT_APP_SECRET", value("app secret"));
        run(&mut command).expect_fine();
    }
    for asset in built_in_assets() {
        assert!(said.iter().any(|line| line.contains(asset.media_id) && line.ends_with(asset.about)));
        let mut get = program(&["get", asset.media_id, "--base-url", base]);
        run(get.env("WECHAT_ACCESS_TOKEN", token)).expect_fine();
    }
    for part in [
        "get NEWS-ONE --base-url",
        "list --type news --base-url",
        "export WECHAT_APP_ID=",
        "export WECHAT_ACCESS",
    ] {
        assert!(said.iter().any(|line| line.contains(part)), "{part}");
    }
    assert!(said.iter().any(|line| line.contains("curl") && line.contains("get_material")));
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let emulate = run(&mut program(&["emulate", "--port", &port])).expect_error(1);
    assert!(emulate.stderr.contains(&port) && emulate.stderr.contains("another port"), "{}", emulate.stderr);
    run(&mut program(&["emulate", "--port", "65536"])).expect_error(2);
}
