//! Truncated bodies.

use wechat_material::{ApiError, Endpoint, GetMaterial};

use super::super::bench::{Bench, Violation, request};
use super::super::host::{Answer, Host};
use super::super::subject::Subject;
#[cfg(any(feature = "rustls", feature = "ring"))]
use super::super::tls::Ending;

/// Half of a picture, in a response without a length, which ends with the connection.
const HALF: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"a.jpg\"\r\n\
                      Connection: close\r\n\r\n\xFF\xD8\xFF\xE0 half of a picture";

impl<S: Subject> Bench<'_, S> {
    pub(super) async fn enforces_the_length(&self) -> Result<(), Violation> {
        for (case, truncated) in [
            ("Content-Length", &b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}"[..]),
            (
                "chunks without the last one",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
            ),
            ("half of a head", b"HTTP/1.1 200 OK\r\nContent-Le"),
        ] {
            self.case(case);
            self.failure(Answer::Last(truncated.to_vec())).await?;
        }
        self.case("Content-Length with Transfer-Encoding: identity");
        let head = b"HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"a.jpg\"\r\n\
                     Transfer-Encoding: identity\r\nContent-Length: 200\r\n\r\n\xFF\xD8\xFF\xE0";
        let host = Host::new([Answer::Last(head.to_vec())])?;
        let Ok(response) = self.ask(request(host.address())?).await else { return Ok(()) };
        let received = response.body().len();
        match GetMaterial::new("id").parse(response) {
            Err(ApiError::Length { .. }) => Ok(()),
            _ => {
                Err(format!("{received} of 200 bytes, and the headers do not show that some are missing")
                    .into())
            }
        }
    }

    pub(super) async fn detects_broken_connections(&self) -> Result<(), Violation> {
        self.case("a reset");
        self.failure(Answer::Broken(HALF.to_vec())).await?;
        #[cfg(any(feature = "rustls", feature = "ring"))]
        if let Some(ca) = self.ca {
            self.case("TLS without close_notify");
            let (answered, _) = self.ask_over_tls(ca.server_config(None)?, HALF, Ending::Cut).await?;
            super::super::bench::failed(answered)?;
        }
        Ok(())
    }
}
