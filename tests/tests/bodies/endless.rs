//! Clients stop reading a page when it is clear that it is not an asset.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::Duration;

use wechat_material::{ApiError, CallError};

use crate::Clients;
use crate::server::{read_request, serve};

fn begin_page(stream: &mut TcpStream) {
    read_request(stream);
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99999999999\r\n\r\n";
    stream.write_all(head).unwrap();
}

#[test]
fn clients_close_the_connection_after_8_kib_of_a_page_of_100_gb() {
    let (report, hung_up) = mpsc::channel();
    let clients = Clients::new(&serve(move |mut stream| {
        begin_page(&mut stream);
        stream.write_all(&b"<html>12"[..].repeat(1024)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let is_open = match stream.read(&mut [0]) {
            Ok(length) => length > 0,
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        };
        report.send(!is_open).unwrap();
    }));
    clients.assert_all_fail(|call, error, held| {
        assert!(matches!(error, CallError::Api(ApiError::Text { .. })), "{call}: {error:?}");
        assert_eq!(held, b"", "{call}");
        assert!(hung_up.recv().unwrap(), "{call}: the connection stays open");
    });
}

#[test]
fn clients_close_the_connection_of_an_endless_page() {
    /// More than the system buffers if the client does not read.
    const MAX_SENT: usize = 32 << 20;
    let (report, sent) = mpsc::channel();
    let clients = Clients::new(&serve(move |mut stream| {
        begin_page(&mut stream);
        let page = b"<html>".repeat(1000);
        let mut count = 0;
        while count < MAX_SENT {
            let Ok(length) = stream.write(&page) else { break };
            count += length;
        }
        report.send(count).unwrap();
    }));
    clients.assert_all_fail(|call, error, held| {
        assert!(matches!(error, CallError::Api(ApiError::Text { .. })), "{call}: {error:?}");
        assert_eq!(held, b"", "{call}");
        let sent = sent.recv().unwrap();
        assert!(sent < MAX_SENT, "{call}: {sent} bytes were sent");
    });
}
