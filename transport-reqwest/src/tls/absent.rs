//! No TLS: the transport is for plain HTTP, for example to a relay on the same host.

use reqwest::ClientBuilder;

use crate::error::ReqwestError;

#[derive(Clone, Default)]
pub(crate) struct Tls {}

impl Tls {
    /// Another crate may have enabled a TLS feature of reqwest.
    pub(crate) const SHOWS_END: bool = false;

    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as with a TLS library")]
    pub(crate) fn configure(self, builder: ClientBuilder) -> Result<ClientBuilder, ReqwestError> {
        Ok(builder)
    }
}
