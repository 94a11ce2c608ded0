//! The async client on smol, over a function that sends requests.

use std::time::{Duration, Instant};

use smol::Timer;
use smol::io::{AsyncWrite, AsyncWriteExt};
use wechat_material::driver::{Moment, Runtime, Sleep};
use wechat_material::http::Request;
use wechat_material::{BoxAsyncTransport, Material, Transport, TransportFn};
use wechat_material_client::Client;
use wechat_material_ureq::UreqTransport;

/// smol's timer.
struct Smol(Instant);

impl Runtime for Smol {
    fn now(&self) -> Moment {
        Moment(self.0.elapsed())
    }

    fn sleep(&self, time: Duration) -> Sleep {
        Box::pin(async move {
            Timer::after(time).await;
        })
    }
}

/// Sends requests over a blocking HTTP client, on smol's threads for blocking work.
fn transport(http: UreqTransport) -> BoxAsyncTransport {
    BoxAsyncTransport::new(TransportFn::new(move |request: Request<Vec<u8>>| {
        let http = http.clone();
        smol::unblock(move || http.send(request))
    }))
}

/// Copies a file to `out`, chunk by chunk, and returns whether there was one.
async fn copy(
    client: &Client<BoxAsyncTransport>,
    media_id: &str,
    out: &mut (impl AsyncWrite + Unpin),
) -> Result<bool, Box<dyn std::error::Error>> {
    let Material::File(mut file) = client.open(media_id).await? else { return Ok(false) };
    while let Some(chunk) = file.chunk().await {
        out.write_all(&chunk?).await?;
    }
    Ok(true)
}

mod tests {
    use wechat_material::RetryPolicy;
    use wechat_material_testkit::{Emulator, Quirk};

    use super::*;
    use crate::{PICTURE, credentials};

    #[test]
    fn a_file_is_copied_on_another_runtime_after_a_wait() {
        let emulator = Emulator::start().unwrap();
        let client = Client::builder(credentials(), transport(UreqTransport::new()))
            .base_url(emulator.base_url())
            .retry(RetryPolicy::default().backoff(Duration::from_micros(10), Duration::from_micros(100)))
            .runtime(Smol(Instant::now()))
            .build();
        smol::block_on(async {
            client.token().await.unwrap();
            emulator.misbehave_next(2, Quirk::BadGateway);
            let mut copied = Vec::new();
            assert!(copy(&client, "IMAGE-01", &mut copied).await.unwrap());
            assert_eq!(copied, PICTURE);
            assert!(!copy(&client, "NEWS-ONE", &mut copied).await.unwrap());
            copy(&client, "NO-SUCH-ID", &mut copied).await.unwrap_err();
        });
    }
}
