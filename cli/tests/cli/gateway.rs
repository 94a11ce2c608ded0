//! Something between the program and WeChat that answers as it likes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

/// What is answered to a request with this target.
pub(crate) type Answer = Box<dyn FnOnce(&str) -> Vec<u8> + Send>;

/// Listens on loopback for one request and answers with what `answer` makes of its target. Gives its base URL.
pub(crate) fn gateway(answer: impl FnOnce(&str) -> Vec<u8> + Send + 'static) -> String {
    gateway_over(move |target, stream| stream.write_all(&answer(target)).unwrap())
}

/// The same with the connection at hand, to answer in pieces or not at all.
pub(crate) fn gateway_over(answer: impl FnOnce(&str, &mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let target = line.split(' ').nth(1).unwrap().to_owned();
        let mut length = 0;
        loop {
            line.clear();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        answer(&target, &mut stream);
    });
    format!("http://{address}")
}

/// A whole response: head lines and a body with its length.
pub(crate) fn response(head: &str, body: &str) -> Vec<u8> {
    format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
}
