//! The built program, run as a child.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use wechat_material_testkit::Emulator;

/// How a run of the program ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap()
    }

    /// Fine, with nothing to say on stderr.
    #[track_caller]
    pub(crate) fn expect_fine(self) -> Self {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""));
        self
    }

    /// Ended with this code, nothing on stdout, and an error on stderr.
    #[track_caller]
    pub(crate) fn expect_error(self, code: i32) -> Self {
        assert_eq!((self.code, self.text()), (code, ""), "{}", self.stderr);
        assert!(self.stderr.starts_with("error: "), "{}", self.stderr);
        self
    }
}

/// The program with these arguments, and without a token or credentials.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wechat-material"));
    command.args(arguments).stdin(Stdio::null());
    for variable in ["WECHAT_ACCESS_TOKEN", "WECHAT_APP_ID", "WECHAT_APP_SECRET"] {
        command.env_remove(variable);
    }
    command
}

/// The program with these arguments and one more: the base URL of an emulator, whose app id and app secret it has.
pub(crate) fn with_credentials(emulator: &Emulator, arguments: &[&str]) -> Command {
    let mut command = calling(emulator, arguments);
    command.env("WECHAT_APP_ID", Emulator::APP_ID).env("WECHAT_APP_SECRET", Emulator::APP_SECRET);
    command
}

/// The same with a token of the emulator in their place.
pub(crate) fn with_token(emulator: &Emulator, arguments: &[&str]) -> Command {
    let mut command = calling(emulator, arguments);
    command.env("WECHAT_ACCESS_TOKEN", emulator.token().expose());
    command
}

/// The same with nothing in their place.
pub(crate) fn calling(emulator: &Emulator, arguments: &[&str]) -> Command {
    let (command, others) = arguments.split_first().unwrap();
    let mut command = program(&[command, "--base-url", &emulator.base_url().to_string()]);
    command.args(others);
    command
}

pub(crate) fn run(command: &mut Command) -> Run {
    ended(command.output().unwrap())
}

/// Runs it with this on stdin.
pub(crate) fn run_with_stdin(command: &mut Command, stdin: &[u8]) -> Run {
    let mut child = started(command.stdin(Stdio::piped()));
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    end_of(child)
}

/// Starts it, with its output at hand.
pub(crate) fn started(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits for its end.
pub(crate) fn end_of(child: Child) -> Run {
    ended(child.wait_with_output().unwrap())
}

fn ended(output: Output) -> Run {
    Run {
        code: output.status.code().expect("it was not killed"),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The names in a folder, in order.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
