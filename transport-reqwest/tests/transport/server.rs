//! A server on loopback that answers as the test says, byte for byte.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Serves every connection with this function.
pub(crate) fn raw(serve: impl Fn(TcpStream) -> io::Result<()> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            // An error here is seen by the client.
            drop(stream.and_then(&serve));
        }
    });
    address
}

/// Answers one request of every connection with this function.
pub(crate) fn answering(answer: impl Fn(&mut TcpStream) -> io::Result<()> + Send + 'static) -> SocketAddr {
    raw(move |mut stream| {
        read_request(&mut stream)?;
        answer(&mut stream)
    })
}

/// Answers with these bytes, and closes the connection.
pub(crate) fn bytes(answer: &[u8]) -> SocketAddr {
    let answer = answer.to_vec();
    answering(move |stream| stream.write_all(&answer))
}

/// A response with this head and this body.
pub(crate) fn response(head: &str, body: &[u8]) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\n", head.as_bytes(), b"\r\n", body].concat()
}

/// Reads a head, and the body that it announces.
pub(crate) fn read_request(stream: &mut impl Read) -> io::Result<String> {
    let mut request = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let announced = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
        });
        if body.len() >= announced.unwrap_or(0) {
            return Ok(text.into_owned());
        }
    }
}

/// Waits for this time. Returns an error if the client disconnects before.
pub(crate) fn pause(stream: &mut TcpStream, time: Duration) -> io::Result<()> {
    stream.set_read_timeout(Some(time))?;
    match stream.read(&mut [0]) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(ErrorKind::ConnectionAborted.into()),
    }
}

/// Waits until the client disconnects.
pub(crate) fn wait_for_the_end(stream: &mut TcpStream) -> io::Result<()> {
    stream.set_read_timeout(None)?;
    stream.read(&mut [0]).map(drop)
}
