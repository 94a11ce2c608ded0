//! `get`: a file is saved as it arrives, whole or not at all.

use std::fs;

use tempfile::tempdir;

use crate::gateway::{gateway, response};
use crate::program::{end_of, names_in, program, run, started, text};
use crate::stream::{NAME, Stream, content, part_in};

/// More than is held before it is sure that this is a file.
const LENGTH: usize = 100_000;

#[test]
fn a_file_of_any_length_arrives_byte_for_byte() {
    for length in [1, 511, 512, 513, 4095, 4096, 4097, 5_000_000] {
        let folder = tempdir().unwrap();
        let path = folder.path().join("a file");
        for output in [text(&path), text(folder.path())] {
            let got = run(&mut Stream::new(length, 0).get(&["-o", output]));
            assert_eq!((got.code, got.text()), (0, ""), "{}", got.stderr);
        }
        let content = content(length);
        for name in ["a file", NAME] {
            assert!(fs::read(folder.path().join(name)).unwrap() == content, "{length} bytes, {name}");
        }
        assert_eq!(names_in(folder.path()), ["a file", NAME]);
    }
}

#[test]
fn an_empty_body_is_not_a_file() {
    let folder = tempdir().unwrap();
    let new = format!("{}/new/", text(folder.path()));
    for output in [text(&folder.path().join("a file")), text(folder.path()), &new, "-"] {
        let got = run(&mut Stream::new(0, 0).get(&["-o", output, "--no-retry"])).expect_error(1);
        assert!(got.stderr.contains("the body is empty"), "{}", got.stderr);
        assert!(names_in(folder.path()).is_empty());
    }
}

#[test]
fn a_file_is_on_the_disk_before_it_is_whole_and_has_its_name_only_then() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a file");
    let stream = Stream::new(LENGTH, 1);
    let mut get = started(&mut stream.get(&["-o", text(&path)]));
    let part = part_in(folder.path(), LENGTH - 1, &mut get);
    assert!(fs::read(&part).unwrap() == content(LENGTH - 1) && !path.exists());
    stream.send_rest();
    assert_eq!(end_of(get).code, 0);
    assert_eq!(names_in(folder.path()), ["a file"]);
}

#[test]
fn a_file_that_breaks_off_leaves_nothing_and_that_is_reported() {
    let folder = tempdir().unwrap();
    let new = format!("{}/new/folder/", text(folder.path()));
    for held in [1, LENGTH / 2, LENGTH - 100] {
        for output in [text(&folder.path().join("a file")), text(folder.path()), &new] {
            let stream = Stream::new(LENGTH, held);
            let get = started(&mut stream.get(&["-o", output, "--no-retry"]));
            drop(stream);
            let got = end_of(get).expect_error(1);
            for part in ["try again", "nothing was saved"] {
                assert!(got.stderr.contains(part), "{part}: {}", got.stderr);
            }
            assert!(names_in(folder.path()).is_empty(), "{held} {output}");
        }
    }
}

#[test]
fn an_error_object_as_an_attachment_is_not_written() {
    let folder = tempdir().unwrap();
    let new = format!("{}/new/", text(folder.path()));
    for output in [text(&folder.path().join("a file")), text(folder.path()), &new, "-"] {
        // Longer than what decides whether it is a file.
        let base = gateway(move |_| {
            let words = "invalid media_id ".repeat(100);
            let head = "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"picture.jpg\"";
            response(head, &format!(r#"{{"errcode":40007,"errmsg":"{words}"}}"#))
        });
        let arguments = ["get", "IMAGE-01", "--base-url", &base, "-o", output];
        let got = run(program(&arguments).env("WECHAT_ACCESS_TOKEN", "81_Zx3")).expect_error(1);
        assert!(got.stderr.contains("40007"), "{}", got.stderr);
        assert!(names_in(folder.path()).is_empty());
    }
}

#[test]
fn a_file_that_appears_in_the_meantime_is_replaced_by_force_only() {
    for force in [false, true] {
        let folder = tempdir().unwrap();
        let path = folder.path().join(NAME);
        for output in [text(&path), text(folder.path())] {
            let stream = Stream::new(LENGTH, 1);
            let mut command = stream.get(&["-o", output]);
            let mut get = started(command.args(force.then_some("--force")));
            part_in(folder.path(), LENGTH - 1, &mut get);
            fs::write(&path, "mine").unwrap();
            stream.send_rest();
            let got = end_of(get);
            if force {
                assert_eq!(got.code, 0);
                assert!(fs::read(&path).unwrap() == content(LENGTH));
            } else {
                let stderr = got.expect_error(2).stderr;
                assert!(stderr.contains("--force") && stderr.contains("nothing was saved"), "{stderr}");
                assert_eq!(fs::read(&path).unwrap(), b"mine");
            }
            assert_eq!(names_in(folder.path()), [NAME]);
            fs::remove_file(&path).unwrap();
        }
    }
}

#[test]
fn a_name_that_repeats_the_token_is_not_used() {
    let folder = tempdir().unwrap();
    let new = format!("{}/new/", text(folder.path()));
    for output in [text(folder.path()), &new] {
        let stream = Stream::new(LENGTH, 0);
        let mut get = stream.get(&["-o", output]);
        let token = NAME.split('.').next().unwrap();
        let saved = run(get.env("WECHAT_ACCESS_TOKEN", token));
        assert!(saved.code == 0 && !saved.stderr.contains(token), "{}", saved.stderr);
        assert_eq!(fs::read(format!("{output}/IMAGE-01")).unwrap(), content(LENGTH));
        assert!(!folder.path().join(NAME).exists());
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_what_is_private_stays_so_from_the_first_byte() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = tempdir().unwrap();
    let (links, files) = (folder.path().join("links"), folder.path().join("files"));
    fs::create_dir(&links).unwrap();
    fs::create_dir(&files).unwrap();
    let (link, file) = (links.join("link"), files.join("file"));
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    symlink(&file, &link).unwrap();

    let stream = Stream::new(LENGTH, 1);
    let mut get = started(&mut stream.get(&["-o", text(&link), "--force"]));
    let part = part_in(&files, LENGTH - 1, &mut get);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&part), fs::read(&link).unwrap()), (0o600, b"old".to_vec()));
    stream.send_rest();
    assert_eq!(end_of(get).code, 0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink() && mode(&file) == 0o600);
    assert!(fs::read(&file).unwrap() == content(LENGTH));
    assert_eq!((names_in(&links), names_in(&files)), (vec!["link".to_owned()], vec!["file".to_owned()]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_nothing_and_that_is_reported() {
    let folder = tempdir().unwrap();
    let new = format!("{}/new/", text(folder.path()));
    for output in [text(&folder.path().join("a file")), text(folder.path()), &new] {
        let stream = Stream::new(LENGTH, 0);
        let get = stream.get(&["-o", output]);
        // A limit on the length of files stands for a disk that is full.
        let mut limited = std::process::Command::new("sh");
        limited.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"]);
        limited.arg(get.get_program()).args(get.get_args()).env("WECHAT_ACCESS_TOKEN", "81_Zx3");
        let stderr = run(&mut limited).expect_error(1).stderr;
        for part in ["could not save to ", "nothing was saved", "free some"] {
            assert!(stderr.contains(part), "{part}: {stderr}");
        }
        assert!(names_in(folder.path()).is_empty());
    }
}
