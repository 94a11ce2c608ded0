//! A TLS server that records the first bytes of each client.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, Stream};

/// What a client sent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Opening {
    /// No bytes.
    Nothing,
    /// A TLS handshake.
    ClientHello,
    /// Anything else.
    Plain,
}

/// How a TLS connection ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    CloseNotify,
    /// Without `close_notify`, as if the connection had been cut.
    Cut,
}

const PATIENCE: Duration = Duration::from_secs(3);

/// Answers one request on each connection, always with the same bytes.
pub(super) struct TlsHost {
    address: SocketAddr,
    server: JoinHandle<Vec<Opening>>,
}

impl TlsHost {
    pub(super) fn new(config: ServerConfig, answer: &'static [u8], ending: Ending) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let config = Arc::new(config);
        let server = thread::spawn(move || {
            let mut openings = Vec::new();
            while let Ok((stream, _)) = listener.accept() {
                let opening = match first_byte(&stream) {
                    Some(STOP) => break,
                    Some(HANDSHAKE) => Opening::ClientHello,
                    Some(_) => Opening::Plain,
                    None => Opening::Nothing,
                };
                openings.push(opening);
                if opening == Opening::ClientHello {
                    // A client that does not trust the certificate aborts the handshake.
                    let _ = serve(stream, Arc::clone(&config), answer, ending);
                }
            }
            openings
        });
        Ok(Self { address, server })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the server, and returns the worst opening of all clients.
    pub(super) fn stop(self) -> io::Result<Opening> {
        // This connection is accepted after all connections of clients.
        TcpStream::connect(self.address)?.write_all(&[STOP])?;
        let openings = self.server.join().unwrap_or_default();
        Ok(openings.into_iter().max().unwrap_or(Opening::Nothing))
    }
}

/// The type of a TLS record that belongs to a handshake.
const HANDSHAKE: u8 = 22;
/// A first byte that no client sends.
const STOP: u8 = 0;

fn first_byte(stream: &TcpStream) -> Option<u8> {
    let mut first = [0];
    let read = stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.peek(&mut first));
    matches!(read, Ok(1)).then_some(first[0])
}

fn serve(mut stream: TcpStream, config: Arc<ServerConfig>, answer: &[u8], ending: Ending) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut tls = Stream::new(&mut connection, &mut stream);
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        let mut bytes = [0; 4096];
        match tls.read(&mut bytes)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => request.extend_from_slice(&bytes[..length]),
        }
    }
    tls.write_all(answer)?;
    tls.flush()?;
    if ending == Ending::CloseNotify {
        connection.send_close_notify();
        connection.complete_io(&mut stream)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::test_ca::self_signed_config;

    #[test]
    fn the_first_bytes_show_whether_a_client_uses_tls() {
        for (sent, opening) in [
            (&b""[..], Opening::Nothing),
            (b"\x16\x03\x01", Opening::ClientHello),
            (b"POST /", Opening::Plain),
        ] {
            let host = TlsHost::new(self_signed_config().unwrap(), b"", Ending::Cut).unwrap();
            TcpStream::connect(host.address()).unwrap().write_all(sent).unwrap();
            assert_eq!(host.stop().unwrap(), opening);
        }
    }
}
