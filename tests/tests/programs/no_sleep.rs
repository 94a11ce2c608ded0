//! Code with retries, tested without sleeping. Code that is to be tested with another transport takes a boxed one.

use wechat_material::{BoxAsyncTransport, BoxTransport, ClientError};
use wechat_material_client::{Client, blocking};

/// What an account holds, in a line.
fn summary(client: &blocking::Client<BoxTransport>) -> Result<String, ClientError> {
    let counts = client.count_materials()?;
    Ok(format!("{} pictures, {} articles", counts.image, counts.news))
}

/// The same, async.
async fn summary_async(client: &Client<BoxAsyncTransport>) -> Result<String, ClientError> {
    let counts = client.count_materials().await?;
    Ok(format!("{} pictures, {} articles", counts.image, counts.news))
}

mod tests {
    use std::future::ready;
    use std::time::Duration;

    use wechat_material::http::Request;
    use wechat_material::{Transport, TransportFn};
    use wechat_material_testkit::{Emulator, Quirk, TestClock};
    use wechat_material_ureq::UreqTransport;

    use super::*;
    use crate::credentials;

    #[track_caller]
    fn assert_waited_a_minute(clock: &TestClock) {
        let [wait] = clock.waits()[..] else { panic!("{:?}", clock.waits()) };
        assert!((Duration::from_secs(60)..=Duration::from_secs(75)).contains(&wait), "{wait:?}");
    }

    #[test]
    fn a_rate_limit_is_waited_for() {
        let (emulator, clock) = (Emulator::start().unwrap(), TestClock::new());
        let client = blocking::Client::builder(credentials(), BoxTransport::new(UreqTransport::new()))
            .base_url(emulator.base_url())
            .clock(clock.clone())
            .build();
        client.token().unwrap();
        emulator.misbehave_next(1, Quirk::Errcode(45011));
        assert_eq!(summary(&client).unwrap(), "2 pictures, 2 articles");
        assert_waited_a_minute(&clock);
    }

    #[test]
    fn a_rate_limit_is_waited_for_in_async_code() {
        let (emulator, clock) = (Emulator::start().unwrap(), TestClock::new());
        // `TestClock::block_on` needs a transport that answers at once: a blocking one does.
        let http = UreqTransport::new();
        let transport = TransportFn::new(move |request: Request<Vec<u8>>| ready(http.send(request)));
        let client = Client::builder(credentials(), BoxAsyncTransport::new(transport))
            .base_url(emulator.base_url())
            .runtime(clock.clone())
            .build();
        clock.block_on(client.token()).unwrap();
        emulator.misbehave_next(1, Quirk::Errcode(45011));
        assert_eq!(clock.block_on(summary_async(&client)).unwrap(), "2 pictures, 2 articles");
        assert_waited_a_minute(&clock);
    }
}
