//! TLS servers with their own certificate authorities.

use std::net::TcpStream;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use wechat_material_ureq::{UreqTransport, UreqTransportBuilder};

pub type Stream = StreamOwned<ServerConnection, TcpStream>;

/// A certificate authority, and a server on 127.0.0.1 with a certificate from it.
pub struct Authority {
    pub pem: String,
    config: Arc<ServerConfig>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        // OpenSSL considers a certificate self-signed if its issuer has the same name.
        params.distinguished_name.push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut server = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        // All authorities have the same name, so OpenSSL needs this to find the right one.
        server.use_authority_key_identifier_extension = true;
        let server = server.signed_by(&key, &issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![server.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        let pem = BASE64_STANDARD.encode(issuer.der());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----\n");
        Self { pem, config: Arc::new(config) }
    }

    /// Returns a function that accepts TLS on a connection.
    pub fn acceptor(&self) -> impl Fn(TcpStream) -> Stream + Send + 'static {
        let config = Arc::clone(&self.config);
        move |stream| StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream)
    }

    /// A builder that trusts this authority.
    pub fn trusted(&self) -> UreqTransportBuilder {
        builder().root_certificate_pem(self.pem.as_bytes()).unwrap()
    }
}

/// A builder with a crypto provider, even if the features select none.
pub fn builder() -> UreqTransportBuilder {
    let builder = UreqTransport::builder();
    #[cfg(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "ring"))))]
    let builder = builder.crypto_provider(Arc::new(default_provider()));
    builder
}
