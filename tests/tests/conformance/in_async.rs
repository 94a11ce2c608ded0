//! An async transport that wraps a blocking one. It needs no runtime.

use std::future::{Future, ready};
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::Frame;
use wechat_material::bytes::Bytes;
use wechat_material::driver::{AsyncBody, Body};
use wechat_material::http::{Request, Response};
use wechat_material::{AsyncTransport, Transport, TransportError};

pub(crate) struct InAsync<T>(pub(crate) T);

impl<T: Transport> AsyncTransport for InAsync<T> {
    fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send {
        ready(self.0.send(request))
    }

    fn send_streaming(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<AsyncBody>, TransportError>> + Send {
        let sent = self.0.send_streaming(request);
        ready(sent.map(|response| response.map(|body| Box::pin(Reading(body)) as AsyncBody)))
    }

    fn enforces_address_policy(&self) -> bool {
        self.0.enforces_address_policy()
    }
}

struct Reading(Body);

impl http_body::Body for Reading {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let mut buffer = [0; 4096];
        Poll::Ready(match self.0.read(&mut buffer) {
            Ok(0) => None,
            Ok(read) => Some(Ok(Frame::data(Bytes::copy_from_slice(&buffer[..read])))),
            Err(error) => Some(Err(error.into())),
        })
    }
}
