//! A truncated file is always an error.

use std::io::Write;
use std::net::Shutdown;

use wechat_material::{ApiError, CallError, FailureKind};

use crate::Clients;
use crate::server::{read_request, read_request_except_last_byte, serve};

/// The first half of a picture.
fn half() -> Vec<u8> {
    [&b"\xFF\xD8\xFF\xE0"[..], &b"1".repeat(99_996)].concat()
}

fn response(version: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/{version} 200 OK\r\nContent-Type: image/jpeg\r\n\
         Content-Disposition: attachment; filename=\"a.jpg\"\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Clients of a server that sends this response and closes the connection in an orderly way.
fn clients(response: Vec<u8>) -> Clients {
    Clients::new(&serve(move |mut stream| {
        read_request(&mut stream);
        // The client may already have closed the connection.
        let _ = stream.write_all(&response);
        let _ = stream.shutdown(Shutdown::Write);
    }))
}

#[test]
fn a_reset_in_a_body_without_a_length_is_an_error() {
    let clients = Clients::new(&serve(|mut stream| {
        read_request_except_last_byte(&mut stream);
        let _ = stream.write_all(&response("1.1", "", &half()));
    }));
    clients.assert_all_fail(|call, error, held| {
        let CallError::Transport(error) = error else { panic!("{call}: {error:?}") };
        assert_eq!(error.kind(), FailureKind::Interrupted, "{call}: {error:?}");
        assert!(half().starts_with(held), "{call}: {} different bytes", held.len());
    });
}

#[test]
fn the_length_is_checked_if_the_transfer_coding_is_identity() {
    for coding in ["identity", "chunked, identity"] {
        let headers = format!("Transfer-Encoding: {coding}\r\nContent-Length: 200000\r\n");
        clients(response("1.1", &headers, &half())).assert_all_fail(|call, error, held| {
            match error {
                CallError::Transport(error) => assert_eq!(error.kind(), FailureKind::Interrupted, "{call}"),
                CallError::Api(ApiError::Length { announced: 200_000, received: 100_000, .. }) => {}
                _ => panic!("{coding}, {call}: {error:?}"),
            }
            assert!(half().starts_with(held), "{coding}, {call}: {} different bytes", held.len());
        });
    }
}

/// A whole compressed body in one chunk.
const CHUNKED: &[u8] =
    b"1f\r\n\x1F\x8B\x08\0\0\0\0\0\0\x03\xFB\xFF\xE3\xFF\x03\x06\x06\x06\x06\x06\x06\x06\x06\x06\x06\
    \0\0\0\0\0\0\r\n0\r\n\r\n";

#[test]
fn a_transfer_coding_that_was_not_decoded_is_an_error() {
    let response = response("1.1", "Transfer-Encoding: gzip, chunked\r\n", CHUNKED);
    clients(response).assert_all_fail(|call, error, held| {
        assert!(matches!(error, CallError::Api(ApiError::Encoded { .. })), "{call}: {error:?}");
        assert_eq!(held, b"", "{call}");
    });
}

#[test]
fn a_chunked_body_of_http_1_0_is_an_error() {
    let response = response("1.0", "Transfer-Encoding: chunked\r\n", CHUNKED);
    clients(response).assert_all_fail(|call, error, held| {
        match error {
            CallError::Transport(error) => assert_eq!(error.kind(), FailureKind::Interrupted, "{call}"),
            CallError::Api(ApiError::Encoded { .. }) => {}
            _ => panic!("{call}: {error:?}"),
        }
        assert_eq!(held, b"", "{call}");
    });
}
