//! Requests that may reach only public addresses.

use std::io::{ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};

use wechat_material::http::Request;
use wechat_material::{AddressError, AddressPolicy, FailureKind, Transport};
use wechat_material_ureq::{UreqError, UreqTransport, ureq};

mod server;

use self::server::{end, get, printed, read_head, serve};

fn public_only(url: &str) -> Request<Vec<u8>> {
    let mut request = get(url);
    AddressPolicy::PublicOnly.apply_to(&mut request);
    request
}

/// Why a request is refused, whether it is sent as a whole or streamed.
fn refusal(transport: &UreqTransport, url: &str) -> AddressError {
    let whole = transport.send(public_only(url)).unwrap_err();
    let Err(streamed) = transport.send_streaming(public_only(url)) else { panic!("an answer from {url}") };
    let [whole, streamed] = [whole, streamed].map(|error| {
        assert_eq!(error.kind(), FailureKind::Final);
        assert!(!printed(&error).contains("CANARY"), "{error:?}");
        match error.get_ref().downcast_ref() {
            Some(UreqError::Address(refused)) => refused.clone(),
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
    let transport = UreqTransport::new();
    assert!(transport.enforces_address_policy());
    for (host, address) in [
        ("127.0.0.1", IpAddr::from([127, 0, 0, 1])),
        ("10.0.0.1", IpAddr::from([10, 0, 0, 1])),
        ("[::1]", Ipv6Addr::LOCALHOST.into()),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1".parse().unwrap()),
    ] {
        let refused = refusal(&transport, &format!("http://{host}:{port}/CANARY?CANARY"));
        assert_eq!(refused, AddressError::NotPublic(address), "{host}");
    }
    for host in ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1."] {
        let refused = refusal(&transport, &format!("http://{host}:{port}/CANARY?CANARY"));
        assert_eq!(refused, AddressError::UnusualForm);
    }
    let refused = refusal(&transport, &format!("http://localhost:{port}/CANARY?CANARY"));
    assert!(matches!(refused, AddressError::NotPublic(address) if address.is_loopback()), "{refused:?}");
    assert_no_connection(&listener);
}

#[test]
fn an_https_link_is_checked_too() {
    let refused = refusal(&UreqTransport::new(), "https://192.168.0.7/CANARY?CANARY");
    assert_eq!(refused, AddressError::NotPublic(IpAddr::from([192, 168, 0, 7])));
}

#[test]
fn nothing_is_sent_to_a_proxy() {
    let (listener, port) = listener();
    let transport = UreqTransport::builder().proxy(&format!("http://127.0.0.1:{port}")).unwrap().build();
    assert!(transport.enforces_address_policy());
    for host in ["1.1.1.1", "video.example"] {
        assert_eq!(refusal(&transport, &format!("http://{host}/CANARY")), AddressError::Proxy, "{host}");
    }
    assert_no_connection(&listener);
}

#[test]
fn an_agent_that_was_built_elsewhere_does_not_enforce_the_policy() {
    let config = ureq::Agent::config_builder().proxy(None).build();
    let transport = UreqTransport::from(ureq::Agent::new_with_config(config));
    assert!(!transport.enforces_address_policy());
    assert_eq!(refusal(&transport, "http://1.1.1.1/CANARY"), AddressError::NotEnforced);
    let address = serve(1, |mut stream| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        end(stream);
    });
    assert_eq!(transport.send(get(&format!("http://{address}/"))).unwrap().body(), b"{}");
}
