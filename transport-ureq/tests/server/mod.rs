//! A server that answers as the test says, byte for byte.
#![allow(dead_code, unreachable_pub, reason = "each test file needs a part of it")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use wechat_material::TransportError;
use wechat_material::http::Request;

#[cfg(feature = "_tls")]
pub mod tls;

/// A response without a length: it ends when the connection ends.
pub const ENDLESS: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n\xFF\xD8\xFF\xE0half";
/// The body of [`ENDLESS`].
pub const HALF: &[u8] = b"\xFF\xD8\xFF\xE0half";

/// Serves this many connections, one after another, and returns `host:port`.
pub fn serve(connections: usize, mut answer: impl FnMut(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for _ in 0..connections {
            answer(listener.accept().unwrap().0);
        }
    });
    address.to_string()
}

pub fn get(url: &str) -> Request<Vec<u8>> {
    Request::get(url).body(Vec::new()).unwrap()
}

/// Reads the head of a request, and nothing after it.
pub fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Ends the connection with a FIN, and waits until the client has ended it too.
pub fn end(mut stream: TcpStream) {
    stream.shutdown(Shutdown::Write).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    while matches!(stream.read(&mut [0; 1024]), Ok(1..)) {}
}

/// Waits for this time, and returns whether the client is still connected.
pub fn is_there_after(pause: Duration, stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(pause)).unwrap();
    match stream.read(&mut [0]) {
        Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        Ok(0 | 1..) => false,
    }
}

/// Writes `drop` up to 1,000 times, with a pause in between, until the client disconnects.
pub fn drip(stream: &mut TcpStream, drop: &[u8], pause: Duration) {
    let mut times = 1..1000;
    while stream.write_all(drop).is_ok() && is_there_after(pause, stream) && times.next().is_some() {}
}

/// Reads a body that breaks off. Returns the bytes before the error, and the error of the transport.
pub fn read_to_error(mut body: impl Read) -> (Vec<u8>, TransportError) {
    let mut bytes = Vec::new();
    let error = body.read_to_end(&mut bytes).expect_err("the body breaks off");
    assert!(
        error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<TransportError>),
        "{error:?}"
    );
    (bytes, TransportError::from(error))
}

/// The texts of an error and its causes. Fails if one of them repeats another.
#[track_caller]
pub fn printed(error: &(dyn std::error::Error + 'static)) -> String {
    let chain: Vec<_> = std::iter::successors(Some(error), |error| error.source()).collect();
    let texts: Vec<_> = chain.iter().map(ToString::to_string).collect();
    for (at, cause) in texts.iter().enumerate() {
        assert!(!texts[..at].iter().any(|before| before.contains(cause)), "repeated: {texts:?}");
    }
    chain.iter().map(|error| format!("{error}\n{error:?}\n")).collect()
}
