//! Encoded bodies.

use wechat_material::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use wechat_material::{Endpoint, GetMaterial};

use super::super::bench::{Bench, Violation, request};
use super::super::host::{Answer, Host};
use super::super::subject::Subject;

/// `{"news_item":[{"title":"gzip"}]}`, compressed.
const GZIP: &[u8] =
    b"\x1F\x8B\x08\0\0\0\0\0\x02\xFF\xABV\xCAK-/\x8E\xCF,I\xCDU\xB2\x8A\xAEV*\xC9,\xC9IU\xB2RJ\xAF\xCA,P\xAA\
      \x8D\xAD\x05\0\xB9\x0E,\xA1\x20\0\0\0";
const PLAIN: &[u8] = br#"{"news_item":[{"title":"gzip"}]}"#;

impl<S: Subject> Bench<'_, S> {
    pub(super) async fn drops_decoded_encodings(&self) -> Result<(), Violation> {
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", GZIP.len());
        let host = Host::new([Answer::Last([head.as_bytes(), GZIP].concat())])?;
        let response = self.response(&host).await?;
        let is_decoded = response.body() != GZIP;
        let headers = response.headers();
        match (is_decoded, headers.contains_key(CONTENT_ENCODING), headers.contains_key(CONTENT_LENGTH)) {
            (false, true, _) | (true, false, false) => Ok(()),
            (false, false, _) => Err("the body is still encoded, but Content-Encoding is missing".into()),
            (true, _, _) => {
                Err("the body is decoded, but Content-Encoding or Content-Length is still present".into())
            }
        }
    }

    pub(super) async fn keeps_transfer_codings(&self) -> Result<(), Violation> {
        for (case, version, coding, sent) in [
            ("Transfer-Encoding: gzip, chunked", "1.1", "gzip, chunked", GZIP),
            ("chunks of HTTP/1.0", "1.0", "chunked", PLAIN),
        ] {
            self.case(case);
            let head = format!(
                "HTTP/{version} 200 OK\r\nContent-Disposition: attachment\r\nTransfer-Encoding: {coding}\r\n\
                 Connection: close\r\n\r\n{:x}\r\n",
                sent.len()
            );
            let host = Host::new([Answer::Last([head.as_bytes(), sent, b"\r\n0\r\n\r\n"].concat())])?;
            let Ok(response) = self.ask(request(host.address())?).await else { continue };
            let is_decoded = response.body() == PLAIN;
            let keeps_gzip =
                response.headers().get(TRANSFER_ENCODING).is_some_and(|value| value != "chunked");
            if is_decoded && keeps_gzip {
                return Err("the body is decoded, but Transfer-Encoding is still present".into());
            }
            if !is_decoded && GetMaterial::new("id").parse(response).is_ok() {
                return Err("the body is still encoded, but the head does not say so".into());
            }
        }
        Ok(())
    }
}
