//! `--timeout`: the limit of a JSON call, of the head of a download, and of the silence in a download.

use std::io::{Read, Write};
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use wechat_material_testkit::{Emulator, Quirk};

use crate::gateway::gateway_over;
use crate::program::{Run, end_of, program, run, started, with_token};
use crate::stream::Stream;

/// Less than the limit on silence that there is without `--timeout`.
const SOON: Duration = Duration::from_secs(20);

/// Runs it, and asserts that it ends because of `--timeout 1`.
#[track_caller]
fn assert_times_out(command: &mut Command, why: &str) -> Run {
    let begun = Instant::now();
    let late = run(command.args(["--timeout", "1", "--no-retry"]));
    assert!((Duration::from_secs(1)..SOON).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    for part in [why, "more time with --timeout SECONDS"] {
        assert!(late.stderr.contains(part), "{part}: {}", late.stderr);
    }
    assert_eq!(late.code, 1);
    late
}

#[test]
fn a_json_call_ends_even_if_the_answer_goes_on_arriving() {
    let emulator = Emulator::start().unwrap();
    emulator.misbehave_next(1, Quirk::Drip);
    assert_times_out(&mut with_token(&emulator, &["count"]), "error: the call took too long");
}

#[test]
fn a_server_that_does_not_answer_is_not_waited_for() {
    let (_open, closed) = channel::<()>();
    let base = gateway_over(move |_, _| closed.recv().unwrap_or_default());
    for command in [&["get", "IMAGE-01"][..], &["count"]] {
        let mut command = program(&[command, &["--base-url", &base]].concat());
        assert_times_out(command.env("WECHAT_ACCESS_TOKEN", "81_Zx3"), "too long");
    }
}

#[test]
fn a_download_that_is_silent_ends() {
    let stream = Stream::new(100_000, 1);
    let late =
        assert_times_out(&mut stream.get(&["-o", "-"]), "error: the connection was silent for too long");
    assert!(late.stderr.contains("incomplete: 99,999 bytes were written to stdout"), "{}", late.stderr);
}

#[test]
fn a_download_that_moves_may_take_longer() {
    let (next, requested) = channel::<()>();
    let base = gateway_over(move |_, stream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Disposition: attachment\r\nTransfer-Encoding: chunked\r\n\r\n";
        // More than is held before it is sure that this is a file.
        write!(stream, "{head}1000\r\n{}\r\n", "x".repeat(0x1000)).unwrap();
        while requested.recv().is_ok() {
            stream.write_all(b"1\r\nx\r\n").unwrap();
        }
        stream.write_all(b"0\r\n\r\n").unwrap();
    });
    let mut get = program(&["get", "IMAGE-01", "--base-url", &base, "--timeout", "1", "--no-retry"]);
    let mut get = started(get.env("WECHAT_ACCESS_TOKEN", "81_Zx3"));
    let mut stdout = get.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 0x1000]).unwrap();
    let begun = Instant::now();
    // A byte is sent as soon as the one before has been printed.
    while begun.elapsed() < Duration::from_secs(3) {
        next.send(()).unwrap();
        stdout.read_exact(&mut [0]).unwrap();
    }
    drop(next);
    assert_eq!(stdout.read(&mut [0]).unwrap(), 0);
    end_of(get).expect_fine();
}
