//! Responses as `curl -i` prints them.

use thiserror::Error;
use wechat_material::http::header::{HeaderName, HeaderValue};
use wechat_material::http::{Response, StatusCode};

/// Where a recording is malformed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line} of the recording {problem}")]
pub struct Malformed {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it, as the end of a sentence.
    pub problem: &'static str,
}

/// Reads a recorded response: status line, headers, an empty line and the body, with CRLF or LF in the head.
/// The head of an interim answer, of a redirect that was followed, or of a proxy's tunnel is skipped if another
/// head follows it. Control characters in header values, which no HTTP client lets through, are dropped.
///
/// Anything that does not begin with `HTTP/` is a bare body: status 200, no headers.
///
/// ```
/// # use wechat_material_tests::recorded;
/// let response = recorded::read(b"HTTP/1.1 502 Bad Gateway\r\nServer: x\r\n\r\n<html>")?;
/// assert_eq!((response.status().as_u16(), &response.body()[..]), (502, &b"<html>"[..]));
/// # Ok::<(), recorded::Malformed>(())
/// ```
///
/// # Errors
///
/// [`Malformed`], if the head cannot be read.
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

/// Reads the line before a recording that says in which chunks its body arrives: their lengths, separated by spaces.
/// Gives the recording after it; `None` without such a line.
///
/// ```
/// # use wechat_material_tests::recorded;
/// assert_eq!(recorded::chunked(b"512 1\n{}"), Some((vec![512, 1], &b"{}"[..])));
/// ```
pub fn chunked(recording: &[u8]) -> Option<(Vec<usize>, &[u8])> {
    let end = recording.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&recording[..end]).ok()?;
    let lengths = line.split_ascii_whitespace().map(|length| length.parse().ok()).collect::<Option<_>>()?;
    Some((lengths, &recording[end + 1..]))
}

/// Reads a head, and says whether one that follows it replaces it.
fn head(lines: &mut Lines<'_>) -> Result<(Response<Vec<u8>>, bool), Malformed> {
    let mut response = Response::new(Vec::new());
    let mut words = lines.next().unwrap_or_default().splitn(3, |byte| *byte == b' ').skip(1);
    let status = words.next().and_then(|status| StatusCode::from_bytes(status.trim_ascii()).ok());
    let status = status.ok_or(lines.malformed("has no status, as in HTTP/1.1 200 OK"))?;
    let is_tunnel = words.next().is_some_and(|reason| reason.eq_ignore_ascii_case(b"Connection established"));
    *response.status_mut() = status;
    while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = line.split_at(colon.ok_or(lines.malformed("is no header: it has no colon"))?);
        let name =
            HeaderName::from_bytes(name).map_err(|_| lines.malformed("has a header name that is not one"))?;
        let mut value = value[1..].trim_ascii().to_vec();
        while let Some(more) = lines.continuation() {
            value.push(b' ');
            value.extend_from_slice(more.trim_ascii());
        }
        value.retain(|byte| !byte.is_ascii_control() || *byte == b'\t');
        let value = HeaderValue::from_bytes(&value)
            .map_err(|_| lines.malformed("has a header value that is not one"))?;
        response
            .headers_mut()
            .try_append(name, value)
            .map_err(|_| lines.malformed("is one header too many"))?;
    }
    Ok((response, is_tunnel || status.is_informational() || status.is_redirection()))
}

/// The lines of a head, and after them the body.
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

    /// The next line if it continues a folded header.
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
    fn heads_end_their_lines_with_crlf_or_lf_and_bodies_stay_as_they_are() {
        for end in ["\r\n", "\n"] {
            let head = ["HTTP/2 200 ", "X-A: 1", "x-a:2 ", "x-b: a", "\tb", "", "body\r\n\nend\n"].join(end);
            let response = read(head.as_bytes()).unwrap();
            assert_eq!(headers(&response), [("x-a", &b"1"[..]), ("x-a", b"2"), ("x-b", b"a b")]);
            assert_eq!(response.body(), b"body\r\n\nend\n");
        }
    }

    #[test]
    fn only_the_last_head_counts() {
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
    fn a_bare_body_is_one() {
        for body in [&b""[..], b"{}", b"\xFF\xD8\xFF"] {
            let response = read(body).unwrap();
            assert_eq!((response.status().as_u16(), &response.body()[..]), (200, body));
        }
    }

    #[test]
    fn header_values_lose_control_characters_and_keep_all_else() {
        let response = read("HTTP/1.1 200\nx: a\0\u{1B}\tb测\n\n".as_bytes()).unwrap();
        assert_eq!(headers(&response), [("x", "a\tb测".as_bytes())]);
    }

    #[test]
    fn a_malformed_head_is_named_by_its_line() {
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
