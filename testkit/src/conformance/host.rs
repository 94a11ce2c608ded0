//! A server that says what it is told to, byte for byte, and remembers what it was asked.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How a request is answered.
#[derive(Clone)]
pub(super) enum Answer {
    /// With these bytes; the connection stays open.
    Bytes(Vec<u8>),
    /// With these bytes, and the end of the connection.
    Last(Vec<u8>),
    /// With these bytes over and over, so many times, and the end of the connection.
    Flood(Vec<u8>, usize),
    /// With the first bytes, and the others one by one, a tenth of a second apart, as long as anybody reads them.
    Drip(Vec<u8>, Vec<u8>),
    /// With a reset.
    Reset,
    /// With nothing at all.
    Silence,
}

/// Serves on loopback until it is dropped.
pub(super) struct Host {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    answers: VecDeque<Answer>,
    asked: Vec<Vec<u8>>,
    is_over: bool,
}

/// Nothing on a connection for so long means that nothing will come.
const PATIENCE: Duration = Duration::from_secs(5);

impl Host {
    /// A host that gives these answers, one a request, in their order.
    pub(super) fn with(answers: impl IntoIterator<Item = Answer>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared =
            Arc::new(Mutex::new(Shared { answers: answers.into_iter().collect(), ..Shared::default() }));
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if open(&serving).is_over {
                    break;
                }
                let shared = Arc::clone(&serving);
                // A connection that breaks is what some of the answers are for.
                thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        Ok(Self { address, shared })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far, byte for byte.
    pub(super) fn asked(&self) -> Vec<Vec<u8>> {
        open(&self.shared).asked.clone()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        open(&self.shared).is_over = true;
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(self.address));
    }
}

fn open(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut stream: TcpStream, shared: &Mutex<Shared>) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    loop {
        // Left unread, the request makes the end of the connection a reset.
        stream.peek(&mut [0])?;
        if matches!(open(shared).answers.front(), Some(Answer::Reset)) {
            open(shared).answers.pop_front();
            return Ok(());
        }
        let asked = read_request(&mut stream)?;
        let answer = {
            let mut shared = open(shared);
            shared.asked.push(asked);
            shared.answers.pop_front()
        };
        match answer {
            Some(Answer::Bytes(bytes)) => stream.write_all(&bytes)?,
            Some(Answer::Last(bytes)) => return stream.write_all(&bytes),
            Some(Answer::Flood(bytes, times)) => {
                return (0..times).try_for_each(|_| stream.write_all(&bytes));
            }
            Some(Answer::Drip(head, bytes)) => {
                stream.write_all(&head)?;
                for byte in bytes {
                    stream.write_all(&[byte])?;
                    thread::sleep(Duration::from_millis(100));
                }
            }
            Some(Answer::Silence) => drop(stream.read(&mut [0])?),
            Some(Answer::Reset) | None => return Ok(()),
        }
    }
}

/// A head, and the body that it announces.
fn read_request(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        let mut bytes = [0; 4096];
        let length = stream.read(&mut bytes)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(&bytes[..length]);
        let Some(head) = request.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let announced = header(&request[..head], b"content-length")
            .and_then(|value| std::str::from_utf8(value).ok()?.parse::<usize>().ok());
        if request.len() - head - 4 >= announced.unwrap_or(0) {
            return Ok(request);
        }
    }
}

/// The value of the first header with this name.
pub(super) fn header<'h>(head: &'h [u8], name: &[u8]) -> Option<&'h [u8]> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        line[..colon].eq_ignore_ascii_case(name).then(|| line[colon + 1..].trim_ascii())
    })
}
