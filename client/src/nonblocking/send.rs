//! Sends requests, after a check of their address policy.

use wechat_material::driver::AsyncBody;
use wechat_material::http::{Request, Response};
use wechat_material::{AddressPolicy, AsyncTransport, TransportError};

use super::Client;

impl<T: AsyncTransport> Client<T> {
    pub(super) async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        AddressPolicy::check(&request, self.inner.transport.enforces_address_policy())?;
        self.inner.transport.send(request).await
    }

    pub(super) async fn send_streaming(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<AsyncBody>, TransportError> {
        AddressPolicy::check(&request, self.inner.transport.enforces_address_policy())?;
        self.inner.transport.send_streaming(request).await
    }
}
