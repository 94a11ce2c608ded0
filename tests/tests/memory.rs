//! The memory of a download does not depend on its length. This is measured as live heap, and as the peak memory of a process
//! that does nothing else.

use std::env;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;

use allocation_counter::measure;
use wechat_material::{AccessToken, FileInfo, Material};
use wechat_material_client::{Client, TokenSource, blocking};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_ureq::UreqTransport;

const SHORT: u64 = 10_000_000;
const LONG: u64 = 1_000_000_000;
const MIB: u64 = 1 << 20;

/// Answers every request with a file of this length.
fn server(length: u64) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || serve(stream?, length));
        }
    });
    port
}

fn serve(mut stream: TcpStream, length: u64) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes)?;
        request.extend_from_slice(&bytes[..count]);
    }
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    let block = [&[0xFF, 0xD8, 0xFF, 0xE0][..], &vec![7; 65532]].concat();
    let mut left = length;
    while left > 0 {
        let count = left.min(block.len() as u64);
        stream.write_all(&block[..usize::try_from(count).unwrap()])?;
        left -= count;
    }
    Ok(())
}

/// Counts the written bytes, and discards them.
#[derive(Default)]
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Download = fn(u16) -> (Material<FileInfo>, u64);

fn over_ureq(port: u16) -> (Material<FileInfo>, u64) {
    let source = blocking::TokenSource::fixed(AccessToken::new("T"));
    let base = format!("http://127.0.0.1:{port}").parse().unwrap();
    let client = blocking::Client::builder(source, UreqTransport::new()).base_url(base).build();
    let mut sink = Count::default();
    let material = client.download("MEDIA_ID", &mut sink).unwrap();
    (material, sink.0)
}

fn over_reqwest(port: u16) -> (Material<FileInfo>, u64) {
    let source = TokenSource::fixed(AccessToken::new("T"));
    let base = format!("http://127.0.0.1:{port}").parse().unwrap();
    let client = Client::builder(source, ReqwestTransport::new()).base_url(base).build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut sink = tokio::io::sink();
        let material = client.download("MEDIA_ID", &mut sink).await.unwrap();
        let Material::File(info) = &material else { panic!("not a file") };
        let length = info.length.expect("a complete file has a length");
        (material, length)
    })
}

const CLIENTS: [(&str, Download); 2] = [("ureq", over_ureq), ("reqwest", over_reqwest)];

fn assert_whole((material, written): &(Material<FileInfo>, u64), length: u64) {
    let Material::File(info) = material else { panic!("not a file") };
    assert_eq!((info.length, *written), (Some(length), length));
}

fn assert_live_heap(length: u64) {
    let port = server(length);
    for (name, download) in CLIENTS {
        let mut downloaded = None;
        let taken = measure(|| downloaded = Some(download(port)));
        assert_whole(&downloaded.unwrap(), length);
        println!("{name}: {length} bytes with {} KiB of live heap", taken.bytes_max >> 10);
        assert!(taken.bytes_max < 8 * MIB, "{name}: {}", taken.bytes_max);
    }
}

#[test]
fn a_download_uses_little_heap() {
    assert_live_heap(SHORT);
    assert_live_heap(10 * SHORT);
}

#[test]
#[ignore = "takes a minute, unless it is optimized"]
fn a_download_of_a_gigabyte_uses_little_heap() {
    assert_live_heap(LONG);
}

/// The peak memory of a process that makes one download, in KiB.
fn peak(name: &str, length: u64) -> u64 {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "one_download_for_its_peak", "--ignored", "--nocapture"])
        .env("MEMORY_OF", format!("{name} {} {length}", server(length)))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    let peak = printed.lines().find_map(|line| line.strip_prefix("peak: ")).unwrap().parse().unwrap();
    println!("{name}: {length} bytes with a peak of {peak} KiB");
    peak
}

/// The process that [`peak`] starts.
#[test]
#[ignore = "runs only in a process that another test starts"]
fn one_download_for_its_peak() {
    let Ok(what) = env::var("MEMORY_OF") else { return };
    let [name, port, length] = what.split(' ').collect::<Vec<_>>()[..] else { panic!("{what}") };
    let (_, download) = CLIENTS.into_iter().find(|client| client.0 == name).unwrap();
    assert_whole(&download(port.parse().unwrap()), length.parse().unwrap());
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("\npeak: {}", peak.trim().strip_suffix(" kB").unwrap().trim());
}

fn assert_same_peak(long: u64) {
    for (name, _) in CLIENTS {
        let (short, long) = (peak(name, SHORT), peak(name, long));
        assert!(short.abs_diff(long) < 2 << 10, "{name}: {short} KiB, {long} KiB");
    }
}

#[test]
fn a_long_download_has_the_same_peak_as_a_short_one() {
    assert_same_peak(10 * SHORT);
}

/// `cargo test --release -p wechat-material-tests --test memory -- --include-ignored --nocapture`
#[test]
#[ignore = "takes a minute, unless it is optimized"]
fn a_download_of_a_gigabyte_has_the_same_peak_as_a_short_one() {
    assert_same_peak(LONG);
}
