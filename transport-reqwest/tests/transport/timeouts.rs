//! How long calls and downloads may take.

use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::oneshot;
use wechat_material::{AsyncTransport, FailureKind};
use wechat_material_reqwest::ReqwestError;

use crate::server::{self, answering, pause, wait_for_the_end};
use crate::{JPEG, assert_fails, builder, chunk, get, own, rest, run};

const SHORT: Duration = Duration::from_millis(200);
const TICK: Duration = Duration::from_millis(10);
/// Longer than any test may take.
const NEVER: Duration = Duration::from_secs(600);

#[test]
fn a_call_without_an_answer_ends_after_the_read_timeout() {
    let address = answering(wait_for_the_end);
    let transport = builder().read_timeout(SHORT).build().unwrap();
    assert_fails(FailureKind::Timeout, &transport, &get(address));
    let error = run(transport.send(get(address))).unwrap_err();
    assert!(matches!(own(&error), ReqwestError::ReadTimeout(SHORT)), "{error:?}");
}

#[test]
fn endless_interim_responses_end_after_the_call_timeout() {
    let address = answering(|stream| {
        loop {
            stream.write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n")?;
            pause(stream, TICK)?;
        }
    });
    let transport = builder().read_timeout(NEVER).call_timeout(SHORT).build().unwrap();
    assert_fails(FailureKind::Timeout, &transport, &get(address));
    let error = run(transport.send_streaming(get(address))).err().unwrap();
    assert!(matches!(own(&error), ReqwestError::CallTimeout(SHORT)), "{error:?}");
}

#[test]
fn an_endless_head_ends_after_the_call_timeout() {
    let address = answering(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nX-Drip: ")?;
        loop {
            stream.write_all(b"x")?;
            pause(stream, TICK)?;
        }
    });
    let transport = builder().read_timeout(NEVER).call_timeout(SHORT).build().unwrap();
    assert_fails(FailureKind::Timeout, &transport, &get(address));
}

#[test]
fn a_json_answer_that_arrives_slowly_ends_after_the_call_timeout() {
    let address = answering(|stream| {
        stream.write_all(&server::response("Content-Length: 100000\r\n", b"{"))?;
        loop {
            stream.write_all(b" ")?;
            pause(stream, TICK)?;
        }
    });
    let transport = builder().read_timeout(NEVER).call_timeout(SHORT).build().unwrap();
    let error = run(transport.send(get(address))).unwrap_err();
    assert!(matches!(own(&error), ReqwestError::CallTimeout(SHORT)), "{error:?}");
    assert_eq!(error.kind(), FailureKind::Timeout);
}

#[test]
fn a_download_may_take_longer_than_a_call_if_bytes_arrive() {
    let address = answering(|stream| {
        stream.write_all(&server::response("Content-Length: 54\r\n", JPEG))?;
        for _ in 0..50 {
            pause(stream, TICK)?;
            stream.write_all(b"x")?;
        }
        Ok(())
    });
    let transport = builder().call_timeout(SHORT).build().unwrap();
    run(async {
        let mut body = transport.send_streaming(get(address)).await.unwrap().into_body();
        assert_eq!(rest(&mut body).await.unwrap().len(), 54);
    });
}

#[test]
fn a_silent_download_ends_after_the_read_timeout() {
    let address = answering(|stream| {
        stream.write_all(&server::response("Content-Length: 54\r\n", JPEG))?;
        wait_for_the_end(stream)
    });
    let transport = builder().read_timeout(SHORT).build().unwrap();
    assert_fails(FailureKind::Timeout, &transport, &get(address));
    let error = run(async {
        let mut body = transport.send_streaming(get(address)).await.unwrap().into_body();
        rest(&mut body).await.unwrap_err()
    });
    assert!(matches!(own(&error), ReqwestError::ReadTimeout(SHORT)), "{error:?}");
}

#[test]
fn a_slow_sink_does_not_count_as_silence() {
    let (written, was_written) = oneshot::channel();
    let written = Mutex::new(Some(written));
    let address = answering(move |stream| {
        stream.write_all(&server::response("Content-Length: 8\r\n", JPEG))?;
        pause(stream, SHORT * 2)?;
        stream.write_all(JPEG)?;
        written.lock().unwrap().take().unwrap().send(()).unwrap();
        wait_for_the_end(stream)
    });
    let transport = builder().read_timeout(SHORT).build().unwrap();
    run(async {
        let mut body = transport.send_streaming(get(address)).await.unwrap().into_body();
        assert_eq!(chunk(&mut body).await.unwrap().unwrap(), JPEG);
        // The body is not polled until long after the read timeout.
        was_written.await.unwrap();
        assert_eq!(rest(&mut body).await.unwrap(), JPEG);
    });
}

#[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
#[test]
fn a_tls_handshake_that_hangs_is_a_connect_failure() {
    use wechat_material::{Endpoint, GetMaterial};

    let address = server::raw(|mut stream| {
        let mut hello = [0; 64];
        std::io::Read::read_exact(&mut stream, &mut hello)?;
        std::io::copy(&mut stream, &mut std::io::sink()).map(drop)
    });
    let transport = builder().connect_timeout(SHORT).build().unwrap();
    let request = GetMaterial::new("M").to_request(&crate::access(&format!("https://{address}"))).unwrap();
    assert_fails(FailureKind::Connect, &transport, &request);
}
