//! TLS as the features select it: rustls if one of its features is enabled, otherwise the system's library, or none.
//!
//! Each module has a type `Tls`, which collects settings and applies them to the builder of a client. Nothing is installed
//! for the process.

#[cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
mod absent;
#[cfg(all(feature = "native-tls", not(feature = "rustls-no-provider")))]
mod native;
#[cfg(feature = "rustls-no-provider")]
mod rustls;

#[cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
pub(crate) use self::absent::Tls;
#[cfg(all(feature = "native-tls", not(feature = "rustls-no-provider")))]
pub(crate) use self::native::Tls;
#[cfg(feature = "rustls-no-provider")]
pub(crate) use self::rustls::Tls;
