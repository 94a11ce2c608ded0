//! Slow bodies.

use wechat_material::FailureKind;

use super::super::bench::{Bench, Violation, expect, request, text, unanswered};
use super::super::host::{Answer, GAP, Host};
use super::super::subject::{Subject, Way};
use super::super::{CALL_TIMEOUT, Outcome};

/// A body that takes one and a half times as long as a whole call may.
fn drip() -> (Answer, Vec<u8>) {
    let gaps = (CALL_TIMEOUT * 3 / 2).as_millis() / GAP.as_millis();
    let body: Vec<u8> = (b'a'..=b'z').cycle().take(usize::try_from(gaps).unwrap_or_default()).collect();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    (Answer::Drip(head.into_bytes(), body.clone()), body)
}

impl<S: Subject> Bench<'_, S> {
    pub(super) async fn limits_call_time(&self) -> Result<(), Violation> {
        let failed = self.failure(drip().0).await?;
        expect("failure", &failed.kind, &FailureKind::Timeout)
    }

    pub(super) async fn delivers_slow_bodies(&self) -> Result<Outcome, Violation> {
        let (answer, body) = drip();
        let host = Host::new([answer])?;
        match self.ask(request(host.address())?).await {
            Ok(response) => {
                expect("body", &text(response.body()), &text(&body))?;
                Ok(Outcome::Passed)
            }
            // The head arrived immediately, so the transport waited for the body.
            Err(failed) if !failed.is_within_body && failed.kind == FailureKind::Timeout => {
                Ok(Outcome::NoStreaming)
            }
            Err(failed) => Err(unanswered(failed)),
        }
    }

    pub(super) async fn limits_silence(&self) -> Result<(), Violation> {
        for (case, half) in [
            ("with a length", &b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf"[..]),
            ("in chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"),
        ] {
            self.case(case);
            let failed = self.failure(Answer::Silence(half.to_vec())).await?;
            expect("failure", &failed.kind, &FailureKind::Timeout)?;
            if matches!(self.way(), Way::Send) {
                // The timeout of `send` is the same for both cases.
                break;
            }
        }
        Ok(())
    }
}
