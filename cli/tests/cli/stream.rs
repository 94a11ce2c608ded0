//! A file whose end is sent when a test says so.

use std::fs;
use std::io::{self, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::gateway::gateway_over;
use crate::program::program;

/// The name that the server gives to the file.
pub(crate) const NAME: &str = "picture.jpg";

/// After this number of bytes the file repeats. It is a prime, so that no chunk or block equals another.
const PERIOD: usize = 65_521;

/// The file.
pub(crate) fn content(length: usize) -> Vec<u8> {
    // Not like the beginning of anything.
    let byte_at =
        |place: usize| (place % PERIOD).to_le_bytes().into_iter().fold(0xFF, |sum, byte| sum ^ byte);
    (0..length).map(byte_at).collect()
}

/// A server that sends a file without its last bytes to every client.
pub(crate) struct Stream {
    base: String,
    rest: Sender<()>,
}

impl Stream {
    /// A server of a file of `length` bytes, of which it holds back the last `held`.
    pub(crate) fn new(length: usize, held: usize) -> Self {
        let (rest, requested) = channel();
        // The client may go before it has all.
        let base = gateway_over(move |_, stream| drop(send(stream, length, held, &requested)));
        Self { base, rest }
    }

    /// The program, about to fetch the file.
    pub(crate) fn get(&self, arguments: &[&str]) -> Command {
        let mut command = program(&["get", "IMAGE-01", "--base-url", &self.base]);
        command.args(arguments).env("WECHAT_ACCESS_TOKEN", "81_Zx3");
        command
    }

    /// Sends the rest, once. Dropped instead, it breaks every connection.
    pub(crate) fn send_rest(self) {
        self.rest.send(()).unwrap();
    }
}

fn send(stream: &mut TcpStream, length: usize, held: usize, requested: &Receiver<()>) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"{NAME}\"\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    let period = content(PERIOD);
    send_places(stream, &period, 0..length - held)?;
    match requested.recv() {
        Ok(()) => send_places(stream, &period, length - held..length),
        Err(_) => Ok(()),
    }
}

fn send_places(stream: &mut TcpStream, period: &[u8], mut places: Range<usize>) -> io::Result<()> {
    while !places.is_empty() {
        let bytes = &period[places.start % PERIOD..];
        let bytes = &bytes[..bytes.len().min(places.len())];
        stream.write_all(bytes)?;
        places.start += bytes.len();
    }
    Ok(())
}

/// The file that the program is writing in a folder, as soon as it has this length.
#[track_caller]
pub(crate) fn part_in(folder: &Path, length: usize, child: &mut Child) -> PathBuf {
    let is_part = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(".wechat-material-")
            && fs::metadata(path).is_ok_and(|part| part.len() == length as u64)
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        // The folder may not be there yet.
        let entries = fs::read_dir(folder).into_iter().flatten();
        if let Some(part) = entries.map(|entry| entry.unwrap().path()).find(is_part) {
            return part;
        }
        assert_eq!(child.try_wait().unwrap(), None, "it ended before");
        assert!(Instant::now() < deadline, "it takes too long");
        thread::yield_now();
    }
}
