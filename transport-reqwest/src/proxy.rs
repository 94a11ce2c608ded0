//! The URL of a proxy, which can hold a password: no error repeats any of it.

use reqwest::{Proxy, Url};
use wechat_material::http::Uri;

use crate::error::ReqwestError;

const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Reads the URL of a proxy for all requests.
pub(crate) fn read(url: &str) -> Result<Proxy, ReqwestError> {
    let url: Url = url.parse().map_err(|_| ReqwestError::Proxy)?;
    // Reqwest reads the URL once more, with another parser, and connects without the proxy if that fails.
    let is_readable = url.as_str().parse::<Uri>().is_ok_and(|uri| uri.host().is_some());
    if !is_readable || !SCHEMES.contains(&url.scheme()) {
        return Err(ReqwestError::Proxy);
    }
    Proxy::all(url).map_err(|_| ReqwestError::Proxy)
}
