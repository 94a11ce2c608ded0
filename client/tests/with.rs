//! Clients with other settings or another transport that share the token with the first one.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use wechat_material::http::{Request, Response};
use wechat_material::{BaseUrl, ClientError, RetryPolicy, TransportFn};
use wechat_material_client::{Client, blocking};
use wechat_material_testkit::TestClock;

#[allow(dead_code, reason = "each test file uses what it needs of it")]
mod common;

use common::{Server, Slow, credentials};

/// Answers the first request and every second one after it with "system error". Records the hosts that were called.
#[derive(Clone, Default)]
struct Busy {
    asked: Arc<AtomicU64>,
    hosts: Arc<Mutex<Vec<String>>>,
}

impl Busy {
    fn answer(&self, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        self.hosts.lock().unwrap().push(request.uri().host().unwrap().to_owned());
        let body = if self.asked.fetch_add(1, Ordering::SeqCst) % 2 == 0 {
            r#"{"errcode":-1,"errmsg":"system error"}"#
        } else if request.uri().path().ends_with("token") {
            r#"{"access_token":"T","expires_in":7200}"#
        } else {
            r#"{"image_count":3}"#
        };
        Response::new(body.as_bytes().to_vec())
    }

    fn take_hosts(&self) -> Vec<String> {
        std::mem::take(&mut *self.hosts.lock().unwrap())
    }
}

const PROXY: &str = "http://127.0.0.1:1";

#[test]
fn a_renewal_uses_the_settings_of_the_first_client() {
    let (clock, busy) = (TestClock::new(), Busy::default());
    let transport = TransportFn::new({
        let busy = busy.clone();
        move |request| Ok::<_, io::Error>(busy.answer(&request))
    });
    let client = blocking::Client::builder(credentials(), transport).clock(clock.clone()).build();
    let other = client.with(|config| {
        config.retry = RetryPolicy::never();
        config.base_url = BaseUrl::new(PROXY).unwrap();
    });
    // The renewal is retried, although the call that needs it is not.
    let error = other.count_materials().unwrap_err();
    assert!(matches!(error, ClientError::Call { attempts: 1, .. }), "{error:?}");
    assert_eq!(clock.waits().len(), 1);
    assert_eq!(busy.take_hosts(), ["api.weixin.qq.com", "api.weixin.qq.com", "127.0.0.1"]);
    // The token is shared, and the first client has its own settings.
    assert_eq!(other.count_materials().unwrap().image, 3);
    assert_eq!(client.count_materials().unwrap().image, 3);
    assert_eq!(busy.take_hosts(), ["127.0.0.1", "api.weixin.qq.com", "api.weixin.qq.com"]);
    assert_eq!(clock.waits().len(), 2);
}

#[test]
fn an_async_renewal_uses_the_settings_of_the_first_client() {
    let (clock, busy) = (TestClock::new(), Busy::default());
    let transport = TransportFn::new({
        let busy = busy.clone();
        move |request| std::future::ready(Ok::<_, io::Error>(busy.answer(&request)))
    });
    let client = Client::builder(credentials(), transport).runtime(clock.clone()).build();
    let other = client.with(|config| {
        config.retry = RetryPolicy::never();
        config.base_url = BaseUrl::new(PROXY).unwrap();
    });
    let error = clock.block_on(other.count_materials()).unwrap_err();
    assert!(matches!(error, ClientError::Call { attempts: 1, .. }), "{error:?}");
    assert_eq!(clock.waits().len(), 1);
    assert_eq!(busy.take_hosts(), ["api.weixin.qq.com", "api.weixin.qq.com", "127.0.0.1"]);
    assert_eq!(clock.block_on(other.count_materials()).unwrap().image, 3);
    assert_eq!(clock.block_on(client.count_materials()).unwrap().image, 3);
    assert_eq!(busy.take_hosts(), ["127.0.0.1", "api.weixin.qq.com", "api.weixin.qq.com"]);
}

#[test]
fn settings_can_be_changed_again_and_the_listener_still_gets_events() {
    let events = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&events);
    let client = blocking::Client::builder(credentials(), Server::with_life(10))
        .on_event(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        })
        .build();
    client.token().unwrap();
    let before = events.load(Ordering::SeqCst);
    let narrow = client.with(|config| config.options.max_json = 4);
    let narrow = narrow.with(|config| {
        config.retry = RetryPolicy::never();
    });
    assert!(narrow.count_materials().is_err());
    // The attempt and its failure.
    assert_eq!(events.load(Ordering::SeqCst), before + 2);
    assert_eq!(client.count_materials().unwrap().image, 3);
}

#[test]
fn two_transports_share_one_token() {
    let (server, other) = (Server::with_life(10), Server::default());
    let client = blocking::Client::builder(credentials(), server.clone()).build();
    let token = client.token().unwrap().token;
    let through_proxy = client.with_transport(other.clone());
    assert_eq!(through_proxy.token().unwrap().token.expose(), token.expose());
    assert_eq!((server.tokens(), other.tokens()), (1, 0));
    // Its calls and renewals use its own transport.
    through_proxy.refused(&token);
    through_proxy.token().unwrap();
    assert!(through_proxy.count_materials().is_err());
    assert!(other.tokens() > 0 && other.calls() > 0);
    assert_eq!((server.tokens(), server.calls()), (1, 0));
}

#[test]
fn two_async_transports_share_one_token() {
    let (clock, server, other) = (TestClock::new(), Server::with_life(10), Server::with_life(10));
    let client = Client::builder(credentials(), Slow(server.clone())).runtime(clock.clone()).build();
    let through_proxy = client.with_transport(Slow(other.clone()));
    // One renewal serves both.
    let both = futures_util::future::join(through_proxy.token(), client.token());
    let (one, two) = clock.block_on(both);
    assert_eq!(one.unwrap().token.expose(), two.unwrap().token.expose());
    assert_eq!((server.tokens(), other.tokens()), (0, 1));
    assert_eq!(clock.block_on(through_proxy.count_materials()).unwrap().image, 3);
    assert_eq!((server.calls(), other.calls()), (0, 1));
}
