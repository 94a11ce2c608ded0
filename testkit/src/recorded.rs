//! Reads responses in the format that `curl -i` prints.

use thiserror::Error;
use wechat_material::http::header::{HeaderName, HeaderValue};
use wechat_material::http::{Response, StatusCode};

/// The error for a malformed recording.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line} of the recording {problem}")]
pub struct Malformed {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// What is wrong with the line, as the end of a sentence.
    pub problem: &'static str,
}

/// Reads a recorded response: a status line, headers, an empty line and the body.
///
/// The lines of the head end with CRLF or LF. The head of an interim response, of a followed redirect, or of a proxy's
/// tunnel is skipped if another head follows it. Control characters in header values are removed, because HTTP clients do
/// not accept them.
///
/// A recording that does not start with `HTTP/` is read as a body without a head: its status is 200 and it has no headers.
///
/// ```
/// # use wechat_material_testkit::recorded;
/// let response = recorded::read(b"HTTP/1.1 502 Bad Gateway\r\nServer: x\r\n\r\n<html>")?;
/// assert_eq!((response.status().as_u16(), &response.body()[..]), (502, &b"<html>"[..]));
/// # Ok::<(), recorded::Malformed>(())
/// ```
///
/// # Errors
///
/// Returns [`Malformed`] if the head cannot be read.
pub fn read(recording: &[u8]) -> Result<Response<Vec<u8>>, Malformed> {
    let mut lines = Lines { rest: recording, line: 0 };
    let mut response = Response::new(Vec::new());
    let mut is_replaced = true;
    while is_replaced && lines.rest.starts_with(b"HTTP/") {
        (response, is_replaced) = head(&mut lines)?;
    }
    *response.body_mut() = lines.rest.to_vec();
    Ok(response)
}

/// Reads the line of chunk lengths before a recording. The lengths are separated by spaces, and say in which chunks the body
/// of the recording arrives.
///
/// Returns the lengths and the recording after the line, or `None` if there is no such line.
///
/// ```
/// # use wechat_material_testkit::recorded;
/// assert_eq!(recorded::read_chunk_lengths(b"512 1\n{}"), Some((vec![512, 1], &b"{}"[..])));
/// ```
pub fn read_chunk_lengths(recording: &[u8]) -> Option<(Vec<usize>, &[u8])> {
    let end = recording.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&recording[..end]).ok()?;
    let lengths = line.split_ascii_whitespace().map(|length| length.parse().ok()).collect::<Option<_>>()?;
    Some((lengths, &recording[end + 1..]))
}

/// Reads a head. Returns it, and whether a head that follows replaces it.
fn head(lines: &mut Lines<'_>) -> Result<(Response<Vec<u8>>, bool), Malformed> {
    let mut response = Response::new(Vec::new());
    let mut words = lines.next().unwrap_or_default().splitn(3, |byte| *byte == b' ').skip(1);
    let status = words.next().and_then(|status| StatusCode::from_bytes(status.trim_ascii()).ok());
    let status = status.ok_or(lines.malformed("has no status (expected: HTTP/1.1 200 OK)"))?;
    let is_tunnel = words.next().is_some_and(|reason| reason.eq_ignore_ascii_case(b"Connection established"));
    *response.status_mut() = status;
    while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = line.split_at(colon.ok_or(lines.malformed("is not a header: it has no colon"))?);
        let name = HeaderName::from_bytes(name).map_err(|_| lines.malformed("has an invalid header name"))?;
        let mut value = value[1..].trim_ascii().to_vec();
        while let Some(more) = lines.continuation() {
            value.push(b' ');
            value.extend_from_slice(more.trim_ascii());
        }
        value.retain(|byte| !byte.is_ascii_control() || *byte == b'\t');
        let value =
            HeaderValue::from_bytes(&value).map_err(|_| lines.malformed("has an invalid header value"))?;
        response
            .headers_mut()
            .try_append(name, value)
            .map_err(|_| lines.malformed("exceeds the maximum number of headers"))?;
    }
    Ok((response, is_tunnel || status.is_informational() || status.is_redirection()))
}

/// The lines of a head, followed by the body.
struct Lines<'r> {
    rest: &'r [u8],
    line: usize,
}

impl<'r> Lines<'r> {
    fn next(&mut self) -> Option<&'r [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|byte| *byte == b'\n').unwrap_or(self.rest.len());
        let line = &self.rest[..end];
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        self.line += 1;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// Returns the next line if it continues a folded header.
    fn continuation(&mut self) -> Option<&'r [u8]> {
        if self.rest.starts_with(b" ") || self.rest.starts_with(b"\t") { self.next() } else { None }
    }

    fn malformed(&self, problem: &'static str) -> Malformed {
        Malformed { line: self.line, problem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(response: &Response<Vec<u8>>) -> Vec<(&str, &[u8])> {
        response.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }

    #[test]
    fn lines_of_a_head_end_with_crlf_or_lf_and_the_body_does_not_change() {
        for end in ["\r\n", "\n"] {
            let head = ["HTTP/2 200 ", "X-A: 1", "x-a:2 ", "x-b: a", "\tb", "", "body\r\n\nend\n"].join(end);
            let response = read(head.as_bytes()).unwrap();
            assert_eq!(headers(&response), [("x-a", &b"1"[..]), ("x-a", b"2"), ("x-b", b"a b")]);
            assert_eq!(response.body(), b"body\r\n\nend\n");
        }
    }

    #[test]
    fn only_the_last_head_is_returned() {
        let tunnel = b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 \r\n\r\nno";
        let response = read(tunnel).unwrap();
        assert_eq!((response.status().as_u16(), &response.body()[..]), (404, &b"no"[..]));
    }

    #[test]
    fn a_body_that_looks_like_a_head_is_a_body() {
        for body in [&b"HTTP/1.1 404 Not Found\n\nx"[..], b"HTTP/1.1 is a protocol"] {
            let response = read(&[b"HTTP/1.1 200 OK\n\n", body].concat()).unwrap();
            assert_eq!((response.status().as_u16(), &response.body()[..]), (200, body));
        }
    }

    #[test]
    fn a_body_without_a_head_has_status_200() {
        for body in [&b""[..], b"{}", b"\xFF\xD8\xFF"] {
            let response = read(body).unwrap();
            assert_eq!((response.status().as_u16(), &response.body()[..]), (200, body));
        }
    }

    #[test]
    fn only_control_characters_are_removed_from_header_values() {
        let response = read("HTTP/1.1 200\nx: a\0\u{1B}\tb测\n\n".as_bytes()).unwrap();
        assert_eq!(headers(&response), [("x", "a\tb测".as_bytes())]);
    }

    #[test]
    fn an_error_names_the_line_of_a_malformed_head() {
        for (recording, line) in [
            ("HTTP/1.1\n\n", 1),
            ("HTTP/1.1 abc\n\n", 1),
            ("HTTP/1.1 200 OK\nx: y\nno colon\n\n", 3),
            ("HTTP/1.1 200 OK\nno name : y\n\n", 2),
            ("HTTP/1.1 100 Continue\n\nHTTP/1.1 20\n\n", 3),
        ] {
            assert_eq!(read(recording.as_bytes()).unwrap_err().line, line, "{recording:?}");
        }
    }
}
