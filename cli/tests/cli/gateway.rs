//! Something between the program and WeChat that answers as it likes.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

/// Listens on loopback, and answers each request with what `answer` makes of its target. Gives its base URL.
pub(crate) fn gateway(mut answer: impl FnMut(&str) -> Vec<u8> + Send + 'static) -> String {
    gateway_over(move |target, stream| stream.write_all(&answer(target)).unwrap())
}

/// The same with the connection at hand, to answer in pieces or not at all.
pub(crate) fn gateway_over(mut answer: impl FnMut(&str, &mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        // One connection after the other, until the tests end.
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // A client may go before it has asked.
            if let Ok(target) = asked(&stream) {
                answer(&target, &mut stream);
            }
        }
    });
    format!("http://{address}")
}

/// Reads a request, for its target.
fn asked(stream: &TcpStream) -> io::Result<String> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        match reader.read_line(&mut line)? {
            0 => Err(io::Error::from(ErrorKind::UnexpectedEof)),
            _ => Ok(line.trim().to_owned()),
        }
    };
    let target = line()?.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        let header = line()?.to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    Ok(target)
}

/// A whole response: head lines and a body with its length.
pub(crate) fn response(head: &str, body: &str) -> Vec<u8> {
    format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

/// An error object, as WeChat answers with.
pub(crate) fn fault(code: i64, errmsg: &str) -> Vec<u8> {
    let body = serde_json::json!({ "errcode": code, "errmsg": errmsg }).to_string();
    response("HTTP/1.1 200 OK", &body)
}
