//! TLS with the system's library.

use reqwest::{Certificate, ClientBuilder};

use crate::error::ReqwestError;

#[derive(Clone, Default)]
pub(crate) struct Tls {
    roots: Vec<Certificate>,
}

impl Tls {
    /// OpenSSL, as `native-tls` uses it, treats a connection that was cut as one that ended.
    pub(crate) const SHOWS_END: bool = false;

    pub(crate) fn add_roots(&mut self, pem: &[u8]) -> Result<(), ReqwestError> {
        let roots = Certificate::from_pem_bundle(pem).map_err(|_| ReqwestError::Certificate)?;
        if roots.is_empty() {
            return Err(ReqwestError::Certificate);
        }
        self.roots.extend(roots);
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "rustls can fail")]
    pub(crate) fn configure(self, builder: ClientBuilder) -> Result<ClientBuilder, ReqwestError> {
        Ok(builder.tls_backend_native().tls_certs_merge(self.roots))
    }
}
