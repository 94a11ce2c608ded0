//! HTTP over a socket, correct except for the given fault.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use wechat_material::driver::Body;
use wechat_material::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use wechat_material::http::{HeaderName, HeaderValue, Request, Response, Version};
use wechat_material::{AddressPolicy, FailureKind, TransportError};
use wechat_material_testkit::conformance::{CALL_TIMEOUT, READ_TIMEOUT};

use crate::fault::Fault;

/// Longer than every server of the suite waits.
const FOREVER: Duration = Duration::from_secs(30);
/// The maximum size of a head or of trailers, in bytes.
const MAX_HEAD: u64 = 64 << 10;

/// Sends a request, and reads the head of the response.
pub(crate) fn open(
    request: &Request<Vec<u8>>,
    fault: Option<Fault>,
    is_whole: bool,
) -> Result<Response<Body>, TransportError> {
    let has = |other| fault == Some(other);
    let uri = request.uri();
    if uri.scheme_str() != Some("http") {
        return Err(TransportError::new(FailureKind::Final, "no TLS"));
    }
    let stream = connect(request, fault)?;
    let end_of_call = Instant::now() + CALL_TIMEOUT;
    let connection = Connection { stream, time: READ_TIMEOUT, deadline: end_of_call };
    let mut server = BufReader::new(connection);
    server.get_mut().stream.write_all(&written(request))?;
    let head = if has(Fault::WaitsForeverForTheHead) {
        server.get_mut().deadline += FOREVER;
        read_head(&mut server.by_ref().take(u64::MAX))
    } else {
        read_head(&mut server.by_ref().take(MAX_HEAD))
    };
    let mut response = head?;

    let headers = response.headers_mut();
    let is_chunked = headers.get(TRANSFER_ENCODING).map(|coding| coding.as_bytes().ends_with(b"chunked"));
    let length = headers.get(CONTENT_LENGTH).map(|length| length.to_str().unwrap().parse().unwrap());
    let is_old = *response.version_mut() == Version::HTTP_10;
    let framing = match (is_chunked, length) {
        (Some(true), _) if is_old && has(Fault::ReturnsHttp10Chunks) => Framing::ToEnd,
        (Some(false), _) if has(Fault::IgnoresTheLengthWithIdentity) => Framing::ToEnd,
        (Some(true), _) if !is_old => Framing::Chunks { left: 0, is_first: true },
        (Some(_), _) => return Err(io::Error::from(ErrorKind::InvalidData).into()),
        (None, Some(length)) => Framing::Length(length),
        (None, None) => Framing::ToEnd,
    };
    let is_decoded = matches!(framing, Framing::Chunks { .. });
    if (is_decoded && has(Fault::DropsTransferCodings)) || (is_chunked.is_some() && !is_decoded) {
        response.headers_mut().remove(TRANSFER_ENCODING);
        response.headers_mut().remove(CONTENT_LENGTH);
    }

    let is_limited = (is_whole && !has(Fault::HasNoCallTimeout)) || has(Fault::CutsOffSlowBodies);
    let connection = server.get_mut();
    connection.deadline = if is_limited { end_of_call } else { end_of_call + FOREVER };
    if has(Fault::WaitsForeverInABody) {
        connection.time = FOREVER;
    }
    Ok(response.map(|()| Box::new(Arriving { server, framing, fault }) as Body))
}

/// Connects to an address that the request's policy allows.
fn connect(request: &Request<Vec<u8>>, fault: Option<Fault>) -> Result<TcpStream, TransportError> {
    let refused = |error| TransportError::new(FailureKind::Connect, error);
    let addresses = request.uri().authority().unwrap().as_str().to_socket_addrs().map_err(refused)?;
    let addresses: Vec<_> = addresses.collect();
    let policy = match fault {
        Some(Fault::IgnoresTheAddressPolicy) => AddressPolicy::Any,
        _ => AddressPolicy::for_request(request),
    };
    let checked = addresses.iter().try_for_each(|address| policy.check_address(address.ip()));
    if fault != Some(Fault::ChecksAddressesAfterConnecting) {
        checked.clone()?;
    }
    let stream = TcpStream::connect(&addresses[..]).map_err(refused)?;
    checked?;
    Ok(stream)
}

fn written(request: &Request<Vec<u8>>) -> Vec<u8> {
    let target = request.uri().path_and_query().unwrap();
    let mut head = format!("{} {target} HTTP/1.1\r\nHost: x", request.method()).into_bytes();
    for (name, value) in request.headers() {
        head.extend_from_slice(&[b"\r\n", name.as_str().as_bytes(), b": ", value.as_bytes()].concat());
    }
    let length = request.body().len();
    head.extend_from_slice(format!("\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").as_bytes());
    [head, request.body().clone()].concat()
}

/// Reads the first head that does not belong to an interim response.
fn read_head(server: &mut impl BufRead) -> io::Result<Response<()>> {
    loop {
        let mut response = Response::new(());
        let start = line(server)?;
        if start.starts_with(b"HTTP/1.0") {
            *response.version_mut() = Version::HTTP_10;
        }
        let status = start.get(9..12).ok_or(ErrorKind::InvalidData)?;
        *response.status_mut() = status.try_into().map_err(io::Error::other)?;
        loop {
            let line = line(server)?;
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|byte| *byte == b':').ok_or(ErrorKind::InvalidData)?;
            let name = HeaderName::from_bytes(&line[..colon]).map_err(io::Error::other)?;
            let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).map_err(io::Error::other)?;
            response.headers_mut().try_append(name, value).map_err(io::Error::other)?;
        }
        if !response.status().is_informational() {
            return Ok(response);
        }
    }
}

/// Reads a line, without its line ending.
fn line(server: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    server.take(MAX_HEAD).read_until(b'\n', &mut line)?;
    match line.pop() {
        Some(b'\n') => Ok(line.strip_suffix(b"\r").unwrap_or(&line).to_vec()),
        _ => Err(ErrorKind::UnexpectedEof.into()),
    }
}

/// A stream that waits at most `time` for the next byte, and not beyond the deadline.
struct Connection {
    stream: TcpStream,
    time: Duration,
    deadline: Instant,
}

impl Read for Connection {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.deadline.saturating_duration_since(Instant::now()).min(self.time);
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        self.stream.read(into)
    }
}

#[derive(Clone, Copy)]
enum Framing {
    Length(u64),
    Chunks { left: u64, is_first: bool },
    ToEnd,
    Over,
}

/// A body that is being received.
struct Arriving {
    server: BufReader<Connection>,
    framing: Framing,
    fault: Option<Fault>,
}

impl Arriving {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn read_framed(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.framing {
            Framing::Over | Framing::Length(0) => Ok(0),
            Framing::ToEnd => match self.server.read(into) {
                Err(error)
                    if error.kind() == ErrorKind::ConnectionReset && self.has(Fault::AcceptsAReset) =>
                {
                    Ok(0)
                }
                read => read,
            },
            Framing::Length(left) => {
                let read = self.server.by_ref().take(left).read(into)?;
                if read == 0 && !self.has(Fault::AcceptsAnEarlyEnd) {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                self.framing = Framing::Length(left - read as u64);
                Ok(read)
            }
            Framing::Chunks { left: 0, is_first } => {
                self.begin_chunk(is_first)?;
                self.read_framed(into)
            }
            Framing::Chunks { left, .. } => {
                let read = self.server.by_ref().take(left).read(into)?;
                self.framing = Framing::Chunks { left: left - read as u64, is_first: false };
                if read == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(read) }
            }
        }
    }

    fn begin_chunk(&mut self, is_first: bool) -> io::Result<()> {
        if !is_first {
            line(&mut self.server)?;
        }
        let size = String::from_utf8(line(&mut self.server)?).map_err(io::Error::other)?;
        let left = u64::from_str_radix(&size, 16).map_err(io::Error::other)?;
        self.framing = Framing::Chunks { left, is_first: false };
        if left == 0 {
            if !self.has(Fault::ReadsTrailersForever) {
                let connection = self.server.get_mut();
                connection.deadline = connection.deadline.min(Instant::now() + CALL_TIMEOUT);
            }
            while !line(&mut self.server)?.is_empty() {}
            self.framing = Framing::Over;
        }
        Ok(())
    }
}

impl Read for Arriving {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.read_framed(into).map_err(|error| match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => error,
            _ if self.has(Fault::FailsAsInterrupted) => ErrorKind::Interrupted.into(),
            _ if self.has(Fault::ReportsBrokenAsFinal) => {
                io::Error::other(TransportError::new(FailureKind::Final, error))
            }
            _ => error,
        })
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if self.has(Fault::KeepsReadingWhenDropped) {
            while self.read_framed(&mut [0; 4096]).is_ok_and(|read| read > 0) {}
        }
    }
}
