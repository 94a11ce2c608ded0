//! A transport with a plain socket: no HTTP library, no runtime, no TLS.
//!
//! Use it if a sidecar or gateway on the same machine handles TLS. With the emulator:
//!
//! ```sh
//! wechat-material emulate --port 8080
//! WECHAT_ACCESS_TOKEN=… cargo run -p wechat-material --example bare_tcp http://127.0.0.1:8080 NEWS-ONE
//! ```
#![allow(clippy::disallowed_types, clippy::disallowed_methods, clippy::disallowed_macros)] // an example does I/O

use std::error::Error;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use wechat_material::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use wechat_material::http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use wechat_material::{Access, AccessToken, BaseUrl, FailureKind, GetMaterial, Transport, TransportFn, call};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(base), Some(media_id)) = (arguments.next(), arguments.next()) else {
        return Err("usage: bare_tcp BASE_URL MEDIA_ID".into());
    };
    let access = Access::with_base_url(
        &AccessToken::new(std::env::var("WECHAT_ACCESS_TOKEN")?),
        base.parse::<BaseUrl>()?,
    );
    let material = call(&GetMaterial::new(media_id), &access, &bare_tcp(Duration::from_secs(30), 64 << 20))?;
    println!("{material:?}");
    Ok(())
}

/// A transport with limits on the time of each call and on the bytes of a body.
pub fn bare_tcp(time: Duration, limit: u64) -> impl Transport {
    TransportFn::new(move |request| send(&request, Instant::now() + time, limit)).with_failure(
        |error: &io::Error| match error.kind() {
            ErrorKind::ConnectionRefused | ErrorKind::NotFound => FailureKind::Connect,
            ErrorKind::TimedOut | ErrorKind::WouldBlock => FailureKind::Timeout,
            ErrorKind::Unsupported | ErrorKind::InvalidInput | ErrorKind::FileTooLarge => FailureKind::Final,
            _ => FailureKind::Interrupted,
        },
    )
}

fn send(request: &Request<Vec<u8>>, deadline: Instant, limit: u64) -> io::Result<Response<Vec<u8>>> {
    let uri = request.uri();
    let (Some("http"), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return Err(ErrorKind::Unsupported.into());
    };
    let address = (host.trim_matches(['[', ']']), uri.port_u16().unwrap_or(80)).to_socket_addrs()?.next();
    let stream = TcpStream::connect_timeout(&address.ok_or(ErrorKind::NotFound)?, left_until(deadline)?)?;
    stream.set_write_timeout(Some(left_until(deadline)?))?;
    let mut server = BufReader::new(DeadlineStream { stream, deadline });

    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut head = format!("{} {target} HTTP/1.1\r\nHost: ", request.method()).into_bytes();
    head.extend_from_slice(uri.authority().map_or("", |authority| authority.as_str()).as_bytes());
    for (name, value) in request.headers() {
        head.extend_from_slice(&[b"\r\n", name.as_str().as_bytes(), b": ", value.as_bytes()].concat());
    }
    let length = request.body().len();
    head.extend_from_slice(format!("\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").as_bytes());
    server.get_mut().stream.write_all(&[&head, request.body().as_slice()].concat())?;

    let status = line(&mut server)?;
    let status =
        status.split(|byte| *byte == b' ').nth(1).and_then(|status| StatusCode::from_bytes(status).ok());
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status.ok_or(ErrorKind::InvalidData)?;
    loop {
        let line = line(&mut server)?;
        if line.is_empty() {
            break;
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(ErrorKind::InvalidData)?;
        let name = HeaderName::from_bytes(&line[..colon]).map_err(|_| ErrorKind::InvalidData)?;
        let value =
            HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).map_err(|_| ErrorKind::InvalidData)?;
        response.headers_mut().try_append(name, value).map_err(|_| ErrorKind::InvalidData)?;
    }

    let announced = response.headers().get(CONTENT_LENGTH).map(|length| length.to_str().ok()?.parse().ok());
    if response.headers().contains_key(TRANSFER_ENCODING) {
        loop {
            let size = String::from_utf8(line(&mut server)?).map_err(|_| ErrorKind::InvalidData)?;
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16).map_err(|_| ErrorKind::InvalidData)?;
            read_exactly(&mut server, response.body_mut(), size, limit)?;
            line(&mut server)?;
            if size == 0 {
                return Ok(response);
            }
        }
    } else if let Some(announced) = announced {
        read_exactly(&mut server, response.body_mut(), announced.ok_or(ErrorKind::InvalidData)?, limit)?;
    } else {
        server.take(limit + 1).read_to_end(response.body_mut())?;
    }
    if response.body().len() as u64 > limit { Err(ErrorKind::FileTooLarge.into()) } else { Ok(response) }
}

/// A stream that stops waiting at the deadline.
struct DeadlineStream {
    stream: TcpStream,
    deadline: Instant,
}

impl Read for DeadlineStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left_until(self.deadline)?))?;
        self.stream.read(into)
    }
}

fn left_until(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// A line of up to 64 KiB, without its end.
fn line(server: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    server.take(64 << 10).read_until(b'\n', &mut line)?;
    match line.pop() {
        Some(b'\n') => Ok(line.strip_suffix(b"\r").unwrap_or(&line).to_vec()),
        _ => Err(ErrorKind::UnexpectedEof.into()),
    }
}

fn read_exactly(server: &mut impl Read, body: &mut Vec<u8>, size: u64, limit: u64) -> io::Result<()> {
    if size > limit.saturating_sub(body.len() as u64) {
        return Err(ErrorKind::FileTooLarge.into());
    }
    let read = server.take(size).read_to_end(body)?;
    if read as u64 == size { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
}
