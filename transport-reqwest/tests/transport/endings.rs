//! Only an orderly end is the end of a body.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, mpsc};

use wechat_material::{ApiError, AsyncTransport, Endpoint, FailureKind, GetMaterial};
use wechat_material_reqwest::ReqwestError;

use crate::server::{self, bytes, response};
use crate::{Failed, JPEG, assert_fails, builder, chunk, download, get, own, rest, run};

#[test]
fn a_body_shorter_than_its_length_is_an_error() {
    let transport = builder().build().unwrap();
    for cut in [
        response("Content-Length: 200\r\n", JPEG),
        response("Transfer-Encoding: chunked\r\n", b"4\r\n\xFF\xD8\xFF\xE0\r\n"),
        response("Transfer-Encoding: chunked\r\n", b"8\r\n\xFF\xD8\xFF\xE0"),
        b"HTTP/1.1 200 OK\r\nContent-Le".to_vec(),
    ] {
        assert_fails(FailureKind::Interrupted, &transport, &get(bytes(&cut)));
    }
}

#[test]
fn an_identity_coding_does_not_make_a_short_body_complete() {
    let answer = response("Transfer-Encoding: identity\r\nContent-Length: 200\r\n", JPEG);
    let transport = builder().build().unwrap();
    run(async {
        let head = transport.send_streaming(get(bytes(&answer))).await.unwrap();
        assert_eq!(head.headers()["transfer-encoding"], "identity");
        assert_eq!(head.headers()["content-length"], "200");

        match download(&transport, get(bytes(&answer))).await {
            Err(Failed::Api(ApiError::Length { announced: 200, received: 4, .. })) => {}
            other => panic!("{other:?}"),
        }
        let whole = transport.send(get(bytes(&answer))).await.unwrap();
        let error = GetMaterial::new("M").parse(whole).unwrap_err();
        assert!(matches!(error, ApiError::Length { announced: 200, received: 4, .. }), "{error:?}");
    });
}

#[test]
fn a_body_with_a_transfer_coding_that_was_not_decoded_is_not_a_file() {
    let answer = response("Transfer-Encoding: gzip, chunked\r\n", b"4\r\n\xFF\xD8\xFF\xE0\r\n0\r\n\r\n");
    let transport = builder().build().unwrap();
    match run(download(&transport, get(bytes(&answer)))) {
        Err(Failed::Api(ApiError::Encoded { .. })) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_body_without_a_length_that_ends_in_order_is_complete() {
    let address = bytes(&response("Content-Type: image/jpeg\r\n", JPEG));
    let (info, file) = run(download(&builder().build().unwrap(), get(address))).unwrap();
    assert_eq!((info.length, &file[..]), (Some(4), JPEG));
}

/// Reads only the beginning of the request, so that the system resets the connection when it is closed.
fn begin_without_a_length(stream: &mut TcpStream) -> io::Result<()> {
    stream.read_exact(&mut [0; 10])?;
    stream.write_all(&response("Content-Type: image/jpeg\r\n", JPEG))
}

#[test]
fn a_body_without_a_length_that_ends_with_a_reset_is_an_error() {
    let (received, was_received) = mpsc::channel();
    let was_received = Mutex::new(was_received);
    let address = server::raw(move |mut stream| {
        begin_without_a_length(&mut stream)?;
        was_received.lock().unwrap().recv().map_err(io::Error::other)
    });
    let transport = builder().build().unwrap();
    run(async {
        let mut body = transport.send_streaming(get(address)).await.unwrap().into_body();
        assert_eq!(chunk(&mut body).await.unwrap().unwrap(), JPEG);
        received.send(()).unwrap();
        let error = rest(&mut body).await.unwrap_err();
        assert_eq!(error.kind(), FailureKind::Interrupted, "{error:?}");
    });

    let address = server::raw(|mut stream| begin_without_a_length(&mut stream));
    let error = run(transport.send(get(address))).unwrap_err();
    assert_eq!(error.kind(), FailureKind::Interrupted, "{error:?}");
}

#[test]
fn malformed_chunks_are_not_reported_as_certificate_errors() {
    let extension = [b"4;".as_slice(), &b"x".repeat(100_000)].concat();
    let transport = builder().build().unwrap();
    for chunks in [&extension[..], b"ffffffffffffffffff\r\n", b"words\r\n"] {
        let address = bytes(&response("Transfer-Encoding: chunked\r\n", chunks));
        let error = run(transport.send(get(address))).unwrap_err();
        assert!(matches!(own(&error), ReqwestError::Malformed(_)), "{error:?}");
        assert_eq!(error.kind(), FailureKind::Interrupted);
    }
}
