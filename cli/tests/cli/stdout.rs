//! `get -o -`: stdout has a file as it arrives.

use std::fs::{self, File};
use std::io::Read;

use tempfile::tempdir;

use crate::program::{end_of, run, started};
use crate::stream::{Stream, content};

const LENGTH: usize = 100_000;

#[test]
fn stdout_takes_it_byte_for_byte_too() {
    for length in [1, 511, 512, 513, 4095, 4096, 4097, 5_000_000] {
        let content = content(length);
        let to_pipe = run(&mut Stream::new(length, 0).get(&["-o", "-"])).expect_fine();
        assert!(to_pipe.stdout == content, "{length} bytes through a pipe");

        let folder = tempdir().unwrap();
        let path = folder.path().join("a file");
        run(Stream::new(length, 0).get(&[]).stdout(File::create(&path).unwrap())).expect_fine();
        assert!(fs::read(&path).unwrap() == content, "{length} bytes into a file");
    }
}

#[test]
fn stdout_has_it_before_it_is_whole() {
    let stream = Stream::new(LENGTH, 1);
    let mut get = started(&mut stream.get(&["-o", "-"]));
    let mut stdout = get.stdout.take().unwrap();
    let mut bytes = vec![0; LENGTH - 1];
    stdout.read_exact(&mut bytes).unwrap();
    stream.send_rest();
    stdout.read_to_end(&mut bytes).unwrap();
    assert!(bytes == content(LENGTH));
    end_of(get).expect_fine();
}

#[test]
fn a_reader_of_stdout_that_stops_early_is_not_a_failure() {
    // Much more than a pipe and the sockets hold.
    let stream = Stream::new(100_000_000, 0);
    let mut get = started(&mut stream.get(&["-o", "-"]));
    get.stdout.take().unwrap().read_exact(&mut [0; 10]).unwrap();
    end_of(get).expect_fine();
}

#[test]
fn a_file_that_breaks_off_on_stdout_is_reported_with_its_length() {
    let stream = Stream::new(LENGTH, 1);
    let get = started(&mut stream.get(&["-o", "-"]));
    drop(stream);
    let got = end_of(get);
    assert!(got.code == 1 && got.stdout == content(LENGTH - 1));
    assert!(got.stderr.starts_with("error: "), "{}", got.stderr);
    assert!(got.stderr.contains("incomplete: 99,999 bytes were written to stdout"), "{}", got.stderr);
}
