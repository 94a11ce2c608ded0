//! How long a call waits, and when there is no use in waiting.

use std::io;
use std::time::Duration;
use wechat_material::http::HeaderMap;
use wechat_material::{
    BuildError, CallError, Event, Exchange, Failure, Moment, RetryPolicy, Step, retry_after,
};

use crate::{Call, FAILURES, MINUTE, SECOND, assert_waits, fault, refusal, status};

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

/// The first numbers of SplitMix64 from 0, as its authors publish them, are the parts of the longest time there is.
#[test]
fn chance_is_that_of_splitmix64() {
    let policy = RetryPolicy::default().waits(Duration::MAX, Duration::MAX).budget(Duration::MAX);
    let mut call = Call::sent(&policy, true, 0);
    for number in [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F] {
        assert_eq!(call.busy_once(), Duration::from_nanos(number - 1));
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
