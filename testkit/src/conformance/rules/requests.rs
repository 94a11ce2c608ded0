//! The requests that a transport sends.

use wechat_material::http::HeaderValue;

use super::super::bench::{Bench, ENCODED_TOKEN, OK, PATH, Violation, expect, request, text, unanswered};
use super::super::host::{Answer, Host, header};
use super::super::subject::Subject;

impl<S: Subject> Bench<'_, S> {
    pub(super) async fn sends_the_request_as_built(&self) -> Result<(), Violation> {
        let host = Host::new([Answer::Last(OK.to_vec())])?;
        let mut request = request(host.address())?;
        request.headers_mut().insert("x-name", HeaderValue::from_bytes("绿\u{FF}".as_bytes())?);
        request.headers_mut().append("x-twice", HeaderValue::from_static("1"));
        request.headers_mut().append("x-twice", HeaderValue::from_static("2"));
        let body = b"{\"media_id\":\"\xE7\xBB\xBF\0\xFF\"}";
        *request.body_mut() = body.to_vec();
        self.ask(request).await.map_err(unanswered)?;
        let asked = host.asked().pop().ok_or("no request arrived")?;
        let end = asked
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .ok_or("the head of the request has no end")?;
        let (head, sent) = (&asked[..end], &asked[end + 4..]);
        let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let expected = format!("POST {PATH}?access_token={ENCODED_TOKEN} HTTP/1.1");
        expect("request line", &text(line), &expected)?;
        expect("x-name", &header(head, b"x-name").map(text), &Some(text("绿\u{FF}".as_bytes())))?;
        let encoding = header(head, b"accept-encoding").map(text);
        expect("accept-encoding", &encoding, &Some("identity".to_owned()))?;
        let lower = head.to_ascii_lowercase();
        let twice = text(&lower).matches("x-twice").count();
        let joined = header(head, b"x-twice").map(text);
        if twice != 2 && joined.as_deref() != Some("1, 2") {
            return Err(format!("a header with two values arrived {twice} times").into());
        }
        expect("body", &text(sent), &text(body))
    }

    pub(super) async fn follows_no_redirect(&self) -> Result<(), Violation> {
        for status in [301, 302, 303, 307, 308] {
            self.case(format_args!("status {status}"));
            let elsewhere = Host::new([Answer::Last(OK.to_vec())])?;
            let location = format!("http://{}/elsewhere", elsewhere.address());
            let answer = format!("HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            let host = Host::new([Answer::Last(answer.into_bytes())])?;
            let response = self.response(&host).await?;
            expect("status", &response.status().as_u16(), &status)?;
            expect("requests at the redirect's target", &elsewhere.asked().len(), &0)?;
            let asked = host.asked().pop().ok_or("no request arrived")?;
            expect("referer", &header(&asked, b"referer").map(text), &None)?;
        }
        Ok(())
    }
}
