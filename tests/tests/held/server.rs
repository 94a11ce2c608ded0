//! A server that sends a file but for its end, and the end when a test says so.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use wechat_material::BaseUrl;

/// The file.
pub(crate) fn content() -> Vec<u8> {
    (0..100_000_u32).map(|place| place.to_le_bytes().into_iter().fold(0xFF, |sum, byte| sum ^ byte)).collect()
}

/// Its end is one byte.
const HELD: usize = 1;

/// Serves the file, as `picture.jpg`, to one connection after the other. Each `()` sends one of them the end.
pub(crate) fn serve() -> (BaseUrl, Sender<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let base = BaseUrl::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let (end, ends) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, content) = (stream.unwrap(), content());
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"picture.jpg\"\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n",
                content.len()
            )
            .unwrap();
            let (sent, held) = content.split_at(content.len() - HELD);
            stream.write_all(sent).unwrap();
            if ends.recv().is_err() {
                return;
            }
            // The client may be gone.
            let _ = stream.write_all(held);
        }
    });
    (base, end)
}

/// The temporary file in a folder, as soon as it has all but the end.
#[track_caller]
pub(crate) fn part_in(folder: &Path) -> PathBuf {
    let length = (content().len() - HELD) as u64;
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        // The folder may not be there yet.
        let mut entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap());
        let part = entries.find(|entry| {
            entry.file_name().to_string_lossy().starts_with(".wechat-material-")
                && entry.metadata().is_ok_and(|part| part.len() == length)
        });
        if let Some(part) = part {
            return part.path();
        }
        assert!(Instant::now() < deadline, "it takes too long");
        thread::yield_now();
    }
}
