//! Which addresses a request may reach.

use std::net::IpAddr;

use wechat_material::http::{Request, Uri};
use wechat_material::{AddressError, AddressPolicy, FailureKind, TransportError};

const PUBLIC: &[&str] = &[
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.0.3.0",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "198.51.101.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    // Each means 1.1.1.1: mapped, NAT64, 6to4.
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
    "2002:101:101::1",
    "2000::",
    "2001:200::1",
    "2001:db7:ffff::1",
    "2001:db9::1",
    "2400:3200::1",
    "3ffe:ffff::1",
    "3fff:1000::1",
];

const NOT_PUBLIC: &[&str] = &[
    // This network and this host.
    "0.0.0.0",
    "0.255.255.255",
    // Private.
    "10.0.0.0",
    "10.255.255.255",
    "172.16.0.0",
    "172.31.255.255",
    "192.168.0.0",
    "192.168.255.255",
    // Shared with a carrier.
    "100.64.0.0",
    "100.127.255.255",
    // Loopback.
    "127.0.0.0",
    "127.0.0.1",
    "127.255.255.255",
    // Link-local, where clouds serve credentials.
    "169.254.0.0",
    "169.254.169.254",
    "169.254.255.255",
    // Protocol assignments, and 6to4 relays.
    "192.0.0.0",
    "192.0.0.255",
    "192.88.99.0",
    "192.88.99.255",
    // Documentation.
    "192.0.2.0",
    "192.0.2.255",
    "198.51.100.0",
    "198.51.100.255",
    "203.0.113.0",
    "203.0.113.255",
    // Benchmarks.
    "198.18.0.0",
    "198.19.255.255",
    // Multicast, reserved, broadcast.
    "224.0.0.0",
    "239.255.255.255",
    "240.0.0.0",
    "255.255.255.255",
    // Unspecified, loopback, IPv4-compatible, IPv4-translated.
    "::",
    "::1",
    "::1.1.1.1",
    "::127.0.0.1",
    "::ffff:0:1.1.1.1",
    // IPv4 addresses in IPv6: mapped, NAT64, 6to4.
    "::ffff:0.0.0.0",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1",
    "64:ff9b::192.168.0.1",
    "2002:7f00:1::1",
    "2002:c0a8:1::1",
    // NAT64 of a local network, discarded, dummies.
    "64:ff9b:1::1.1.1.1",
    "100::1",
    "100:0:0:1::1",
    // Teredo, benchmarks, ORCHIDs.
    "2001::1",
    "2001:0:101:101::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:1ff:ffff::1",
    // Documentation.
    "2001:db8::1",
    "2001:db8:ffff::1",
    "3fff::1",
    "3fff:fff:ffff::1",
    // Not assigned.
    "1fff::1",
    "4000::1",
    "5f00::1",
    // Unique local, link-local, site-local, multicast.
    "fc00::1",
    "fd00:ec2::254",
    "fdff:ffff::1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ff0e::1",
];

fn with(policy: AddressPolicy, url: &str) -> Request<()> {
    let mut request = Request::get(url).body(()).unwrap();
    policy.apply_to(&mut request);
    request
}

fn check(url: &str, enforces: bool) -> Result<(), TransportError> {
    AddressPolicy::check(&with(AddressPolicy::PublicOnly, url), enforces)
}

fn own(error: &TransportError) -> &AddressError {
    assert_eq!(error.kind(), FailureKind::Final);
    error.get_ref().downcast_ref().unwrap()
}

fn in_url(address: IpAddr) -> String {
    if address.is_ipv6() { format!("https://[{address}]:8/") } else { format!("http://{address}/") }
}

#[test]
fn an_address_is_public_unless_its_network_is_reserved() {
    for (addresses, is_public) in [(PUBLIC, true), (NOT_PUBLIC, false)] {
        for address in addresses {
            let address = address.parse().unwrap();
            assert_eq!(AddressPolicy::PublicOnly.allows(address), is_public, "{address}");
            assert!(AddressPolicy::Any.allows(address), "{address}");
        }
    }
}

#[test]
fn an_address_in_a_url_is_judged_whatever_the_transport_enforces() {
    for enforces in [false, true] {
        for address in PUBLIC {
            let url = in_url(address.parse().unwrap());
            assert!(check(&url, enforces).is_ok(), "{url}");
        }
        for address in NOT_PUBLIC {
            let address = address.parse().unwrap();
            let error = check(&in_url(address), enforces).unwrap_err();
            assert_eq!(*own(&error), AddressError::NotPublic(address));
        }
    }
}

#[test]
fn an_address_in_an_unusual_form_is_refused() {
    for host in [
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "0x7f.0.0.0x1",
        "0x",
        "127.1",
        "127.0.1",
        "0177.0.0.1",
        "127.0.0.01",
        "127.0.0.1.",
        "127.0.0.1..",
        "127.0.0.256",
        "1.1.1.1.1",
        "name.1",
        "name.0x1",
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
        "[2400:3200::1%25eth0]",
        "[1.1.1.1]",
        "[]",
    ] {
        let Ok(url) = format!("http://user@{host}:80/").parse::<Uri>() else {
            assert!(host.starts_with('['), "{host}");
            continue;
        };
        let error = check(&url.to_string(), true).unwrap_err();
        assert_eq!(*own(&error), AddressError::UnusualForm);
        assert!(AddressPolicy::check(&with(AddressPolicy::Any, &url.to_string()), false).is_ok());
    }
}

#[test]
fn a_host_name_is_left_to_a_transport_that_enforces_the_policy() {
    for host in
        ["localhost", "video.example", "1.example", "0x1.example", "1a", "0xg", "x1", "a-1.", "fe80.example"]
    {
        let url = format!("http://{host}/");
        assert!(check(&url, true).is_ok(), "{host}");
        assert_eq!(*own(&check(&url, false).unwrap_err()), AddressError::NotEnforced, "{host}");
    }
}

#[test]
fn a_request_without_a_policy_may_reach_any_address() {
    for url in ["http://127.0.0.1/", "http://[::1]/", "http://localhost/", "http://127.1/"] {
        let request = Request::get(url).body(()).unwrap();
        assert_eq!(AddressPolicy::for_request(&request), AddressPolicy::Any);
        assert!(AddressPolicy::check(&request, false).is_ok(), "{url}");
    }
    assert_eq!(AddressPolicy::default(), AddressPolicy::PublicOnly);
}

#[test]
fn a_refusal_prints_the_address_and_the_advice_and_no_other_part_of_the_url() {
    for (host, starts) in [
        ("192.168.0.7", "the link leads to 192.168.0.7, which is not a public address: "),
        ("[::1]", "the link leads to ::1, which is not a public address: "),
        ("127.1", "the host of the link is an address in an unusual form: "),
        ("video.example", "this transport cannot check the address that a link leads to: "),
    ] {
        let error = check(&format!("http://CANARY@{host}:8/CANARY?CANARY=CANARY"), false).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with(starts) && text.ends_with("AddressPolicy::Any"), "{text}");
        assert!(!format!("{text} {error:?}").contains("CANARY"), "{error:?}");
    }
}
