//! TLS as the features of this crate say: rustls if one of its features is on, otherwise the system's library, or none.
//!
//! Each module has the same type `Tls`. It collects settings and puts them into the builder of a client; nothing is
//! installed for the whole process.

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
