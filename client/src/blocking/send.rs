//! Sends requests, after a check of their address policy.

use wechat_material::driver::Body;
use wechat_material::http::{Request, Response};
use wechat_material::{AddressPolicy, Transport, TransportError};

use super::Client;

impl<T: Transport> Client<T> {
    pub(super) fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        AddressPolicy::check(&request, self.inner.transport.enforces_address_policy())?;
        self.inner.transport.send(request)
    }

    pub(super) fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, TransportError> {
        AddressPolicy::check(&request, self.inner.transport.enforces_address_policy())?;
        self.inner.transport.send_streaming(request)
    }
}
