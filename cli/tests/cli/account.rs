//! What opens the account: a token, or app id and app secret, from the environment or from files.

use std::fs;
use std::process::Command;

use tempfile::tempdir;
use wechat_material_testkit::{Emulator, Exchange, Sent};

use crate::gateway::{fault, gateway, response};
use crate::program::{calling, end_of, program, run, started, text, with_credentials, with_token};

const WRONG: &str = "81_wrong";

fn is_for_a_token(exchange: &Exchange) -> bool {
    exchange.target == "/cgi-bin/stable_token"
}

fn body_of(exchange: &Exchange) -> &str {
    let Sent::Answer { body, .. } = &exchange.sent else { panic!("{:?}", exchange.sent) };
    std::str::from_utf8(body).unwrap()
}

#[test]
fn every_command_takes_a_token_or_credentials() {
    let emulator = Emulator::start().unwrap();
    for command in [&["count"][..], &["list"], &["get", "IMAGE-01"]] {
        run(&mut with_token(&emulator, command)).expect_fine();
        assert!(!emulator.take_exchanges().iter().any(is_for_a_token));
        run(&mut with_credentials(&emulator, command)).expect_fine();
        assert!(emulator.take_exchanges().iter().any(is_for_a_token));
    }
}

#[test]
fn files_are_read_as_editors_leave_them() {
    let emulator = Emulator::start().unwrap();
    let folder = tempdir().unwrap();
    let file = folder.path().join("a file");
    for text_of_file in ["{}", "{}\n", "\u{FEFF} {}\r\n\n"] {
        fs::write(&file, text_of_file.replace("{}", emulator.token().expose())).unwrap();
        run(&mut calling(&emulator, &["count", "--token-file", text(&file)])).expect_fine();
        fs::write(&file, text_of_file.replace("{}", Emulator::APP_SECRET)).unwrap();
        let mut options = calling(&emulator, &["count", "--secret-file", text(&file)]);
        run(options.args(["--app-id", Emulator::APP_ID])).expect_fine();
    }
}

#[test]
fn options_go_before_the_environment_and_there_the_token_before_credentials() {
    let emulator = Emulator::start().unwrap();
    let folder = tempdir().unwrap();
    let (token, secret) = (folder.path().join("token"), folder.path().join("secret"));
    fs::write(&token, emulator.token().expose()).unwrap();
    fs::write(&secret, Emulator::APP_SECRET).unwrap();
    let set = |mut command: Command, token: &str, app_id: &str, app_secret: &str| {
        command.env("WECHAT_ACCESS_TOKEN", token);
        run(command.env("WECHAT_APP_ID", app_id).env("WECHAT_APP_SECRET", app_secret))
    };
    let good = emulator.token();
    // Where the wrong one of two were taken, the call would be refused.
    for (options, token, app_id, app_secret) in [
        (&[][..], good.expose(), WRONG, WRONG),
        (&["--token-file", text(&token)], WRONG, WRONG, WRONG),
        (&["--app-id", Emulator::APP_ID], WRONG, WRONG, Emulator::APP_SECRET),
        (&["--secret-file", text(&secret)], WRONG, Emulator::APP_ID, WRONG),
        // What is empty is not there.
        (&[], "", Emulator::APP_ID, Emulator::APP_SECRET),
        (&[], good.expose(), "", Emulator::APP_SECRET),
    ] {
        let command = calling(&emulator, &[&["count"], options].concat());
        set(command, token, app_id, app_secret).expect_fine();
    }
    let refused =
        set(calling(&emulator, &["count"]), WRONG, Emulator::APP_ID, Emulator::APP_SECRET).expect_error(1);
    assert!(
        refused.stderr.contains("app id and app secret instead: then tokens are renewed"),
        "{}",
        refused.stderr
    );
}

#[test]
fn what_is_missing_or_unreadable_is_named_and_costs_no_call() {
    let folder = tempdir().unwrap();
    let (empty, broken) = (folder.path().join("empty"), folder.path().join("broken"));
    fs::write(&empty, " \n").unwrap();
    fs::write(&broken, "81_\nZx3").unwrap();
    let none = folder.path().join("none");
    for (options, variables, said) in [
        (&[][..], &[][..], "no access token and no app secret"),
        (&["--token-file", text(&empty)], &[], "write the access token into it"),
        (&["--token-file", text(&none)], &[], "the token file cannot be read"),
        (&["--token-file", text(&broken)], &[], "line break"),
        (&["--app-id", "wx0"], &[], "an app id, but no app secret"),
        (&["--app-id", "wx0", "--secret-file", text(&empty)], &[], "write the app secret into it"),
        (&["--app-id", "wx0", "--secret-file", text(&none)], &[], "the secret file cannot be read"),
        (&["--secret-file", text(&broken)], &[], "line break"),
        (&[], &["WECHAT_APP_ID"], "WECHAT_APP_SECRET"),
        (&[], &["WECHAT_APP_SECRET"], "no app id"),
        (&["--token-file", text(&none), "--app-id", "wx0"], &[], "cannot be used with"),
        (&["--token-file", text(&none), "--secret-file", text(&none)], &[], "cannot be used with"),
    ] {
        let mut command = program(&["count", "--base-url", "http://127.0.0.1:1"]);
        command.args(options).envs(variables.iter().map(|variable| (variable, "x")));
        let refused = run(&mut command).expect_error(2);
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
}

#[test]
fn a_token_that_was_given_is_refused_once_and_for_all() {
    let emulator = Emulator::start().unwrap();
    for command in [&["count"][..], &["list"], &["get", "IMAGE-01"]] {
        let mut expired = with_token(&emulator, command);
        emulator.expire_tokens();
        let refused = run(&mut expired).expect_error(1);
        for part in
            ["errcode 42001", "has expired", "message: access_token expired", "(rid ", "get a new token"]
        {
            assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
        }
        assert_eq!(emulator.take_exchanges().len(), 1);
    }
}

#[test]
fn a_token_that_is_refused_is_renewed_before_a_byte_of_the_file_comes() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a file");
    for output in ["-", text(&path)] {
        let mut tokens = ["first", "second"].into_iter();
        let base = gateway(move |target| match target.split_once("access_token=") {
            None => {
                let token = tokens.next().unwrap();
                response("HTTP/1.1 200 OK", &format!(r#"{{"access_token":"{token}","expires_in":7200}}"#))
            }
            Some((_, "second")) => response("HTTP/1.1 200 OK\r\nContent-Disposition: attachment", "a file"),
            Some((_, _)) => fault(42001, "access_token expired"),
        });
        let mut get = program(&["get", "IMAGE-01", "--base-url", &base, "-o", output]);
        let got = run(get.env("WECHAT_APP_ID", "wx0").env("WECHAT_APP_SECRET", "secret"));
        assert_eq!(got.code, 0, "{}", got.stderr);
        let bytes = if output == "-" { got.stdout } else { fs::read(&path).unwrap() };
        assert_eq!(bytes, b"a file");
    }
}

#[test]
fn eight_at_once_share_a_token() {
    let emulator = Emulator::start().unwrap();
    let folder = tempdir().unwrap();
    let outputs: Vec<_> = (0..8).map(|number| folder.path().join(number.to_string())).collect();
    let children: Vec<_> = outputs
        .iter()
        .map(|path| started(&mut with_credentials(&emulator, &["get", "IMAGE-01", "-o", text(path)])))
        .collect();
    for (child, path) in children.into_iter().zip(&outputs) {
        let got = end_of(child);
        assert_eq!(got.code, 0, "{}", got.stderr);
        assert_eq!(fs::read(path).unwrap(), include_bytes!("../../../testkit/assets/picture.jpg"));
    }
    let exchanges = emulator.take_exchanges();
    let (tokens, assets): (Vec<_>, Vec<_>) = exchanges.iter().partition(|one| is_for_a_token(one));
    assert_eq!((tokens.len(), assets.len()), (8, 8));
    let token = emulator.token();
    assert!(tokens.iter().all(|exchange| body_of(exchange).contains(token.expose())));
    assert!(assets.iter().all(|exchange| exchange.target.ends_with(token.expose())));
    assert!(!exchanges.iter().any(|exchange| format!("{:?}", exchange.sent).contains("errcode")));
}
