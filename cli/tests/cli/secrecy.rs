//! Token and app secret are printed by no failure, neither as they are nor encoded.

use std::fs;
use std::process::{Command, Stdio};

use tempfile::tempdir;
use wechat_material::AccessToken;
use wechat_material_testkit::{Emulator, Quirk};

use crate::gateway::{fault, gateway, response};
use crate::program::{Run, calling, program, run, text, with_credentials};

const TOKEN: &str = "81_Zx3#&%+ 中";
const ENCODED: &str = "81_Zx3%23%26%25%2B%20%E4%B8%AD";
/// Ends as the token does.
const APP_SECRET: &str = "b17f0e#&%+ 中";

/// Every command that calls with the token.
fn with_the_token(base: &str) -> Vec<Command> {
    let mut commands = calls(&[&["get", "IMAGE-01"], &["list"], &["count"]], base);
    for command in &mut commands {
        command.env("WECHAT_ACCESS_TOKEN", TOKEN);
    }
    commands
}

/// Every command that obtains a token first.
fn with_the_secret(base: &str) -> Vec<Command> {
    let mut commands = calls(&[&["get", "IMAGE-01"], &["list"], &["count"], &["token", "--show"]], base);
    for command in &mut commands {
        command.env("WECHAT_APP_ID", "wx0").env("WECHAT_APP_SECRET", APP_SECRET);
    }
    commands
}

fn calls(commands: &[&[&str]], base: &str) -> Vec<Command> {
    commands
        .iter()
        .map(|command| program(&[command, &["--base-url", base, "--no-retry"][..]].concat()))
        .collect()
}

#[track_caller]
fn assert_secret(run: &Run) {
    let printed = format!("{}{}", String::from_utf8_lossy(&run.stdout), run.stderr);
    // Their first characters are the same in every encoding.
    assert!(!printed.contains("81_Zx3") && !printed.contains("b17f0e"), "{printed}");
    assert!(!printed.contains("%E4%B8%AD") && !printed.contains("#&%+ 中"), "{printed}");
}

#[test]
fn no_answer_of_a_gateway_makes_them_printed() {
    let answers: [fn(&str, &str) -> Vec<u8>; 9] = [
        |_, secret| fault(40001, &format!("invalid {secret} hint: [a]")),
        |_, secret| fault(40125, &format!("invalid hint: [{secret}]")),
        |target, _| fault(40001, &format!("invalid {target}")),
        |target, _| fault(40001, &format!("invalid {}", target.replace('%', "%25"))),
        |target, secret| response("HTTP/1.1 200 OK", &format!("<html>{target} {secret}")),
        |target, secret| response("HTTP/1.1 502 Bad Gateway", &format!("{target} {secret}")),
        |target, secret| response(&format!("HTTP/1.1 302 Found\r\nLocation: {target}"), secret),
        |target, secret| {
            format!("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{target} {secret}").into_bytes()
        },
        |target, secret| format!("{target} {secret} is not HTTP\r\n\r\n").into_bytes(),
    ];
    for answer in answers {
        let refusing = move |secret: &'static str| gateway(move |target| answer(target, secret));
        // Gives the token out, and refuses the call that is made with it.
        let luring = move |secret: &'static str| {
            gateway(move |target| match target {
                "/cgi-bin/stable_token" => {
                    response("HTTP/1.1 200 OK", &serde_json::json!({ "access_token": TOKEN }).to_string())
                }
                target => {
                    assert!(target.contains(ENCODED), "{target}");
                    answer(target, secret)
                }
            })
        };
        let mut calls = with_the_token(&refusing(TOKEN));
        calls.extend(with_the_secret(&refusing(APP_SECRET)));
        for secret in [TOKEN, APP_SECRET] {
            // All but `token`, which is content with the bait.
            calls.extend(with_the_secret(&luring(secret)).into_iter().take(3));
        }
        for mut call in calls {
            assert_secret(&run(&mut call).expect_error(1));
        }
    }
}

#[test]
fn words_that_repeat_them_are_left_out_and_others_are_shown() {
    let says = |words: &'static str| {
        let base = gateway(move |_| fault(48001, words));
        let calls = with_the_token(&base).into_iter().chain(with_the_secret(&base));
        calls.map(|mut call| run(&mut call).expect_error(1).stderr).collect::<String>()
    };
    let left_out = |words| says(words).matches("left out: it repeats").count();
    assert_eq!(left_out("bad 81_Zx3%23%26%25%2b+%e4%b8%ad"), 3);
    assert_eq!(left_out("bad b17f0e#%26%25%2b+%e4%b8%ad"), 4);
    assert_eq!(says("bad 81_ rid").matches("WeChat's message: bad 81_ rid\n").count(), 7);
    assert_eq!(says("a\u{1B}[2J\r\nb").matches("WeChat's message: a␛[2J␍␊b\n").count(), 7);
}

#[test]
fn neither_usage_nor_connection_errors_print_them() {
    let folder = tempdir().unwrap();
    let picture = folder.path().join("picture");
    fs::write(&picture, "mine").unwrap();
    let emulator = Emulator::start().unwrap();
    let base = emulator.base_url().to_string();
    for (code, arguments) in [
        // Neither is one of this emulator.
        (1, &["get", "IMAGE-01", "--base-url", &base][..]),
        (1, &["get", "IMAGE-01", "--no-retry", "--base-url", "http://127.0.0.1:1"]),
        (1, &["token", "--base-url", &base]),
        (1, &["token", "--no-retry", "--base-url", "http://127.0.0.1:1"]),
        (2, &["get", "IMAGE-01", "--base-url", &format!("https://x/?access_token={ENCODED}")]),
        (2, &["list", "--base-url", &format!("https://{ENCODED}@x")]),
        (2, &["get", "IMAGE-01", "-o", text(&picture)]),
        (2, &["get", "--token", TOKEN, "IMAGE-01"]),
        (2, &["get", "IMAGE-01", TOKEN]),
        (2, &["get", "IMAGE-01", &format!("--access-token={TOKEN}")]),
        (2, &["get", "IMAGE-01", "--token-file", TOKEN]),
        (2, &["count", "--secret-file", APP_SECRET]),
        (2, &["count", "--app-secret", APP_SECRET]),
        (2, &["count", APP_SECRET]),
        (2, &["token", "wx0", APP_SECRET]),
        (2, &["token", &format!("--secret={APP_SECRET}")]),
        (2, &["list", "--type", ENCODED]),
        (2, &[APP_SECRET]),
        (2, &["get"]),
        (2, &["get", "IMAGE-01", "--unknown"]),
    ] {
        for token in ["", TOKEN] {
            let mut command = program(arguments);
            command.env("WECHAT_ACCESS_TOKEN", token).env("WECHAT_APP_ID", "wx0");
            if token.is_empty() && arguments.iter().any(|argument| argument.contains("81_Zx3")) {
                continue;
            }
            assert_secret(&run(command.env("WECHAT_APP_SECRET", APP_SECRET)).expect_error(code));
        }
    }
}

#[test]
fn help_does_not_print_them() {
    for arguments in
        [&["--help"][..], &["get", "--help"], &["help", "list"], &["count", "-h"], &["token", "-h"]]
    {
        let mut help = program(arguments);
        help.env("WECHAT_ACCESS_TOKEN", TOKEN)
            .env("WECHAT_APP_ID", "wx0")
            .env("WECHAT_APP_SECRET", APP_SECRET);
        assert_secret(&run(&mut help).expect_fine());
    }
}

#[test]
fn nothing_that_the_emulator_does_makes_them_printed() {
    let emulator = Emulator::start().unwrap();
    emulator.accept(&AccessToken::new(TOKEN));
    // Drips take as long as the program allows.
    for quirk in Quirk::ALL.iter().copied().filter(|quirk| *quirk != Quirk::Drip) {
        emulator.misbehave_next(1, quirk);
        let mut get = calling(&emulator, &["get", "IMAGE-01", "--no-retry", "--max-size", "1M"]);
        assert_secret(&run(get.env("WECHAT_ACCESS_TOKEN", TOKEN)));
        assert_eq!(emulator.take_exchanges().len(), 1, "{quirk}");
        if quirk == Quirk::Endless {
            continue;
        }
        emulator.misbehave_next(1, quirk);
        let mut token = with_credentials(&emulator, &["token", "--no-retry"]);
        let token = run(&mut token).expect_error(1);
        assert!(!token.stderr.contains(Emulator::APP_SECRET), "{quirk}: {}", token.stderr);
        assert_eq!(emulator.take_exchanges().len(), 1, "{quirk}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn they_are_not_among_the_arguments_of_the_process() {
    let emulator = Emulator::start().unwrap();
    emulator.accept(&AccessToken::new(TOKEN));
    for name in ["get", "token"] {
        emulator.misbehave_next(1, Quirk::Drip);
        let arguments = if name == "get" { &["get", "IMAGE-01"][..] } else { &["token"] };
        let mut command = with_credentials(&emulator, arguments);
        if name == "get" {
            command.env("WECHAT_ACCESS_TOKEN", TOKEN);
        }
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        // The call has arrived, so the program has all that it was given.
        while emulator.take_exchanges().is_empty() {
            std::thread::yield_now();
        }
        let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let arguments = String::from_utf8_lossy(&arguments);
        assert!(arguments.contains(name) && arguments.contains("--base-url"), "{arguments}");
        assert!(!arguments.contains("81_Zx3") && !arguments.contains(Emulator::APP_SECRET), "{arguments}");
    }
}
