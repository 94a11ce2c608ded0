//! Connections that distinguish an orderly end from a broken one.
//!
//! If a body has no length, ureq treats a connection reset, and the end of TLS without `close_notify`, as the end of the body:
//! half a file would look complete. [`Guard`] is a link in ureq's chain of connectors, between the socket and TLS. It reports
//! both as errors, which ureq passes on.

use std::cell::Cell;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

#[cfg(feature = "native-tls")]
use ureq::unversioned::transport::NativeTlsConnector;
#[cfg(feature = "rustls-no-provider")]
use ureq::unversioned::transport::RustlsConnector;
use ureq::unversioned::transport::time::Duration as Span;
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, SocksConnector, TcpConnector,
    Transport,
};
use ureq::{Error, Timeout};

/// The chain of ureq's `DefaultConnector`, with [`Guard`] below TLS.
pub(crate) fn connector() -> impl Connector {
    let chain = ().chain(SocksConnector::default());
    let chain = chain.chain(ConnectProxyConnector::default()).chain(TcpConnector::default()).chain(Guard);
    #[cfg(feature = "rustls-no-provider")]
    let chain = chain.chain(RustlsConnector::default());
    #[cfg(feature = "native-tls")]
    let chain = chain.chain(NativeTlsConnector::default());
    chain
}

#[derive(Debug)]
struct Guard;

impl<In: Transport> Connector<In> for Guard {
    type Out = Guarded<In>;

    fn connect(&self, details: &ConnectionDetails, socket: Option<In>) -> Result<Option<Guarded<In>>, Error> {
        let carries_tls = details.needs_tls();
        #[cfg(feature = "rustls-no-provider")]
        if carries_tls {
            crate::tls::check_provider(details.config.tls_config())?;
        }
        Ok(socket.map(|socket| Guarded { socket, carries_tls, is_broken: false }))
    }
}

#[derive(Debug)]
struct Guarded<T> {
    socket: T,
    carries_tls: bool,
    /// If a broken socket is read again, it reports an end.
    is_broken: bool,
}

impl<T: Transport> Transport for Guarded<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.socket.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.socket.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if self.is_broken {
            return Err(broken("the connection broke earlier"));
        }
        let error = match self.socket.await_input(until_deadline(timeout)) {
            // TLS ends with `close_notify`, and is not read after that.
            Ok(false) if self.carries_tls => broken("the connection ended without a TLS close_notify"),
            // ureq treats these kinds as an end.
            Err(Error::Io(error))
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::UnexpectedEof
                ) =>
            {
                broken(error)
            }
            other => return other,
        };
        self.is_broken = true;
        Err(error)
    }

    fn is_open(&mut self) -> bool {
        !self.is_broken && self.socket.is_open()
    }

    fn is_tls(&self) -> bool {
        self.socket.is_tls()
    }
}

fn broken(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Io(io::Error::other(cause))
}

thread_local! {
    /// When the current read on this thread must have ended. ureq has no timeout for one read of a body, and within one read
    /// a server could send chunk framing and trailers forever.
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Reads from a connection of [`connector`], for at most this long.
pub(crate) fn read_within<T>(limit: Duration, read: impl FnOnce() -> T) -> T {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            DEADLINE.set(None);
        }
    }
    DEADLINE.set(Instant::now().checked_add(limit));
    let _reset = Reset;
    read()
}

fn until_deadline(timeout: NextTimeout) -> NextTimeout {
    let left = DEADLINE.get().map(|deadline| deadline.saturating_duration_since(Instant::now()));
    match left {
        Some(left) if left < *timeout.after => {
            NextTimeout { after: Span::Exact(left), reason: Timeout::RecvBody, ..timeout }
        }
        _ => timeout,
    }
}
