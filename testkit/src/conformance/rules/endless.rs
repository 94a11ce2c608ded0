//! Endless answers.

use super::super::MAX_BODY;
use super::super::bench::{Bench, Violation, expect, request, unanswered};
use super::super::host::{Answer, End, Host};
use super::super::subject::{Subject, Way};

/// The size of one write of a flood, in bytes.
const CHUNK: usize = 64 << 10;

/// A flood of this many bytes.
fn flood(head: &str, bytes: usize) -> Answer {
    Answer::Flood(head.as_bytes().to_vec(), vec![b'x'; CHUNK], bytes / CHUNK)
}

impl<S: Subject> Bench<'_, S> {
    pub(super) async fn limits_bodies(&self) -> Result<(), Violation> {
        // Far more than the limit.
        let bytes = 8 * usize::try_from(MAX_BODY)?;
        for (case, head) in [
            ("without a length", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
            ("with a huge length", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
        ] {
            self.case(case);
            self.failure(flood(head, bytes)).await?;
        }
        Ok(())
    }

    pub(super) async fn stops_with_the_reader(&self) -> Result<(), Violation> {
        // More than all buffers between the server and the client can hold.
        let bytes = 64 << 20;
        let max = usize::try_from(MAX_BODY)?;
        for (case, head) in [
            ("without a length", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
            ("with a huge length", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
        ] {
            self.case(case);
            let host = Host::new([flood(head, bytes)])?;
            match self.ask_by(Way::SendStreaming { max }, request(host.address())?).await {
                Ok(response) if response.body().len() < max => {
                    return Err(format!("the body ended after {} bytes", response.body().len()).into());
                }
                Err(failed) if failed.is_within_body => return Err(unanswered(failed)),
                // A transport that does not stream stops at its own limit.
                Ok(_) | Err(_) => {}
            }
            self.expect_unread(&host).await?;
        }
        Ok(())
    }

    pub(super) async fn limits_heads(&self) -> Result<(), Violation> {
        const LINE: &str = "X-Endless: 1\r\n";
        let head = b"HTTP/1.1 200 OK\r\n".to_vec();
        let chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2".to_vec();
        let last_chunk = [&chunk[..], b"\r\n{}\r\n0\r\n"].concat();
        let lines = LINE.repeat(CHUNK / LINE.len()).into_bytes();
        for (case, answer) in [
            ("interim responses", Answer::Lines(Vec::new(), "HTTP/1.1 103 Early Hints\r\n\r\n")),
            ("header lines", Answer::Flood(head.clone(), lines, 1 << 10)),
            (
                "one header line",
                Answer::Flood([&head[..], b"X-Endless: "].concat(), vec![b'x'; CHUNK], 1 << 10),
            ),
            ("a chunk extension", Answer::Flood([&chunk[..], b";"].concat(), vec![b'x'; CHUNK], 1 << 10)),
            ("trailers", Answer::Lines(last_chunk, LINE)),
        ] {
            self.case(case);
            let host = Host::new([answer])?;
            // Success is allowed: trailers arrive after the body is complete.
            drop(self.ask(request(host.address())?).await);
            self.expect_unread(&host).await?;
        }
        Ok(())
    }

    /// Expects that the client did not read the whole answer.
    async fn expect_unread(&self, host: &Host) -> Result<(), Violation> {
        expect("end of the response", &host.end().await, &End::Unread)
    }
}
