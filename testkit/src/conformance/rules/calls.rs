//! Successive and concurrent calls.

use super::super::bench::{Bench, Violation, expect, request, text, unanswered};
use super::super::host::{Answer, Host};
use super::super::subject::Subject;

fn answer(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

impl<S: Subject> Bench<'_, S> {
    pub(super) async fn keeps_working(&self) -> Result<(), Violation> {
        let closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\ntwo";
        let host = Host::new([
            Answer::Bytes(answer("one")),
            Answer::Last(closing.to_vec()),
            Answer::Bytes(answer("three")),
            Answer::Bytes(answer("four")),
        ])?;
        for body in ["one", "two", "three", "four"] {
            self.case(format_args!("call {body}"));
            let response = self.response(&host).await?;
            expect("body", &text(response.body()), &body.to_owned())?;
        }
        Ok(())
    }

    pub(super) async fn separates_calls(&self) -> Result<(), Violation> {
        for _ in 0..10 {
            let left = Host::new([Answer::Last(answer("left"))])?;
            let right = Host::new([Answer::Last(answer("right"))])?;
            let both = self.ask_both(request(left.address())?, request(right.address())?).await;
            expect("body of the first", &text(both.0.map_err(unanswered)?.body()), &"left".to_owned())?;
            expect("body of the second", &text(both.1.map_err(unanswered)?.body()), &"right".to_owned())?;
        }
        Ok(())
    }
}
