//! A server that sends prescribed bytes.

use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use wechat_material::BaseUrl;

/// Handles every connection with this function.
pub(crate) fn serve(answer: impl Fn(TcpStream) + Send + 'static) -> BaseUrl {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let base = BaseUrl::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    thread::spawn(move || listener.incoming().for_each(|stream| answer(stream.unwrap())));
    base
}

/// Reads a request, whose body is a JSON object.
pub(crate) fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).unwrap();
        assert_ne!(length, 0, "the request is incomplete");
        request.extend_from_slice(&buffer[..length]);
    }
}

/// Reads the request for the asset `M` except for its last byte. Because of the unread byte, the system resets the
/// connection when it is closed.
pub(crate) fn read_request_except_last_byte(stream: &mut TcpStream) {
    let mut request = Vec::new();
    while !request.ends_with(b"\"M\"") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        request.push(byte[0]);
    }
}
