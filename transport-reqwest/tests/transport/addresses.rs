//! Requests that may reach only public addresses.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};

use wechat_material::http::Request;
use wechat_material::{AddressError, AddressPolicy, AsyncTransport, FailureKind};
use wechat_material_reqwest::{ReqwestError, ReqwestTransport, reqwest};

use crate::server::{bytes, response};
use crate::settings::plain_client;
use crate::{TOKEN, builder, get, own, printed, run};

fn public_only(url: &str) -> Request<Vec<u8>> {
    let mut request = Request::get(format!("{url}/{TOKEN}?{TOKEN}")).body(Vec::new()).unwrap();
    AddressPolicy::PublicOnly.apply_to(&mut request);
    request
}

/// Why a request is refused, whether it is sent as a whole or streamed.
fn refusal(transport: &ReqwestTransport, url: &str) -> AddressError {
    let (whole, streamed) = run(async {
        let whole = transport.send(public_only(url)).await.unwrap_err();
        (whole, transport.send_streaming(public_only(url)).await.err().unwrap())
    });
    let [whole, streamed] = [whole, streamed].map(|error| {
        assert_eq!(error.kind(), FailureKind::Final);
        assert!(!printed(&error).contains(TOKEN), "{error:?}");
        match own(&error) {
            ReqwestError::Address(refused) => refused.clone(),
            _ => panic!("{error:?}"),
        }
    });
    assert_eq!(whole, streamed);
    whole
}

fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn assert_no_connection(listener: &TcpListener) {
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_private_address_is_refused_before_a_connection_is_made() {
    let (listener, port) = listener();
    let transport = builder().build().unwrap();
    assert!(transport.enforces_address_policy());
    let loopback = IpAddr::from([127, 0, 0, 1]);
    for (host, address) in [
        ("127.0.0.1", loopback),
        ("10.0.0.1", IpAddr::from([10, 0, 0, 1])),
        ("[::1]", Ipv6Addr::LOCALHOST.into()),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1".parse().unwrap()),
        // Reqwest reads all of these as 127.0.0.1.
        ("127.1", loopback),
        ("2130706433", loopback),
        ("0x7f000001", loopback),
        ("0177.0.0.1", loopback),
        ("127.0.0.1.", loopback),
    ] {
        let refused = refusal(&transport, &format!("http://{host}:{port}"));
        assert_eq!(refused, AddressError::NotPublic(address), "{host}");
    }
    let refused = refusal(&transport, &format!("http://localhost:{port}"));
    assert!(matches!(refused, AddressError::NotPublic(address) if address.is_loopback()), "{refused:?}");
    assert_no_connection(&listener);
}

#[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
#[test]
fn an_https_link_is_checked_too() {
    let transport = builder().build().unwrap();
    let address = IpAddr::from([192, 168, 0, 7]);
    assert_eq!(refusal(&transport, "https://192.168.0.7"), AddressError::NotPublic(address));
    let refused = refusal(&transport, "https://localhost:1");
    assert!(matches!(refused, AddressError::NotPublic(address) if address.is_loopback()), "{refused:?}");
}

#[test]
fn nothing_is_sent_to_a_proxy() {
    let (listener, port) = listener();
    let transport = builder().proxy(&format!("http://127.0.0.1:{port}")).unwrap().build().unwrap();
    assert!(transport.enforces_address_policy());
    for host in ["1.1.1.1", "video.example"] {
        assert_eq!(refusal(&transport, &format!("http://{host}")), AddressError::Proxy, "{host}");
    }
    assert_no_connection(&listener);
}

#[test]
fn a_client_that_was_built_elsewhere_does_not_enforce_the_policy() {
    let transport = ReqwestTransport::from(plain_client(reqwest::Client::builder()));
    assert!(!transport.enforces_address_policy());
    assert_eq!(refusal(&transport, "http://1.1.1.1"), AddressError::NotEnforced);
    let address = bytes(&response("Content-Length: 2\r\n", b"{}"));
    assert_eq!(run(transport.send(get(address))).unwrap().body(), b"{}");
}
