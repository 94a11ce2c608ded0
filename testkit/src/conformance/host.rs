//! A server that sends prescribed bytes and records the requests that it receives.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// How a request is answered.
#[derive(Clone)]
pub(super) enum Answer {
    /// With these bytes. The connection stays open.
    Bytes(Vec<u8>),
    /// With these bytes, and then an orderly end of the connection.
    Last(Vec<u8>),
    /// With these bytes, and then a reset of the connection.
    Broken(Vec<u8>),
    /// With these bytes, and then silence.
    Silence(Vec<u8>),
    /// With the first bytes, and then the second ones this many times, as long as the client reads.
    Flood(Vec<u8>, Vec<u8>, usize),
    /// With the first bytes, and then a repeated line, a few times in each [`GAP`], as long as the client reads and for at
    /// most [`PATIENCE`].
    Lines(Vec<u8>, &'static str),
    /// With the first bytes, and then the second ones one by one, [`GAP`] apart, as long as the client reads.
    Drip(Vec<u8>, Vec<u8>),
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The server sent the whole answer.
    Sent,
    /// The client closed the connection or stopped reading before the whole answer was sent.
    Unread,
}

/// The time between two bytes of a drip.
pub(super) const GAP: Duration = Duration::from_millis(100);

/// The time after which the server gives up on a client that sends nothing or never stops reading.
const PATIENCE: Duration = Duration::from_secs(3);

/// A server on loopback that runs until it is dropped.
pub(super) struct Host {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    answers: VecDeque<Answer>,
    asked: Vec<Vec<u8>>,
    connections: usize,
    /// How the most recent finished answer ended.
    end: Option<End>,
    waker: Option<Waker>,
    is_over: bool,
}

impl Host {
    /// Starts a host that answers each request with the next of these answers.
    pub(super) fn new(answers: impl IntoIterator<Item = Answer>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared =
            Arc::new(Mutex::new(Shared { answers: answers.into_iter().collect(), ..Shared::default() }));
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                {
                    let mut shared = open(&serving);
                    if shared.is_over {
                        break;
                    }
                    shared.connections += 1;
                }
                let shared = Arc::clone(&serving);
                // Some answers break the connection on purpose.
                thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        Ok(Self { address, shared })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The raw bytes of all requests received until now.
    pub(super) fn asked(&self) -> Vec<Vec<u8>> {
        open(&self.shared).asked.clone()
    }

    /// The number of connections before the last answered request, and possibly a few later ones.
    pub(super) fn connections(&self) -> usize {
        open(&self.shared).connections
    }

    /// Waits until the answer has ended, and returns how.
    pub(super) fn end(&self) -> impl Future<Output = End> {
        poll_fn(|context| {
            let mut shared = open(&self.shared);
            if let Some(end) = shared.end {
                return Poll::Ready(end);
            }
            shared.waker = Some(context.waker().clone());
            Poll::Pending
        })
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        open(&self.shared).is_over = true;
        // Wakes the thread that is waiting for a connection.
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
        // The system resets a connection that is closed with unread data, so for `Broken` the request stays unread.
        if stream.peek(&mut [0])? == 0 {
            return Ok(());
        }
        let is_reset = matches!(open(shared).answers.front(), Some(Answer::Broken(_)));
        let asked = if is_reset { Vec::new() } else { read_request(&mut stream)? };
        let answer = {
            let mut shared = open(shared);
            shared.asked.push(asked);
            shared.answers.pop_front()
        };
        let Some(answer) = answer else { return Ok(()) };
        let stays_open = matches!(answer, Answer::Bytes(_));
        let end = if send(&mut stream, answer).is_ok() { End::Sent } else { End::Unread };
        let waker = {
            let mut shared = open(shared);
            shared.end = Some(end);
            shared.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        if !stays_open {
            return Ok(());
        }
    }
}

fn send(stream: &mut TcpStream, answer: Answer) -> io::Result<()> {
    match answer {
        Answer::Bytes(bytes) | Answer::Last(bytes) => stream.write_all(&bytes),
        Answer::Broken(bytes) => {
            stream.write_all(&bytes)?;
            if !bytes.is_empty() {
                // Gives the client time to read the bytes: a reset can overtake unread ones.
                thread::sleep(GAP);
            }
            Ok(())
        }
        Answer::Silence(bytes) => {
            stream.write_all(&bytes)?;
            stream.read(&mut [0]).map(drop)
        }
        Answer::Flood(head, bytes, times) => {
            stream.write_all(&head)?;
            (0..times).try_for_each(|_| stream.write_all(&bytes))
        }
        Answer::Lines(head, line) => {
            let start = Instant::now();
            stream.write_all(&head)?;
            while start.elapsed() < PATIENCE {
                thread::sleep(GAP / 5);
                stream.write_all(line.as_bytes())?;
            }
            Ok(())
        }
        Answer::Drip(head, bytes) => {
            stream.write_all(&head)?;
            bytes.chunks(1).try_for_each(|byte| {
                thread::sleep(GAP);
                stream.write_all(byte)
            })
        }
    }
}

/// Reads a head, and the body that it announces.
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
