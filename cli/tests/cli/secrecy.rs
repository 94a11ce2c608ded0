//! The token is printed by no failure, neither as it is nor encoded.

use std::fs;
use std::process::Stdio;

use tempfile::tempdir;
use wechat_material::AccessToken;
use wechat_material_testkit::{Emulator, Quirk};

use crate::gateway::{Answer, gateway, response};
use crate::program::{Run, program, run, text};

const TOKEN: &str = "81_Zx3#&%+ 中";
const ENCODED: &str = "81_Zx3%23%26%25%2B%20%E4%B8%AD";

fn get(base: &str) -> Run {
    run(program(&["get", "IMAGE-01", "--base-url", base]).env("WECHAT_ACCESS_TOKEN", TOKEN))
}

#[track_caller]
fn assert_secret(run: &Run) {
    let printed = format!("{}{}", String::from_utf8_lossy(&run.stdout), run.stderr);
    // Its first characters are the same in every encoding.
    assert!(!printed.contains("81_Zx3"), "{printed}");
    assert!(!printed.contains("%E4%B8%AD") && !printed.contains("#&%+ 中"), "{printed}");
}

#[test]
fn no_answer_of_a_gateway_makes_it_printed() {
    let fault = |words: &str| {
        let body = serde_json::json!({ "errcode": 40001, "errmsg": words }).to_string();
        response("HTTP/1.1 200 OK", &body)
    };
    let answers: [Answer; 9] = [
        Box::new(move |_| fault(&format!("invalid {TOKEN} hint: [a]"))),
        Box::new(move |target| fault(&format!("invalid {target}"))),
        Box::new(move |target| fault(&format!("invalid hint: [{target}]"))),
        Box::new(move |target| fault(&format!("invalid {}", target.replace('%', "%25")))),
        Box::new(|target| response("HTTP/1.1 200 OK", &format!("<html>{target} {TOKEN}"))),
        Box::new(|target| response("HTTP/1.1 502 Bad Gateway", &format!("{target} {TOKEN}"))),
        Box::new(|target| response(&format!("HTTP/1.1 302 Found\r\nLocation: {target}"), "")),
        Box::new(|target| format!("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{target}").into_bytes()),
        Box::new(|target| format!("{target} is not HTTP\r\n\r\n").into_bytes()),
    ];
    for answer in answers {
        let base = gateway(move |target| {
            assert!(target.contains(ENCODED), "{target}");
            answer(target)
        });
        assert_secret(&get(&base).expect_error(1));
    }
}

#[test]
fn words_that_repeat_it_are_left_out_and_others_are_shown() {
    let says = |words: &'static str| {
        let base = gateway(move |_| {
            response("HTTP/1.1 200 OK", &format!(r#"{{"errcode":40001,"errmsg":"{words}"}}"#))
        });
        get(&base).expect_error(1).stderr
    };
    assert!(says("bad 81_Zx3%23%26%25%2b+%e4%b8%ad").contains("left out"));
    assert!(says("bad 81_ rid").contains("WeChat's words: bad 81_ rid\n"));
    assert!(says(r"a\u001b[2J\r\nb").contains("WeChat's words: a␛[2J␍␊b\n"));
}

#[test]
fn neither_usage_nor_connection_errors_print_it() {
    let folder = tempdir().unwrap();
    let picture = folder.path().join("picture");
    fs::write(&picture, "mine").unwrap();
    let emulator = Emulator::start().unwrap();
    let base = emulator.base_url().to_string();
    for (code, arguments) in [
        // It is not a token of this emulator.
        (1, &["get", "IMAGE-01", "--base-url", &base][..]),
        (1, &["get", "IMAGE-01", "--base-url", "http://127.0.0.1:1"]),
        (2, &["get", "IMAGE-01", "--base-url", &format!("https://x/?access_token={ENCODED}")]),
        (2, &["get", "IMAGE-01", "--base-url", &format!("https://{ENCODED}@x")]),
        (2, &["get", "IMAGE-01", "-o", text(&picture)]),
        (2, &["get", "--token", TOKEN, "IMAGE-01"]),
        (2, &["get", "IMAGE-01", "--token", TOKEN]),
        (2, &["get", "IMAGE-01", &format!("--access-token={TOKEN}")]),
        (2, &["get", "IMAGE-01", "--token-file", TOKEN]),
        (2, &["get"]),
        (2, &["get", "IMAGE-01", "--unknown"]),
    ] {
        let got = run(program(arguments).env("WECHAT_ACCESS_TOKEN", TOKEN)).expect_error(code);
        assert_secret(&got);
    }
}

#[test]
fn help_does_not_print_it() {
    for arguments in [&["--help"][..], &["get", "--help"], &["help", "get"]] {
        assert_secret(&run(program(arguments).env("WECHAT_ACCESS_TOKEN", TOKEN)).expect_fine());
    }
}

#[test]
fn nothing_that_the_emulator_does_makes_it_printed() {
    let emulator = Emulator::start().unwrap();
    emulator.accept(&AccessToken::new(TOKEN));
    let base = emulator.base_url().to_string();
    // Drips and endless bodies take as long as the transport allows; the transports' own tests have them.
    let lasting = [Quirk::Drip, Quirk::Endless];
    for quirk in Quirk::ALL.iter().copied().filter(|quirk| !lasting.contains(quirk)) {
        emulator.misbehave_next(1, quirk);
        assert_secret(&get(&base));
        assert_eq!(emulator.take_exchanges().len(), 1, "{quirk}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn it_is_not_among_the_arguments_of_the_process() {
    let emulator = Emulator::start().unwrap();
    emulator.accept(&AccessToken::new(TOKEN));
    emulator.misbehave_next(1, Quirk::Drip);
    let base = emulator.base_url().to_string();
    let mut command = program(&["get", "IMAGE-01", "--base-url", &base]);
    let mut child = command.env("WECHAT_ACCESS_TOKEN", TOKEN).stdout(Stdio::null()).spawn().unwrap();
    // The call has arrived, so the program has all that it was given.
    while emulator.take_exchanges().is_empty() {
        std::thread::yield_now();
    }
    let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let arguments = String::from_utf8_lossy(&arguments);
    assert!(arguments.contains("IMAGE-01") && !arguments.contains("81_Zx3"), "{arguments}");
}
