//! Which addresses a request may reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Request;

use super::{FailureKind, TransportError};

mod error;

pub use error::AddressError;

/// Which addresses a request may reach: only public ones, or any.
///
/// The caller chooses the URL of an ordinary call. The server chooses a link in a response, such as a video's `down_url`.
/// Without a check, such a link could lead to machines in a private network. So a request for it carries `PublicOnly` in
/// its [extensions](Request::extensions).
///
/// ```
/// use wechat_material::{AddressPolicy, http::Request};
///
/// let mut request = Request::get("http://192.168.0.7/video?key=1").body(Vec::<u8>::new())?;
/// assert_eq!(AddressPolicy::for_request(&request), AddressPolicy::Any);
/// AddressPolicy::PublicOnly.apply_to(&mut request);
/// let error = AddressPolicy::check(&request, true).unwrap_err();
/// assert!(error.to_string().starts_with("the link leads to 192.168.0.7, which is not a public address"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AddressPolicy {
    /// Only public addresses, as [`allows`](Self::allows) describes: not this machine, and not a private network.
    #[default]
    PublicOnly,
    /// Any address.
    Any,
}

impl AddressPolicy {
    /// Whether a connection to this address is allowed.
    ///
    /// An address is public unless the registries of IANA reserve its network for something else: loopback, private
    /// networks, link-local addresses, shared address space, documentation, tests, multicast. An IPv6 address that
    /// stands for an IPv4 address (mapped, NAT64, 6to4) is public if the IPv4 address is. Teredo addresses are not.
    pub fn allows(self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::Any, _) => true,
            (Self::PublicOnly, IpAddr::V4(address)) => is_public_v4(address),
            (Self::PublicOnly, IpAddr::V6(address)) => is_public_v6(address),
        }
    }

    /// The policy of a request: `Any` if it carries none.
    pub fn for_request<B>(request: &Request<B>) -> Self {
        request.extensions().get().copied().unwrap_or(Self::Any)
    }

    /// Makes this the policy of a request.
    pub fn apply_to<B>(self, request: &mut Request<B>) {
        request.extensions_mut().insert(self);
    }

    /// Checks a request before it is sent, for drivers. `enforces` is what the transport returns for
    /// [`enforces_address_policy`](super::Transport::enforces_address_policy).
    ///
    /// With `PublicOnly`, this judges a URL that has an address instead of a host name. A host name is left to a transport
    /// that enforces the policy.
    ///
    /// # Errors
    ///
    /// An [`AddressError`] of the kind [`Final`](FailureKind::Final) if the address is not public, or if the transport
    /// cannot check a host name.
    pub fn check<B>(request: &Request<B>, enforces: bool) -> Result<(), TransportError> {
        let (policy, host) = (Self::for_request(request), request.uri().host().unwrap_or_default());
        let is_address = policy.check_host(host)?;
        if policy == Self::Any || is_address || enforces {
            Ok(())
        } else {
            Err(AddressError::NotEnforced.into())
        }
    }

    /// Judges the host of a URL, for transports. Returns whether it is an address, as addresses never reach a resolver.
    ///
    /// # Errors
    ///
    /// [`AddressError::NotPublic`] for an address that is not allowed. [`AddressError::UnusualForm`] for a host that some
    /// resolvers accept as an address, such as `127.1`, `0x7f000001` or `[fe80::1%25eth0]`, even if it is public.
    pub fn check_host(self, host: &str) -> Result<bool, AddressError> {
        let v6 = host.strip_prefix('[').map(|rest| rest.strip_suffix(']').unwrap_or(rest));
        let address = match v6 {
            Some(v6) => v6.parse().ok().map(IpAddr::V6),
            None => host.parse().ok().map(IpAddr::V4),
        };
        match address {
            Some(address) => self.check_address(address).map(|()| true),
            None if self == Self::PublicOnly && (v6.is_some() || ends_in_a_number(host)) => {
                Err(AddressError::UnusualForm)
            }
            None => Ok(false),
        }
    }

    /// Judges an address that a host name resolved to, for transports.
    ///
    /// # Errors
    ///
    /// [`AddressError::NotPublic`] if it is not allowed.
    pub fn check_address(self, address: IpAddr) -> Result<(), AddressError> {
        if self.allows(address) { Ok(()) } else { Err(AddressError::NotPublic(address)) }
    }
}

impl From<AddressError> for TransportError {
    fn from(error: AddressError) -> Self {
        Self::new(FailureKind::Final, error)
    }
}

/// See the IANA IPv4 Special-Purpose Address Registry.
fn is_public_v4(address: Ipv4Addr) -> bool {
    // This network, shared with a carrier, protocol assignments, 6to4 relays, benchmarks, reserved.
    let is_reserved = matches!(
        address.octets(),
        [0 | 240..=255, ..] | [100, 64..=127, ..] | [192, 0, 0, _] | [192, 88, 99, _] | [198, 18 | 19, ..]
    );
    let is_local = address.is_loopback() || address.is_private() || address.is_link_local();
    !(is_reserved || is_local || address.is_documentation() || address.is_multicast())
}

/// See the IANA IPv6 Special-Purpose Address Registry. Only 2000::/3 is in use as public addresses.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Mapped, NAT64, 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Protocol assignments, Teredo among them, and documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

/// Whether the last label of a host is a number. It cannot be a name then, as no top-level domain is a number.
fn ends_in_a_number(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    let is_decimal = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    is_decimal || hex.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
