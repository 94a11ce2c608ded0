//! URLs of proxies. They can contain a password, so no error repeats any part of them.

use reqwest::{Proxy, Url};
use wechat_material::http::Uri;

use crate::error::ReqwestError;

const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Reads the URL of a proxy, which is used for all requests.
pub(crate) fn read(url: &str) -> Result<Proxy, ReqwestError> {
    let url: Url = url.parse().map_err(|_| ReqwestError::Proxy)?;
    // Reqwest parses the URL again, with another parser. If that fails, it connects without the proxy.
    let is_readable = url.as_str().parse::<Uri>().is_ok_and(|uri| uri.host().is_some());
    if !is_readable || !SCHEMES.contains(&url.scheme()) {
        return Err(ReqwestError::Proxy);
    }
    Proxy::all(url).map_err(|_| ReqwestError::Proxy)
}
