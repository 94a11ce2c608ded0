//! Requests through a proxy. Its password is never printed.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc;

use wechat_material::{AsyncTransport, FailureKind};
use wechat_material_reqwest::ReqwestError;

use crate::server::{self, bytes, read_request, response};
use crate::{TOKEN, builder, get, printed, run};

const PASSWORD: &str = "hunter2";
/// `user:hunter2` in base64.
const ENCODED: &str = "dXNlcjpodW50ZXIy";

#[test]
fn a_proxy_gets_the_request_and_the_password() {
    let (seen, requests) = mpsc::channel();
    let proxy = server::raw(move |mut stream| {
        seen.send(read_request(&mut stream)?).unwrap();
        stream.write_all(&response("Content-Length: 2\r\n", b"{}"))
    });
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let transport = builder().proxy(&format!("http://user:{PASSWORD}@{proxy}")).unwrap().build().unwrap();
    assert_eq!(run(transport.send(get(closed))).unwrap().body(), b"{}");
    let request = requests.recv().unwrap().to_ascii_lowercase();
    assert!(request.starts_with(&format!("post http://{closed}/")), "{request}");
    let authorization = format!("proxy-authorization: basic {}", ENCODED.to_ascii_lowercase());
    assert!(request.contains(&authorization), "{request}");
}

#[test]
fn no_proxy_removes_the_proxy() {
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let address = bytes(&response("Content-Length: 2\r\n", b"{}"));
    let over_a_proxy = builder().proxy(&format!("http://{closed}")).unwrap();
    let direct = over_a_proxy.clone().no_proxy().build().unwrap();
    let error = run(over_a_proxy.build().unwrap().send(get(address))).unwrap_err();
    assert_eq!(error.kind(), FailureKind::Connect);
    assert_eq!(run(direct.send(get(address))).unwrap().body(), b"{}");
}

#[test]
fn a_proxy_that_cannot_be_used_is_an_error() {
    for url in [
        "",
        "proxy.example",
        "proxy.example:3128",
        "user:hunter2@proxy.example:3128",
        "ftp://user:hunter2@proxy.example",
        "http://user:hunter2@",
        "http://user:hunter2@proxy.example:99999",
    ] {
        let error = builder().proxy(url).unwrap_err();
        assert!(matches!(error, ReqwestError::Proxy), "{url}: {error:?}");
        assert!(!printed(&error).contains(PASSWORD), "{url}: {error:?}");
    }
}

#[test]
fn neither_the_password_nor_the_token_is_printed() {
    let refusing = bytes(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    for proxy in [refusing, closed] {
        let builder = builder().proxy(&format!("http://user:{PASSWORD}@{proxy}")).unwrap();
        let before = format!("{builder:?}");
        let transport = builder.build().unwrap();
        let mut text = format!("{before} {transport:?}");
        #[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
        {
            use wechat_material::{Endpoint, GetMaterial};

            let request = GetMaterial::new("M").to_request(&crate::access("https://wechat.example")).unwrap();
            text += &printed(&run(transport.send(request)).unwrap_err());
        }
        if proxy == closed {
            text += &printed(&run(transport.send(get(closed))).unwrap_err());
        }
        for secret in [PASSWORD, ENCODED, TOKEN] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
