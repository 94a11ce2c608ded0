//! `token`: one is obtained, and printed on request.

use wechat_material_testkit::{Emulator, Quirk};

use crate::gateway::{gateway, response};
use crate::program::{calling, program, run, with_credentials};

#[test]
fn its_validity_is_reported() {
    let emulator = Emulator::start().unwrap();
    let obtained = run(&mut with_credentials(&emulator, &["token"])).expect_fine();
    let expected = "obtained an access token, valid for ";
    assert!(
        obtained.text().starts_with(expected) && obtained.text().ends_with(" min\n"),
        "{}",
        obtained.text()
    );
    assert!(!obtained.text().contains(&emulator.token().expose()[..6]));
    emulator.advance(std::time::Duration::from_secs(7_170));
    let obtained = run(&mut with_credentials(&emulator, &["token"])).expect_fine();
    assert!(obtained.text().ends_with(" s\n"), "{}", obtained.text());
}

#[test]
fn it_is_shown_on_request_and_alone_on_stdout() {
    let emulator = Emulator::start().unwrap();
    let mut command = with_credentials(&emulator, &["token", "--show"]);
    // Not this one, as it may have expired.
    let shown = run(command.env("WECHAT_ACCESS_TOKEN", "81_Zx3"));
    assert_eq!((shown.code, shown.text()), (0, format!("{}\n", emulator.token().expose()).as_str()));
    assert!(shown.stderr.contains("valid for") && !shown.stderr.contains(emulator.token().expose()));
    assert_eq!(emulator.take_exchanges().len(), 1);
}

#[test]
fn without_credentials_there_is_none() {
    let emulator = Emulator::start().unwrap();
    let mut command = calling(&emulator, &["token"]);
    let refused = run(command.env("WECHAT_ACCESS_TOKEN", emulator.token().expose())).expect_error(2);
    assert!(refused.stderr.contains("WECHAT_APP_ID and WECHAT_APP_SECRET"), "{}", refused.stderr);
    run(&mut calling(&emulator, &["token", "--token-file", "x"])).expect_error(2);
}

#[test]
fn a_moment_of_trouble_passes() {
    let emulator = Emulator::start().unwrap();
    emulator.misbehave_next(2, Quirk::Errcode(-1));
    run(&mut with_credentials(&emulator, &["token"])).expect_fine();
    emulator.misbehave_next(1, Quirk::Errcode(-1));
    let refused = run(&mut with_credentials(&emulator, &["token", "--no-retry"])).expect_error(1);
    for part in ["error: no access token", "errcode -1", "the system is busy", "try again"] {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
}

#[test]
fn what_no_terminal_should_see_is_not_shown() {
    let base = gateway(|_| response("HTTP/1.1 200 OK", r#"{"access_token":"81_\u001b[2J"}"#));
    let token = |options: &[&str]| {
        let mut command = program(&["token", "--base-url", &base]);
        run(command.args(options).env("WECHAT_APP_ID", "wx0").env("WECHAT_APP_SECRET", "secret"))
    };
    token(&["--show"]).expect_error(1);
    assert!(token(&[]).expect_fine().text().contains("unknown validity"));
}
