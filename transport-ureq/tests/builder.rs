//! Settings of the builder: proxies and limits.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};

use wechat_material::{FailureKind, Transport, TransportError};
use wechat_material_ureq::{UreqError, UreqTransport, ureq};

mod server;

use self::server::{end, get, printed, read_head, serve};

const WHOLE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

fn error_of(error: &TransportError) -> &UreqError {
    error.get_ref().downcast_ref().unwrap()
}

/// A proxy that answers `CONNECT` with this and then acts as the server, and the requests that it got.
fn proxy(answer: &'static str) -> (String, Receiver<String>) {
    let (report, asked) = mpsc::channel();
    let address = serve(1, move |mut stream: TcpStream| {
        report.send(read_head(&mut stream)).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
        if answer.contains("200") {
            report.send(read_head(&mut stream)).unwrap();
            stream.write_all(WHOLE).unwrap();
        }
        end(stream);
    });
    (address, asked)
}

#[test]
fn a_proxy_with_a_password_is_used_and_never_printed() {
    let (address, asked) = proxy("HTTP/1.1 200 OK\r\n\r\n");
    let builder = UreqTransport::builder().proxy(&format!("http://user:s%65cret@{address}")).unwrap();
    assert!(!format!("{builder:?} {:?}", builder.clone().build()).contains("ecret"));
    let response = builder.build().send(get("http://wechat.example/path")).unwrap();
    assert_eq!(response.body(), b"{}");
    let connect = asked.recv().unwrap();
    assert!(connect.starts_with("CONNECT wechat.example:80 HTTP/1.1\r\n"), "{connect}");
    // `user:secret`.
    assert!(connect.contains("\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n"), "{connect}");
    assert!(asked.recv().unwrap().starts_with("GET /path "));
}

#[test]
fn a_proxy_that_refuses_is_an_error_without_its_url() {
    let (address, _asked) = proxy("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    let url = format!("http://user:secret@{address}");
    let transport = UreqTransport::builder().proxy(&url).unwrap().build();
    let error = transport.send(get("http://wechat.example/?access_token=CANARY")).unwrap_err();
    assert!(matches!(error_of(&error), UreqError::Redacted(_)), "{error:?}");
    assert_eq!(error.kind(), FailureKind::Final);
    let printed = printed(&error);
    assert!(!printed.contains("secret") && !printed.contains("CANARY"), "{printed}");
}

#[test]
fn a_socks_proxy_is_used() {
    let address = serve(1, |mut stream: TcpStream| {
        let take = |stream: &mut TcpStream, expected: &[u8]| {
            let mut got = vec![0; expected.len()];
            stream.read_exact(&mut got).unwrap();
            assert_eq!(got, expected);
        };
        take(&mut stream, &[5, 1, 0]);
        stream.write_all(&[5, 0]).unwrap();
        // Connect to 192.0.2.1, port 80.
        take(&mut stream, &[5, 1, 0, 1, 192, 0, 2, 1, 0, 80]);
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        read_head(&mut stream);
        stream.write_all(WHOLE).unwrap();
        end(stream);
    });
    let transport = UreqTransport::builder().proxy(&format!("socks5://{address}")).unwrap().build();
    assert_eq!(transport.send(get("http://192.0.2.1/")).unwrap().body(), b"{}");
}

#[test]
fn no_proxy_removes_a_proxy_that_was_set_before() {
    let address = serve(1, |mut stream| {
        assert!(read_head(&mut stream).starts_with("GET / "));
        stream.write_all(WHOLE).unwrap();
        end(stream);
    });
    let transport = UreqTransport::builder().proxy("http://192.0.2.1:1").unwrap().no_proxy().build();
    assert_eq!(transport.send(get(&format!("http://{address}/"))).unwrap().body(), b"{}");
}

#[test]
fn a_proxy_may_have_any_host_and_port() {
    for url in ["host", "host:1", "http://host", "http://user:a@b@host", "http://[::1]:80", "socks5://[::1]"]
    {
        assert!(UreqTransport::builder().proxy(url).is_ok(), "{url}");
    }
    assert_eq!(UreqTransport::builder().proxy("https://host").is_ok(), cfg!(feature = "_tls"));
}

#[test]
fn the_url_of_a_proxy_that_cannot_be_used_is_not_printed() {
    for url in [
        "",
        "http://",
        "http://:80",
        "http://user:secret@",
        "http://user:secret@host:port",
        "http://user:secret@host:65536",
        "http://user:sec%FFret@host",
        "ftp://user:secret@host",
    ] {
        let error = UreqTransport::builder().proxy(url).unwrap_err();
        assert!(matches!(error, UreqError::Proxy), "{url}");
        assert!(!printed(&error).contains("sec"), "{error:?}");
    }
}

#[test]
fn whole_bodies_are_limited_and_streamed_bodies_are_not() {
    let (report, asked) = mpsc::channel();
    let report = Mutex::new(report);
    let url = format!(
        "http://{}/",
        serve(1, move |mut stream| {
            for _ in 0..3 {
                read_head(&mut stream);
                stream.write_all(WHOLE).unwrap();
            }
            report.lock().unwrap().send(()).unwrap();
        })
    );
    let transport = UreqTransport::builder().max_body(2).build();
    assert_eq!(transport.send(get(&url)).unwrap().body(), b"{}");
    let mut body = Vec::new();
    let small = transport.clone().max_body(1);
    small.send_streaming(get(&url)).unwrap().into_body().read_to_end(&mut body).unwrap();
    assert_eq!(body, b"{}");
    let error = small.send(get(&url)).unwrap_err();
    assert!(matches!(error_of(&error), UreqError::TooLarge { limit: 1 }), "{error:?}");
    assert_eq!(error.kind(), FailureKind::Final);
    // All requests used one connection.
    asked.recv().unwrap();
}

#[test]
fn an_agent_that_was_built_elsewhere_keeps_its_timeouts() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let config = ureq::Agent::config_builder().timeout_global(Some(std::time::Duration::from_millis(50)));
    let transport = UreqTransport::from(ureq::Agent::new_with_config(config.proxy(None).build()));
    assert_eq!(transport.send(get(&url)).unwrap_err().kind(), FailureKind::Timeout);
    let Err(error) = transport.send_streaming(get(&url)) else { panic!("a silent server has answered") };
    assert_eq!(error.kind(), FailureKind::Timeout);
}
