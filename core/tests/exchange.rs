//! One call and its repetitions: the step that follows on each event. No test waits.

use std::io;
use std::time::Duration;

use wechat_material::http::HeaderMap;
use wechat_material::{
    ApiError, BaseUrl, BuildError, CallError, Credentials, Endpoint, Event, Exchange, Failure, GetMaterial,
    Moment, ParseOptions, RetryPolicy, StableToken, Step, retry_after,
};

#[path = "judged/response.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod response;

use response::response;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const FAILURES: [Failure; 4] = [Failure::Connect, Failure::Timeout, Failure::Interrupted, Failure::Final];

/// What a response is refused as.
fn refusal(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> ApiError {
    let narrow = ParseOptions::default().max_json(1000);
    GetMaterial::new("MEDIA_ID").parse_with(&narrow, response(status, headers, body)).unwrap_err()
}

fn fault_with_status(status: u16, code: i64) -> ApiError {
    let error = refusal(status, &[], format!(r#"{{"errcode":{code},"errmsg":""}}"#));
    assert_eq!(error.kind(), "fault");
    error
}

fn fault(code: i64) -> ApiError {
    fault_with_status(200, code)
}

fn status(status: u16) -> ApiError {
    refusal(status, &[], "<html>")
}

/// An exchange, and what time it is.
#[derive(Clone)]
struct Call {
    exchange: Exchange,
    now: Moment,
}

impl Call {
    /// Was sent once, at some time.
    fn sent(policy: &RetryPolicy, is_repeatable: bool, seed: u64) -> Self {
        let exchange = Exchange::new(policy, is_repeatable, seed);
        let mut call = Self { exchange, now: Moment(Duration::from_secs(1_000_000)) };
        assert_eq!(call.exchange.attempts(), 0);
        assert_eq!(call.event(Event::Start), Step::Send);
        assert_eq!(call.exchange.attempts(), 1);
        call
    }

    fn usual() -> Self {
        Self::under(&RetryPolicy::default())
    }

    fn under(policy: &RetryPolicy) -> Self {
        Self::sent(policy, true, 7)
    }

    fn event(&mut self, event: Event<'_>) -> Step {
        self.exchange.next(self.now, event)
    }

    fn later(&mut self, time: Duration) -> &mut Self {
        self.now = self.now.after(time);
        self
    }

    fn refused(&mut self, error: &ApiError) -> Step {
        self.event(Event::Refused { error, retry_after: None })
    }

    fn refused_for(&mut self, error: &ApiError, retry_after: Duration) -> Step {
        self.event(Event::Refused { error, retry_after: Some(retry_after) })
    }

    /// Fails, and waits as long as it has to.
    #[track_caller]
    fn busy_once(&mut self) -> Duration {
        let step = self.refused(&fault(-1));
        self.waits(step)
    }

    #[track_caller]
    fn waits(&mut self, step: Step) -> Duration {
        let Step::Wait(time) = step else { panic!("no wait: {step:?}") };
        assert_eq!(self.later(time).event(Event::Waited), Step::Send);
        time
    }
}

#[track_caller]
fn assert_waits(step: Step) {
    assert!(matches!(step, Step::Wait(_)), "{step:?}");
}

#[test]
fn an_answer_ends_the_call() {
    let mut call = Call::usual();
    assert_eq!(call.event(Event::Answered), Step::Finish);
    assert_eq!(call.exchange.attempts(), 1);
}

#[test]
fn a_refused_token_is_renewed_and_the_call_tried_once_more() {
    for code in [40001, 40014, 42001] {
        let mut call = Call::usual();
        assert_eq!(call.refused(&fault(code)), Step::Renew);
        assert_eq!(call.event(Event::Renewed), Step::Send);
        assert_eq!(call.exchange.attempts(), 2);
        assert_eq!(call.clone().event(Event::Answered), Step::Finish);
        assert_eq!(call.refused(&fault(code)), Step::Finish);
    }
}

#[test]
fn a_second_refusal_of_the_token_is_final_whatever_was_between() {
    let mut call = Call::usual();
    call.busy_once();
    assert_eq!(call.refused(&fault(42001)), Step::Renew);
    assert_eq!(call.event(Event::Renewed), Step::Send);
    call.busy_once();
    assert_eq!(call.exchange.attempts(), 4);
    assert_eq!(call.refused(&fault(40001)), Step::Finish);
}

#[test]
fn a_token_is_not_renewed_for_the_last_attempt() {
    let mut call = Call::under(&RetryPolicy::never());
    assert_eq!(call.refused(&fault(40001)), Step::Finish);
    let mut call = Call::under(&RetryPolicy::default().attempts(2));
    call.busy_once();
    assert_eq!(call.refused(&fault(40001)), Step::Finish);
}

#[test]
fn a_renewal_is_one_of_the_attempts() {
    let mut call = Call::under(&RetryPolicy::default().attempts(2));
    assert_eq!(call.refused(&fault(40001)), Step::Renew);
    assert_eq!(call.event(Event::Renewed), Step::Send);
    assert_eq!(call.refused(&fault(-1)), Step::Finish);
}

#[test]
fn a_wrong_app_secret_is_final_and_never_a_loop() {
    let obtain = StableToken::new(&Credentials::new("wx0123456789abcdef", "secret"));
    assert!(obtain.to_request(&BaseUrl::API).is_ok());
    for code in [40001, 40014, 42001] {
        let body = format!(r#"{{"errcode":{code},"errmsg":"invalid credential"}}"#);
        let error = obtain.parse(response(200, &[], body)).unwrap_err();
        assert_eq!(Call::usual().refused(&error), Step::Finish, "{code}");
    }
}

#[test]
fn what_is_busy_is_tried_again() {
    for error in [
        fault(-1),
        fault(-1000),
        fault(61450),
        status(500),
        status(502),
        status(503),
        status(504),
        status(599),
        status(429),
        // A code that nobody knows, but a status that everybody knows.
        fault_with_status(500, 99999),
        fault_with_status(429, 99999),
        fault_with_status(503, -1),
    ] {
        assert_waits(Call::usual().refused(&error));
        // It was refused as a whole, so it makes no difference what it was.
        assert_waits(Call::sent(&RetryPolicy::default(), false, 7).refused(&error));
    }
}

#[test]
fn what_another_attempt_does_not_change_is_final_at_once() {
    let quota = [45009];
    let argument = [40004, 40007, 41006, 46001];
    let request = [40002, 41001, 41002, 41004, 43002, 44002, 47001];
    let credentials = [40013, 40125, 40164, 40243, 89503, 89506, 89507];
    let permission = [42007, 48001, 48004, 50002, 50004, 50007, 61007];
    let unknown = [99999, i64::MIN];
    let codes =
        [&quota[..], &argument, &request, &credentials, &permission, &unknown].into_iter().flatten().copied();
    let errors = codes.flat_map(|code| [fault(code), fault_with_status(404, code)]);
    let others = [
        fault_with_status(503, 45009),
        fault_with_status(500, 48001),
        status(206),
        status(302),
        status(400),
        status(404),
        refusal(200, &[("content-encoding", "gzip")], "x"),
        refusal(200, &[], "Internal Server Error"),
        refusal(200, &[], "<html>"),
        refusal(200, &[], "{"),
        refusal(200, &[], "{}"),
        refusal(200, &[], format!("{{{}", " ".repeat(1000))),
    ];
    for error in errors.chain(others) {
        // Not even a server that asks for patience makes it worth it.
        assert_eq!(Call::usual().refused(&error), Step::Finish, "{error}");
        assert_eq!(Call::usual().refused_for(&error, SECOND), Step::Finish, "{error}");
    }
}

#[test]
fn a_call_that_may_have_arrived_is_tried_again_only_if_it_is_repeatable() {
    let is_tried_again = |is_repeatable| {
        FAILURES.map(|failure| {
            let step = Call::sent(&RetryPolicy::default(), is_repeatable, 7).event(Event::Failed(failure));
            matches!(step, Step::Wait(_))
        })
    };
    assert_eq!(is_tried_again(true), [true, true, true, false]);
    assert_eq!(is_tried_again(false), [true, false, false, false]);
    // Cut off on the way, as far as one can tell.
    for error in [refusal(200, &[], ""), refusal(200, &[("content-length", "5")], "{")] {
        assert_waits(Call::sent(&RetryPolicy::default(), true, 7).refused(&error));
        assert_eq!(Call::sent(&RetryPolicy::default(), false, 7).refused(&error), Step::Finish, "{error}");
    }
}

#[test]
fn waits_are_a_random_part_of_a_time_that_doubles_up_to_the_longest() {
    let policy = RetryPolicy::default().attempts(9).waits(SECOND, 20 * SECOND);
    let runs: Vec<[Duration; 8]> = (0..1000)
        .map(|seed| {
            let mut call = Call::sent(&policy.clone().budget(Duration::MAX), true, seed);
            [(); 8].map(|()| call.busy_once())
        })
        .collect();
    for (number, longest) in [1, 2, 4, 8, 16, 20, 20, 20].into_iter().enumerate() {
        let waits = runs.iter().map(|waits| waits[number]);
        let (least, most) = (waits.clone().min().unwrap(), waits.clone().max().unwrap());
        let mean = waits.sum::<Duration>() / 1000;
        assert!(least < longest * SECOND / 100, "{least:?} of {longest}");
        assert!((longest * SECOND * 99 / 100..=longest * SECOND).contains(&most), "{most:?} of {longest}");
        assert!((longest * SECOND * 9 / 20..longest * SECOND * 11 / 20).contains(&mean), "{mean:?}");
    }
}

#[test]
fn the_same_seed_leads_to_the_same_waits_and_another_one_to_others() {
    let waits = |seed| {
        let mut call = Call::sent(&RetryPolicy::default(), true, seed);
        [(); 4].map(|()| call.busy_once())
    };
    for seed in [0, 1, u64::MAX] {
        assert_eq!(waits(seed), waits(seed));
        assert_ne!(waits(seed), waits(seed ^ 1));
    }
}

#[test]
fn a_call_is_sent_no_more_often_than_the_policy_allows() {
    for attempts in [1, 2, 5, 40] {
        let policy = RetryPolicy::default().attempts(attempts).budget(Duration::MAX);
        let mut call = Call::under(&policy);
        for _ in 1..attempts {
            call.busy_once();
        }
        assert_eq!(call.exchange.attempts(), attempts);
        for failure in FAILURES {
            assert_eq!(call.clone().event(Event::Failed(failure)), Step::Finish);
        }
        assert_eq!(call.refused(&fault(-1)), Step::Finish);
        assert_eq!(call.exchange.attempts(), attempts);
    }
}

#[test]
fn a_wait_that_would_end_after_the_time_is_over_is_not_begun() {
    let policy = RetryPolicy::default().attempts(u32::MAX).budget(MINUTE).waits(SECOND, SECOND);
    for seed in 0..100 {
        let mut call = Call::sent(&policy, true, seed);
        call.later(59 * SECOND);
        if let Step::Wait(time) = call.refused(&fault(-1)) {
            assert!(time <= SECOND);
            assert_eq!(call.later(time).event(Event::Waited), Step::Send);
        }
        call.later(2 * SECOND);
        assert_eq!(call.refused(&fault(-1)), Step::Finish);
    }
    // The last moment is one of them.
    let mut call = Call::under(&policy);
    let step = call.later(SECOND).refused_for(&status(503), 59 * SECOND);
    assert_eq!(step, Step::Wait(59 * SECOND));
    call.waits(step);
    let mut call = Call::under(&policy);
    let moment = Duration::from_nanos(1);
    assert_eq!(call.later(SECOND + moment).refused_for(&status(503), 59 * SECOND), Step::Finish);
}

#[test]
fn nothing_is_sent_after_the_time_is_over() {
    let policy = RetryPolicy::default().budget(MINUTE);
    let moment = Duration::from_nanos(1);
    // The machine slept, and the wait took longer.
    let mut call = Call::under(&policy);
    assert_waits(call.refused(&fault(-1)));
    assert_eq!(call.clone().later(MINUTE).event(Event::Waited), Step::Send);
    assert_eq!(call.later(MINUTE + moment).event(Event::Waited), Step::Finish);
    assert_eq!(call.exchange.attempts(), 1);
    // So did the renewal.
    let mut call = Call::under(&policy);
    assert_eq!(call.refused(&fault(40001)), Step::Renew);
    assert_eq!(call.clone().later(MINUTE).event(Event::Renewed), Step::Send);
    assert_eq!(call.later(MINUTE + moment).event(Event::Renewed), Step::Finish);
    // So did the answer.
    let mut call = Call::under(&policy);
    assert_eq!(call.clone().later(MINUTE).refused(&fault(40001)), Step::Renew);
    assert_eq!(call.later(MINUTE + moment).refused(&fault(40001)), Step::Finish);
}

#[test]
fn a_server_that_asks_for_patience_gets_it() {
    // Longer than any wait of one's own …
    let step = Call::usual().refused_for(&status(503), 100 * SECOND);
    assert_eq!(step, Step::Wait(100 * SECOND));
    assert_eq!(Call::usual().refused_for(&fault(-1), 21 * SECOND), Step::Wait(21 * SECOND));
    // … shorter, and one waits as one would …
    let own = Call::usual().refused(&status(503));
    assert_eq!(Call::usual().refused_for(&status(503), Duration::ZERO), own);
    // … longer than there is time, and nobody waits.
    assert_eq!(Call::usual().refused_for(&status(503), 120 * SECOND), Step::Wait(120 * SECOND));
    assert_eq!(Call::usual().refused_for(&status(503), 121 * SECOND), Step::Finish);
    assert_eq!(Call::usual().refused_for(&status(503), Duration::MAX), Step::Finish);
}

#[test]
fn too_many_calls_in_a_minute_wait_a_minute_if_there_is_time() {
    assert_eq!(Call::usual().refused(&fault(45011)), Step::Wait(MINUTE));
    assert_eq!(Call::usual().refused_for(&fault(45011), SECOND), Step::Wait(MINUTE));
    assert_eq!(Call::usual().refused_for(&fault(45011), 90 * SECOND), Step::Wait(90 * SECOND));
    let mut call = Call::usual();
    assert_eq!(call.later(61 * SECOND).refused(&fault(45011)), Step::Finish);
    let mut call = Call::under(&RetryPolicy::default().budget(59 * SECOND));
    assert_eq!(call.refused(&fault(45011)), Step::Finish);
}

#[test]
fn extreme_policies_neither_panic_nor_loop() {
    let times = [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(u64::MAX), Duration::MAX];
    let errors = [fault(-1), fault(40001), fault(45011), status(503)];
    for attempts in [0, 1, 2, 70, u32::MAX] {
        for (budget, first, longest) in
            times.iter().flat_map(|budget| times.iter().zip(times).map(move |(f, l)| (*budget, *f, l)))
        {
            let policy = RetryPolicy::default().attempts(attempts).budget(budget).waits(first, longest);
            for patience in times {
                let mut call = Call::under(&policy);
                for number in 0..100 {
                    let step = match number % 5 {
                        4 => call.event(Event::Failed(Failure::Connect)),
                        kind => call.refused_for(&errors[kind], patience),
                    };
                    let next = match step {
                        Step::Wait(time) => {
                            let at_least = if number % 5 == 2 { MINUTE } else { Duration::ZERO };
                            assert!(time <= longest.max(patience).max(at_least), "{policy:?}");
                            call.later(time).event(Event::Waited)
                        }
                        Step::Renew => call.event(Event::Renewed),
                        Step::Finish => Step::Finish,
                        Step::Send => panic!("sent again at once"),
                    };
                    assert!(matches!(next, Step::Send | Step::Finish));
                }
                assert!(call.exchange.attempts() <= attempts.max(1), "{policy:?}");
            }
        }
    }
}

#[test]
fn no_attempt_at_all_is_one() {
    let mut call = Call::under(&RetryPolicy::default().attempts(0));
    assert_eq!(call.refused(&fault(-1)), Step::Finish);
    assert_eq!(call.exchange.attempts(), 1);
}

#[test]
fn a_clock_that_is_put_back_gives_no_further_attempts() {
    let mut call = Call::usual();
    for _ in 1..5 {
        assert_waits(call.refused(&fault(-1)));
        call.now = Moment(call.now.0 / 2);
        assert_eq!(call.event(Event::Waited), Step::Send);
    }
    assert_eq!(call.refused(&fault(-1)), Step::Finish);
    assert_eq!(call.exchange.attempts(), 5);
}

#[test]
fn an_event_that_cannot_happen_ends_the_call() {
    let error = fault(-1);
    let events = [
        Event::Start,
        Event::Answered,
        Event::Refused { error: &error, retry_after: None },
        Event::Failed(Failure::Connect),
        Event::Waited,
        Event::Renewed,
    ];
    let new = Exchange::new(&RetryPolicy::default(), true, 7);
    let sent = Call::usual();
    let mut waiting = sent.clone();
    assert_waits(waiting.refused(&fault(-1)));
    let mut renewing = sent.clone();
    assert_eq!(renewing.refused(&fault(40001)), Step::Renew);
    let mut over = sent.clone();
    assert_eq!(over.event(Event::Answered), Step::Finish);
    let states = [new, sent.exchange, waiting.exchange, renewing.exchange, over.exchange];
    // Which of the six goes on, by state.
    let going_on = [&[0][..], &[2, 3], &[4], &[5], &[]];
    for (state, going_on) in states.iter().zip(going_on) {
        for (number, event) in events.into_iter().enumerate() {
            let mut exchange = state.clone();
            let step = exchange.next(sent.now, event);
            assert_eq!(step != Step::Finish, going_on.contains(&number), "{event:?} in {exchange:?}");
            if step == Step::Finish {
                // For good.
                assert!(events.iter().all(|event| exchange.next(sent.now, *event) == Step::Finish));
                assert_eq!(exchange.attempts(), state.attempts());
            }
        }
    }
}

#[test]
fn retry_after_is_read_in_seconds_and_a_date_is_left_alone() {
    let read = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", value.parse().unwrap());
        retry_after(&headers)
    };
    assert_eq!(read("120"), Some(120 * SECOND));
    assert_eq!(read(" 5 "), Some(5 * SECOND));
    assert_eq!(read("0"), Some(Duration::ZERO));
    assert_eq!(read("18446744073709551615"), Some(Duration::from_secs(u64::MAX)));
    for odd in ["Fri, 31 Dec 1999 23:59:59 GMT", "-1", "1.5", "", "soon", "1e3", "\u{ff}"] {
        assert_eq!(read(odd), None, "{odd}");
    }
    assert_eq!(retry_after(&HeaderMap::new()), None);
}

#[test]
fn an_event_is_made_of_what_a_call_failed_with() {
    let event = |error: &CallError<io::Error>| {
        let failure = |error: &io::Error| match error.kind() {
            io::ErrorKind::TimedOut => Failure::Timeout,
            _ => Failure::Final,
        };
        match Event::of(error, failure, Some(SECOND)) {
            Event::Failed(failure) => (Some(failure), None),
            Event::Refused { retry_after, .. } => (None, retry_after),
            event => panic!("{event:?}"),
        }
    };
    assert_eq!(event(&CallError::Build(BuildError::EmptyToken)), (Some(Failure::Final), None));
    let timeout = io::Error::from(io::ErrorKind::TimedOut);
    assert_eq!(event(&CallError::Transport(timeout)), (Some(Failure::Timeout), None));
    assert_eq!(event(&CallError::Api(fault(-1))), (None, Some(SECOND)));
}

#[test]
fn what_was_refused_is_not_printed() {
    let error = refusal(200, &[], r#"{"errcode":-1,"errmsg":"CANARY"}"#);
    let event = Event::Refused { error: &error, retry_after: None };
    let printed = format!("{event:?} {:?}", Call::usual().exchange);
    assert!(!printed.contains("CANARY"), "{printed}");
}
