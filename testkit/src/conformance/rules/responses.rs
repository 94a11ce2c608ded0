//! The status and headers that a transport returns.

use super::super::bench::{Bench, Violation, expect, text};
use super::super::host::{Answer, Host};
use super::super::subject::Subject;

impl<S: Subject> Bench<'_, S> {
    pub(super) async fn keeps_every_header(&self) -> Result<(), Violation> {
        let head = [
            &b"HTTP/1.1 200 OK\r\nX-Latin: caf\xE9\r\n"[..],
            "Content-Disposition: attachment; filename=\"绿.jpg\"\r\n".as_bytes(),
            "X-Equal: 1\r\n".repeat(50).as_bytes(),
            b"Content-Length: 2\r\n\r\n{}",
        ]
        .concat();
        let host = Host::new([Answer::Last(head)])?;
        let response = self.response(&host).await?;
        let value = |name: &str| response.headers().get(name).map(|value| text(value.as_bytes()));
        expect("headers of one name", &response.headers().get_all("x-equal").iter().count(), &50)?;
        expect("x-latin", &value("x-latin"), &Some(text(b"caf\xE9")))?;
        expect(
            "content-disposition",
            &value("content-disposition"),
            &Some(text("attachment; filename=\"绿.jpg\"".as_bytes())),
        )
    }

    pub(super) async fn accepts_every_status(&self) -> Result<(), Violation> {
        for status in [206, 400, 401, 404, 407, 413, 429, 500, 502, 503] {
            self.case(format_args!("status {status}"));
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 5\r\n\r\nwords");
            let host = Host::new([Answer::Last(answer.into_bytes())])?;
            let response = self.response(&host).await?;
            expect("status", &response.status().as_u16(), &status)?;
            expect("body", &text(response.body()), &"words".to_owned())?;
        }
        Ok(())
    }
}
