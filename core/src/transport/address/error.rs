//! Why an address is refused.

use std::net::IpAddr;

use thiserror::Error;

/// Why a request with [`AddressPolicy::PublicOnly`](super::AddressPolicy::PublicOnly) is refused. It prints
/// no part of the URL except an address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressError {
    /// The host of the URL is this address, or resolves to it.
    #[error(
        "the link leads to {0}, which is not a public address: if it can be trusted, allow it with \
         AddressPolicy::Any"
    )]
    NotPublic(IpAddr),
    /// The host of the URL is an address in a form that some resolvers accept and others do not.
    #[error(
        "the host of the link is an address in an unusual form: if it can be trusted, allow it with \
         AddressPolicy::Any"
    )]
    UnusualForm,
    /// The transport cannot check the address that it connects to.
    #[error(
        "this transport cannot check the address that a link leads to: use one that enforces the address policy, \
         or, if the link can be trusted, AddressPolicy::Any"
    )]
    NotEnforced,
    /// The proxy chooses the address, and the transport cannot check it.
    #[error(
        "the address that a link leads to cannot be checked through a proxy: use a transport without a proxy, \
         or, if the link can be trusted, AddressPolicy::Any"
    )]
    Proxy,
}
