//! `get -o FOLDER`: whatever an uploader called a file, it comes into the folder under a name that every system takes.
//!
//! `NAMES=10000 cargo test -p wechat-material-cli --test cli names -- --nocapture` goes through more of them.

use std::collections::HashSet;
use std::env;
use std::fs;

use fastrand::Rng;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use tempfile::tempdir;
use wechat_material_tests::properties::check_safe_name;

use crate::gateway::gateway;
use crate::program::{names_in, program, run, text};

const NAMES: u64 = 500;

const PICTURE: &[u8] = include_bytes!("../../../testkit/assets/picture.jpg");

/// What has led other programs astray, on one system or another.
const PARTS: &[&[u8]] = &[
    b"..",
    b"../",
    b"..\\",
    b"/",
    b"\\",
    b"//",
    b"/etc/",
    b"/tmp/",
    b"C:",
    b"C:\\",
    b"\\\\?\\",
    b"~",
    b"~/",
    b"$HOME",
    b"-",
    b"--",
    b".",
    b" ",
    b"\t",
    b"CON",
    b"nul",
    b"AUX.",
    b"COM1",
    b"LPT9.",
    "LPT²".as_bytes(),
    b"CONIN$",
    b":",
    b":$DATA",
    b"*",
    b"?",
    b"<",
    b">",
    b"|",
    b"\"",
    b"'",
    b"%",
    b"%2F",
    b"%00",
    b"%2e%2e%2f",
    b";",
    b"=",
    b",",
    b"a",
    b"b.jpg",
    b".jpg",
    b".exe",
    b".JPG",
    b".tar.gz",
    "名字".as_bytes(),
    "é".as_bytes(),
    "e\u{301}".as_bytes(),
    "\u{202E}gpj.exe".as_bytes(),
    "\u{2067}gpj.exe".as_bytes(),
    "\u{FEFF}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{7F}".as_bytes(),
    "😀".as_bytes(),
    "\u{FF0F}".as_bytes(),
    "\u{2215}".as_bytes(),
    b"\xE9",
    b"\xFF\xFE",
    b"\xB2\xE2\xCA\xD4",
    b"\xC3",
    "\u{F8FF}".as_bytes(),
    "ß".as_bytes(),
    "İ".as_bytes(),
];

/// A name of up to eight parts, one of them now and then so often that the name is too long.
fn name(rng: &mut Rng) -> Vec<u8> {
    let parts = (0..rng.usize(..8)).flat_map(|_| {
        let times = if rng.u8(..20) == 0 { rng.usize(1..400) } else { 1 };
        PARTS[rng.usize(..PARTS.len())].repeat(times)
    });
    parts.collect()
}

/// A header with a name in it, written in one way or another.
fn disposition(rng: &mut Rng) -> Vec<u8> {
    let (first, second) = (name(rng), name(rng));
    let quoted = |name: &[u8]| {
        let escaped = name.iter().flat_map(|byte| match byte {
            b'"' | b'\\' => vec![b'\\', *byte],
            _ => vec![*byte],
        });
        [&b"; filename=\""[..], &escaped.collect::<Vec<_>>(), b"\""].concat()
    };
    let extended = |charset: &str, name: &[u8]| {
        format!("; filename*={charset}''{}", percent_encode(name, NON_ALPHANUMERIC)).into_bytes()
    };
    let parameters = match rng.u8(..6) {
        0 => [&b"; filename="[..], &first].concat(),
        1 => [&b"; filename=\""[..], &first, b"\""].concat(),
        2 => quoted(&first),
        3 => extended("utf-8", &first),
        4 => extended("iso-8859-1", &first),
        _ => [quoted(&first), extended("UTF-8", &second)].concat(),
    };
    let mut value = [&b"attachment"[..], &parameters].concat();
    // What HTTP itself does not let through.
    value.retain(|byte| (*byte >= b' ' && *byte != 0x7F) || *byte == b'\t');
    value
}

#[test]
fn no_name_leads_out_of_the_folder_or_cannot_be_had_on_another_system() {
    let names = env::var("NAMES").map_or(NAMES, |names| names.parse().expect("NAMES is a number"));
    let mut next = 0;
    let base = gateway(move |_| {
        next += 1;
        let mut answer = b"HTTP/1.1 200 OK\r\nContent-Disposition: ".to_vec();
        answer.extend(disposition(&mut Rng::with_seed(next)));
        answer.extend(
            format!("\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", PICTURE.len()).into_bytes(),
        );
        answer.extend(PICTURE);
        answer
    });
    let around = tempdir().unwrap();
    let folder = around.path().join("folder");
    fs::create_dir(&folder).unwrap();
    let mut get = program(&["get", "IMAGE-01", "--base-url", &base, "-o", text(&folder)]);
    get.env("WECHAT_ACCESS_TOKEN", "81_Zx3").current_dir(around.path());
    let mut different = HashSet::new();
    for number in 1..=names {
        let given = disposition(&mut Rng::with_seed(number));
        let given = String::from_utf8_lossy(&given);
        let got = run(&mut get);
        assert_eq!(got.code, 0, "{given}: {}", got.stderr);
        assert_eq!(names_in(around.path()), ["folder"], "{given}");
        let saved = names_in(&folder);
        let [name] = &saved[..] else { panic!("{given}: {saved:?}") };
        check_safe_name(name);
        let path = folder.join(name);
        assert_eq!(fs::read(&path).unwrap(), PICTURE, "{given}");
        fs::remove_file(path).unwrap();
        different.insert(name.clone());
    }
    // Most come from what was given.
    assert!(different.len() as u64 > names / 2, "{} different names", different.len());
    println!("{names} names");
}
