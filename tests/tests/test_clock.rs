//! `TestClock` tests code that retries, without sleeping.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use wechat_material::driver::{Clock, Moment, Runtime};
use wechat_material::http::{Request, Response};
use wechat_material::{AccessToken, TransportFn};
use wechat_material_client::{Client, TokenSource, blocking};
use wechat_material_testkit::TestClock;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Answers the first call with a rate limit, and later ones with counts.
fn rate_limit_once() -> impl Fn(Request<Vec<u8>>) -> io::Result<Response<Vec<u8>>> {
    let was_asked = AtomicBool::new(false);
    move |_| {
        let body = if was_asked.swap(true, Ordering::SeqCst) {
            r#"{"image_count":3}"#
        } else {
            r#"{"errcode":45011,"errmsg":"api minute-quota reach limit"}"#
        };
        Ok(Response::new(body.as_bytes().to_vec()))
    }
}

#[track_caller]
fn assert_only_the_clock_waited(clock: &TestClock, began: Instant) {
    assert!(began.elapsed() < 10 * SECOND);
    let [wait] = clock.waits()[..] else { panic!("{:?}", clock.waits()) };
    assert!((MINUTE..75 * SECOND).contains(&wait), "{wait:?}");
    assert_eq!(clock.now(), Moment(wait));
}

#[test]
fn a_rate_limit_takes_a_blocking_client_no_time() {
    let (clock, began) = (TestClock::new(), Instant::now());
    let source = blocking::TokenSource::fixed(AccessToken::new("T"));
    let transport = TransportFn::new(rate_limit_once());
    let client = blocking::Client::builder(source, transport).clock(clock.clone()).build();
    assert_eq!(client.count_materials().unwrap().image, 3);
    assert_only_the_clock_waited(&clock, began);
}

#[test]
fn a_rate_limit_takes_an_async_client_no_time() {
    let (clock, began, answer) = (TestClock::new(), Instant::now(), rate_limit_once());
    let source = TokenSource::fixed(AccessToken::new("T"));
    let transport = TransportFn::new(move |request| std::future::ready(answer(request)));
    let client = Client::builder(source, transport).runtime(clock.clone()).build();
    assert_eq!(clock.block_on(client.count_materials()).unwrap().image, 3);
    assert_only_the_clock_waited(&clock, began);
}

#[test]
fn sleeps_end_in_the_order_of_time() {
    let clock = TestClock::new();
    let sleep = |seconds: u32| {
        let clock = clock.clone();
        async move {
            Runtime::sleep(&clock, seconds * SECOND).await;
            (seconds, clock.now())
        }
    };
    let at = |seconds: u32| (seconds, Moment(seconds * SECOND));
    let all = futures_util::future::join3(sleep(3), sleep(1), sleep(2));
    let (three, one, two) = clock.block_on(all);
    assert_eq!((three, one, two), (at(3), at(1), at(2)));
    assert_eq!(clock.waits(), [SECOND, 2 * SECOND, 3 * SECOND]);
}

#[test]
fn a_dropped_sleep_does_not_move_the_clock() {
    let clock = TestClock::new();
    clock.block_on(async {
        let patient = Runtime::sleep(&clock, MINUTE);
        let quick = Runtime::sleep(&clock, SECOND);
        drop(futures_util::future::select(patient, quick).await);
        Runtime::sleep(&clock, Duration::ZERO).await;
    });
    assert_eq!((clock.now(), clock.waits()), (Moment(SECOND), vec![SECOND]));
}

#[test]
fn a_test_can_advance_the_clock_during_a_sleep() {
    let clock = TestClock::new();
    let sleeping = Runtime::sleep(&clock, MINUTE);
    clock.advance(59 * SECOND);
    clock.block_on(sleeping);
    assert_eq!((clock.now(), clock.waits()), (Moment(MINUTE), vec![MINUTE]));
    Clock::sleep(&clock, SECOND);
    assert_eq!((clock.now(), clock.waits()), (Moment(MINUTE + SECOND), vec![MINUTE, SECOND]));
}

#[test]
fn a_future_that_waits_for_something_else_panics() {
    let clock = TestClock::new();
    let panic = catch_unwind(AssertUnwindSafe(|| clock.block_on(std::future::pending::<()>()))).unwrap_err();
    let text = panic.downcast_ref::<&str>().copied().expect("the message is a text");
    assert!(text.contains("waits for something other than this clock"), "{text}");
}
