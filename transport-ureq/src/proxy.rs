//! URLs of proxies, which ureq reads too leniently.

use ureq::{Proxy, ProxyProtocol};
use wechat_material::http::Uri;
use wechat_material::http::uri::Authority;

/// Reads the URL of a proxy. Returns `None` if the URL cannot be right.
pub(crate) fn parse(url: &str) -> Option<Proxy> {
    let proxy = Proxy::new(url).ok()?;
    let lacks_tls = proxy.protocol() == ProxyProtocol::Https && cfg!(not(feature = "_tls"));
    let is_usable = !proxy.host().is_empty() && !has_bad_port(proxy.uri()) && !lacks_tls;
    is_usable.then_some(proxy)
}

/// Whether the port in a URL is not a 16-bit number. ureq would connect to the scheme's default port instead.
fn has_bad_port(url: &Uri) -> bool {
    let authority = url.authority().map_or("", Authority::as_str);
    let host_and_port = authority.rsplit('@').next();
    url.port_u16().is_none() && host_and_port != url.host()
}
