//! URLs of proxies, which ureq reads more leniently than it should.

use ureq::{Proxy, ProxyProtocol};
use wechat_material::http::Uri;
use wechat_material::http::uri::Authority;

/// A proxy, unless its URL cannot be meant so.
pub(crate) fn parse(url: &str) -> Option<Proxy> {
    let proxy = Proxy::new(url).ok()?;
    let lacks_tls = proxy.protocol() == ProxyProtocol::Https && cfg!(not(feature = "_tls"));
    let is_usable = !proxy.host().is_empty() && !has_bad_port(proxy.uri()) && !lacks_tls;
    is_usable.then_some(proxy)
}

/// Whether a port is written that is not a number of 16 bits. ureq would connect to the scheme's port instead.
fn has_bad_port(url: &Uri) -> bool {
    let authority = url.authority().map_or("", Authority::as_str);
    let host_and_port = authority.rsplit('@').next();
    url.port_u16().is_none() && host_and_port != url.host()
}
