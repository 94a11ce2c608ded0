//! `get -o`: how much memory it takes does not depend on how long the file is.

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use tempfile::tempdir;

use crate::program::{names_in, text};
use crate::stream::{NAME, Stream, part_in};

const KIB_PER_MIB: usize = 1024;

/// The most memory, in KiB, that the program ever had at once, when it has written all of a file but the last byte.
fn peak(length: usize) -> usize {
    let folder = tempdir().unwrap();
    let stream = Stream::new(length, 1);
    let begun = Instant::now();
    let mut get = stream.get(&["-o", text(folder.path())]).stderr(Stdio::null()).spawn().unwrap();
    part_in(folder.path(), length - 1, &mut get);
    let status = fs::read_to_string(format!("/proc/{}/status", get.id())).unwrap();
    stream.send_rest();
    assert!(get.wait().unwrap().success());
    let took = begun.elapsed();
    assert_eq!(names_in(folder.path()), [NAME]);
    assert_eq!(fs::metadata(folder.path().join(NAME)).unwrap().len(), length as u64);

    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak = peak.trim().strip_suffix(" kB").unwrap().parse().unwrap();
    println!("{length:>13} bytes: a peak of {peak} KiB, {took:.2?}");
    peak
}

fn assert_constant(short: usize, long: usize) {
    let (short, long) = (peak(short), peak(long));
    assert!(short.abs_diff(long) < KIB_PER_MIB, "{short} KiB, {long} KiB");
    // What is not optimized may take more.
    assert!(cfg!(debug_assertions) || long < 8 * KIB_PER_MIB, "{long} KiB");
}

#[test]
fn a_long_file_takes_no_more_memory_than_a_short_one() {
    assert_constant(10_000_000, 200_000_000);
}

/// `cargo test --release -p wechat-material-cli --test cli memory -- --include-ignored --nocapture`
#[test]
#[ignore = "writes 1 GB"]
fn nor_does_a_very_long_one() {
    assert_constant(10_000_000, 1_000_000_000);
}
