//! Only the orderly end of a connection is the end of a body.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;

use wechat_material::{
    Access, AccessToken, ApiError, BaseUrl, CallError, FailureKind, GetMaterial, Transport, call,
};
use wechat_material_ureq::UreqTransport;

mod server;

use self::server::{ENDLESS, HALF, end, get, read_head, read_to_error, serve};

/// Waits for the request without reading it, so that the system resets the connection when it is closed.
fn leave_unread(stream: &TcpStream) {
    let mut request = [0; 4096];
    loop {
        let length = stream.peek(&mut request).unwrap();
        if request[..length].ends_with(b"\r\n\r\n") {
            return;
        }
        thread::yield_now();
    }
}

#[test]
fn a_fin_is_the_end_of_a_body_without_a_length() {
    let address = serve(2, |mut stream| {
        read_head(&mut stream);
        stream.write_all(ENDLESS).unwrap();
        end(stream);
    });
    let url = format!("http://{address}/");
    let transport = UreqTransport::new();
    assert_eq!(transport.send(get(&url)).unwrap().into_body(), HALF);
    let mut body = Vec::new();
    transport.send_streaming(get(&url)).unwrap().into_body().read_to_end(&mut body).unwrap();
    assert_eq!(body, HALF);
}

#[test]
fn a_reset_is_not_the_end_of_a_body() {
    let address = serve(1, |mut stream| {
        leave_unread(&stream);
        stream.write_all(ENDLESS).unwrap();
    });
    let error = UreqTransport::new().send(get(&format!("http://{address}/"))).unwrap_err();
    assert_eq!(error.kind(), FailureKind::Interrupted, "{error:?}");
}

#[test]
fn a_reset_is_not_the_end_of_a_streamed_body_even_if_it_is_read_again() {
    let (close, closed) = mpsc::channel::<()>();
    let address = serve(1, move |mut stream| {
        leave_unread(&stream);
        stream.write_all(ENDLESS).unwrap();
        closed.recv().unwrap();
    });
    let mut body =
        UreqTransport::new().send_streaming(get(&format!("http://{address}/"))).unwrap().into_body();
    let mut half = [0; HALF.len()];
    body.read_exact(&mut half).unwrap();
    assert_eq!(half, HALF);
    close.send(()).unwrap();
    for _ in 0..3 {
        let (bytes, error) = read_to_error(&mut body);
        assert_eq!(bytes, b"");
        assert_eq!(error.kind(), FailureKind::Interrupted, "{error:?}");
    }
}

#[test]
fn a_chunked_body_that_breaks_off_is_an_error() {
    for chunks in ["", "4\r\nhalf\r\n", "9\r\nhalf"] {
        let address = serve(2, move |mut stream| {
            read_head(&mut stream);
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(format!("{head}{chunks}").as_bytes()).unwrap();
            end(stream);
        });
        let url = format!("http://{address}/");
        let error = UreqTransport::new().send(get(&url)).unwrap_err();
        assert_eq!(error.kind(), FailureKind::Interrupted, "{error:?}");
        let (_, error) = read_to_error(UreqTransport::new().send_streaming(get(&url)).unwrap().into_body());
        assert_eq!(error.kind(), FailureKind::Interrupted, "{error:?}");
    }
}

#[test]
fn a_transfer_coding_besides_chunked_is_reported_by_the_core() {
    let address = serve(1, |mut stream| {
        read_head(&mut stream);
        stream.read_exact(&mut [0; br#"{"media_id":"id"}"#.len()]).unwrap();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nTransfer-Encoding: gzip, chunked\r\n\r\n";
        stream.write_all(format!("{head}4\r\n\x1F\x08ab\r\n0\r\n\r\n").as_bytes()).unwrap();
        end(stream);
    });
    let base = BaseUrl::new(&format!("http://{address}")).unwrap();
    let access = Access::with_base_url(&AccessToken::new("token"), base);
    let error = call(&GetMaterial::new("id"), &access, &UreqTransport::new()).unwrap_err();
    assert!(matches!(error, CallError::Api(ApiError::Encoded { .. })), "{error:?}");
}

#[cfg(feature = "_tls")]
mod tls {
    use super::server::tls::{Authority, Stream};
    use super::*;

    fn answer(mut stream: Stream, sends_close_notify: bool) {
        read_head(&mut stream);
        stream.write_all(ENDLESS).unwrap();
        if sends_close_notify {
            stream.conn.send_close_notify();
        }
        stream.flush().unwrap();
        end(stream.sock);
    }

    #[test]
    fn a_close_notify_is_the_end_of_a_body_without_a_length() {
        let authority = Authority::new();
        let accept = authority.acceptor();
        let url = format!("https://{}/", serve(2, move |stream| answer(accept(stream), true)));
        let transport = authority.trusted().build();
        assert_eq!(transport.send(get(&url)).unwrap().into_body(), HALF);
        let mut body = Vec::new();
        transport.send_streaming(get(&url)).unwrap().into_body().read_to_end(&mut body).unwrap();
        assert_eq!(body, HALF);
    }

    #[test]
    fn tls_without_close_notify_is_not_the_end_of_a_body() {
        let authority = Authority::new();
        let accept = authority.acceptor();
        let url = format!("https://{}/", serve(2, move |stream| answer(accept(stream), false)));
        let transport = authority.trusted().build();
        let error = transport.send(get(&url)).unwrap_err();
        assert_eq!(error.kind(), FailureKind::Interrupted, "{error:?}");
        let mut body = transport.send_streaming(get(&url)).unwrap().into_body();
        let (bytes, error) = read_to_error(&mut body);
        assert_eq!(bytes, HALF);
        assert_eq!(error.kind(), FailureKind::Interrupted, "{error:?}");
        read_to_error(body);
    }

    #[test]
    fn a_reset_below_tls_is_not_the_end_of_a_body() {
        let authority = Authority::new();
        let accept = authority.acceptor();
        let (close, closed) = mpsc::channel::<()>();
        let address = serve(1, move |stream| {
            let Stream { mut conn, sock } = accept(stream);
            while conn.is_handshaking() {
                conn.complete_io(&mut ByteByByte(&sock)).unwrap();
            }
            conn.writer().write_all(ENDLESS).unwrap();
            while conn.wants_write() {
                conn.write_tls(&mut &sock).unwrap();
            }
            assert_eq!(sock.peek(&mut [0]).unwrap(), 1, "the request is left unread");
            closed.recv().unwrap();
        });
        let transport = authority.trusted().build();
        let mut body = transport.send_streaming(get(&format!("https://{address}/"))).unwrap().into_body();
        body.read_exact(&mut [0; HALF.len()]).unwrap();
        close.send(()).unwrap();
        let (_, error) = read_to_error(body);
        assert_eq!(error.kind(), FailureKind::Interrupted, "{error:?}");
    }

    /// Reads nothing after the handshake.
    struct ByteByByte<'s>(&'s TcpStream);

    impl Read for ByteByByte<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(&mut buffer[..1])
        }
    }

    impl Write for ByteByByte<'_> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            self.0.flush()
        }
    }
}
