//! How long connecting, a JSON call, silence and downloads may take.

use std::io::{Read, Write};
#[cfg(feature = "_tls")]
use std::net::TcpListener;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use wechat_material::{FailureKind, Transport, TransportError};
use wechat_material_ureq::{UreqTransport, UreqTransportBuilder};

mod server;

use self::server::{drip, end, get, is_there_after, read_head, read_to_error, serve};

/// Long enough even on a busy machine, for limits that should not be reached.
const AMPLE: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(400);
const PAUSE: Duration = Duration::from_millis(20);

fn patient() -> UreqTransportBuilder {
    UreqTransport::builder().connect_timeout(AMPLE).read_timeout(AMPLE).call_timeout(AMPLE)
}

/// Serves one response, and returns its URL.
fn url(answer: impl FnOnce(&mut TcpStream) + Send + 'static) -> String {
    let mut answer = Some(answer);
    let address = serve(1, move |mut stream| {
        read_head(&mut stream);
        answer.take().unwrap()(&mut stream);
        end(stream);
    });
    format!("http://{address}/")
}

/// A response that begins with `begin` and continues with `drop`, forever.
fn endless(begin: &'static str, drop: &'static str) -> String {
    url(move |stream| {
        stream.write_all(begin.as_bytes()).unwrap();
        drip(stream, drop.as_bytes(), PAUSE);
    })
}

/// The error of a response, streamed or not.
fn failure(transport: &UreqTransport, url: &str, streams: bool) -> TransportError {
    if !streams {
        return transport.send(get(url)).unwrap_err();
    }
    match transport.send_streaming(get(url)) {
        Err(error) => error,
        Ok(response) => read_to_error(response.into_body()).1,
    }
}

#[test]
fn a_download_may_take_longer_than_a_call_if_bytes_arrive() {
    let call_timeout = Duration::from_secs(1);
    let url = url(move |stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n").unwrap();
        let begun = Instant::now();
        while begun.elapsed() < call_timeout + SHORT {
            stream.write_all(b"x").unwrap();
            assert!(is_there_after(PAUSE, stream), "the download was cut off");
        }
    });
    let transport = patient().call_timeout(call_timeout).build();
    let mut body = Vec::new();
    let begun = Instant::now();
    transport.send_streaming(get(&url)).unwrap().into_body().read_to_end(&mut body).unwrap();
    assert!(begun.elapsed() > call_timeout && body.len() > 1, "{} bytes", body.len());
}

#[test]
fn a_call_ends_after_its_time_even_if_bytes_arrive() {
    let url = endless("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", " ");
    let error = patient().call_timeout(SHORT).build().send(get(&url)).unwrap_err();
    assert_eq!(error.kind(), FailureKind::Timeout, "{error:?}");
}

#[test]
fn silence_ends_after_the_read_timeout() {
    for begin in ["", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"] {
        for streams in [false, true] {
            let url = url(move |stream| {
                stream.write_all(begin.as_bytes()).unwrap();
                assert!(!is_there_after(AMPLE, stream), "silence did not end");
            });
            let error = failure(&patient().read_timeout(SHORT).build(), &url, streams);
            assert_eq!(error.kind(), FailureKind::Timeout, "{begin:?} {error:?}");
        }
    }
}

#[test]
fn an_endless_head_ends_after_the_call_timeout() {
    for (begin, drop) in [
        ("", "HTTP/1.1 103 Early Hints\r\n\r\n"),
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\nX: ", "x"),
    ] {
        for streams in [false, true] {
            let error = failure(&patient().call_timeout(SHORT).build(), &endless(begin, drop), streams);
            assert_eq!(error.kind(), FailureKind::Timeout, "{drop:?} {error:?}");
        }
    }
}

#[test]
fn endless_framing_ends_after_the_call_timeout() {
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const TRAILERS: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n";
    const EXTENSION: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;";
    for (begin, drop) in [(TRAILERS, "X-A: 1\r\n"), (TRAILERS, "x"), (EXTENSION, "x"), (CHUNKED, "0")] {
        for streams in [false, true] {
            let error = failure(&patient().call_timeout(SHORT).build(), &endless(begin, drop), streams);
            assert_eq!(error.kind(), FailureKind::Timeout, "{begin:?} {drop:?} {error:?}");
        }
    }
}

#[test]
fn a_line_of_framing_that_fills_the_buffer_is_invalid_http() {
    for begin in ["4;", "4\r\nhalf\r\n0\r\nX: "] {
        for streams in [false, true] {
            let url = url(move |stream| {
                let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
                stream.write_all(format!("{head}{begin}").as_bytes()).unwrap();
                let mut times = 1..1000;
                while stream.write_all(&[b'x'; 1 << 14]).is_ok() && times.next().is_some() {}
            });
            let error = failure(&patient().build(), &url, streams);
            assert_eq!(error.kind(), FailureKind::Interrupted, "{error:?}");
            assert!(error.to_string().contains("not valid HTTP"), "{error}");
        }
    }
}

#[cfg(feature = "_tls")]
#[test]
fn a_tls_handshake_without_an_answer_is_a_connect_failure() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", silent.local_addr().unwrap());
    let builder = server::tls::builder().read_timeout(AMPLE).call_timeout(AMPLE);
    let transport = builder.connect_timeout(SHORT).build();
    for streams in [false, true] {
        let error = failure(&transport, &url, streams);
        assert_eq!(error.kind(), FailureKind::Connect, "{error:?}");
    }
}
