//! `get`, interrupted: nothing incomplete is left, and complete files stay.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::tempdir;
use wechat_material_testkit::{Emulator, Quirk};

use crate::program::{names_in, text, with_token};
use crate::stream::{NAME, Stream, content, part_in};

const LENGTH: usize = 1_000_000;

/// Starts the program with nobody to read what it says.
fn started(command: &Command) -> Child {
    with_default_signals(command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The same, with signals that are not ignored: a shell that starts the tests in the background ignores SIGINT for them.
fn with_default_signals(command: &Command) -> Command {
    if !cfg!(target_os = "linux") {
        return copied(Command::new(command.get_program()), command);
    }
    let mut env = Command::new("env");
    env.arg("--default-signal=INT,TERM,HUP").arg(command.get_program());
    copied(env, command)
}

/// With the arguments and variables of another.
fn copied(mut command: Command, other: &Command) -> Command {
    command.args(other.get_args());
    for (name, value) in other.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

fn signal(child: &Child, name: &str) {
    let kill = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", child.id())).status().unwrap();
    assert!(kill.success());
}

/// As in a shell.
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap())
}

#[test]
fn half_way_nothing_is_left_and_the_code_names_the_signal() {
    let folder = tempdir().unwrap();
    let new = folder.path().join("new/folder");
    for (name, expected) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        for (output, parts) in [
            (text(&folder.path().join("a file")), folder.path()),
            (text(folder.path()), folder.path()),
            (&format!("{}/", text(&new)), &new),
        ] {
            let stream = Stream::new(LENGTH, LENGTH / 2);
            let mut get = started(&stream.get(&["-o", output]));
            part_in(parts, LENGTH / 2, &mut get);
            signal(&get, name);
            assert_eq!(get.wait().unwrap().code(), Some(expected), "{name} {output}");
            assert!(names_in(folder.path()).is_empty(), "{name} {output}");
        }
    }
}

#[test]
fn a_second_signal_changes_nothing() {
    let folder = tempdir().unwrap();
    let stream = Stream::new(LENGTH, LENGTH / 2);
    let mut get = started(&stream.get(&["-o", text(folder.path())]));
    part_in(folder.path(), LENGTH / 2, &mut get);
    // Its exit is not collected yet, so there is a process to send them to.
    for name in ["INT", "INT", "TERM"] {
        signal(&get, name);
    }
    assert!([130, 143].contains(&code(get.wait().unwrap())));
    assert!(names_in(folder.path()).is_empty());
}

#[test]
fn what_was_to_be_replaced_stays() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a file");
    fs::write(&path, "mine").unwrap();
    let stream = Stream::new(LENGTH, 1);
    let mut get = started(&stream.get(&["-o", text(&path), "--force"]));
    part_in(folder.path(), LENGTH - 1, &mut get);
    signal(&get, "INT");
    assert_eq!(get.wait().unwrap().code(), Some(130));
    assert_eq!(
        (names_in(folder.path()), fs::read(&path).unwrap()),
        (vec!["a file".to_owned()], b"mine".to_vec())
    );
}

#[test]
fn a_wait_ends_at_once_with_or_without_a_beginning() {
    let emulator = Emulator::start().unwrap();
    let folder = tempdir().unwrap();
    emulator.misbehave_for("IMAGE-01", Quirk::Errcode(45011));
    for broke_off in [false, true] {
        if broke_off {
            emulator.misbehave_next(1, Quirk::TruncatedBody);
        }
        let get = with_token(&emulator, &["get", "IMAGE-01", "-o", text(folder.path())]);
        let mut get = with_default_signals(&get).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(get.stderr.take().unwrap()).read_line(&mut line).unwrap();
        let wait = line.strip_prefix("too many calls this minute: retrying in ").expect("no wait");
        let seconds = wait.strip_suffix(" seconds\n").and_then(|seconds| seconds.parse().ok());
        assert!(seconds.is_some_and(|seconds| (60..=75).contains(&seconds)), "{line}");
        let begun = Instant::now();
        signal(&get, "INT");
        assert_eq!(code(get.wait().unwrap()), 130);
        assert!(begun.elapsed() < Duration::from_secs(5) && names_in(folder.path()).is_empty());
    }
}

/// The signals come when they come; whenever that is, one of two things is in the folder.
#[test]
fn at_any_time_there_is_the_whole_file_or_nothing() {
    const LENGTH: usize = 20_000;
    for round in 0..60 {
        let folder = tempdir().unwrap();
        let stream = Stream::new(LENGTH, 1);
        let new = format!("{}/new/", text(folder.path()));
        let mut get = started(&stream.get(&["-o", &new]));
        let mut kill = Command::new("sh");
        // A shell counts to a later moment each time.
        let script = format!("i=0; while [ $i -lt $1 ]; do i=$((i+1)); done; kill -INT {}", get.id());
        let mut kill = kill.args(["-c", &script, "sh", &(round * 100).to_string()]).spawn().unwrap();
        stream.send_rest();
        kill.wait().unwrap();
        let code = code(get.wait().unwrap());
        assert!([0, 130].contains(&code), "{code}");
        match names_in(folder.path()).as_slice() {
            [] => assert_eq!(code, 130),
            _ => assert!(fs::read(folder.path().join("new").join(NAME)).unwrap() == content(LENGTH)),
        }
        assert!(names_in(folder.path()).is_empty() || names_in(new.as_ref()) == [NAME]);
    }
}

/// As `nohup` starts programs.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_to_be_ignored_is_ignored() {
    let folder = tempdir().unwrap();
    let stream = Stream::new(LENGTH, 1);
    let get = stream.get(&["-o", text(folder.path())]);
    let mut nohup = Command::new("sh");
    nohup.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).arg(get.get_program()).args(get.get_args());
    nohup.env("WECHAT_ACCESS_TOKEN", "81_Zx3").stdout(Stdio::null()).stderr(Stdio::null());
    let mut get = nohup.spawn().unwrap();
    part_in(folder.path(), LENGTH - 1, &mut get);
    signal(&get, "HUP");
    stream.send_rest();
    assert_eq!(get.wait().unwrap().code(), Some(0));
    assert_eq!(names_in(folder.path()), [NAME]);
}
