//! What holds for calls that share a token, in whatever order things happen to them.
//!
//! The ledgers here say what has to happen, from bookkeeping of their own: [`token`] for the session, [`call`] for each
//! exchange. This file drives both as a client would, on a clock that a script turns.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::mem;
use std::time::Duration;

use wechat_material::{
    AccessToken, Event, Exchange, Generation, IssuedToken, Lease, Moment, Renewal, Session, Step,
};

mod call;
mod outcome;
mod script;
mod token;

use call::Attempts;
use outcome::Outcome;
use script::{Script, What};
use token::Ledger;

/// Lets up to eight calls share a token while things happen to them: time passes, answers and failures arrive, renewals
/// end well, badly, with the same token or not at all, calls are given up, refusals arrive late, the clock is put back.
/// Sees that
///
/// - a call is sent no more often than its policy allows, never again after its time, and never twice without an event
///   in between; it waits no longer than the policy, `Retry-After` or a minute says, and renews its token once;
/// - whoever asks for the token gets it while it is good; one renewal is on its way at most; a refused token takes one
///   renewal that is not forced, and a forced one only if that brought it again;
/// - the same events and seeds lead to the same steps, and nothing prints a token.
///
/// Any bytes are a script. Blanks between them are passed over, of a digit the last bits count, of a letter the last
/// five. At the end of a script all is 0.
///
/// | bytes | meaning |
/// | --- | --- |
/// | 1 | the session's margin: 0, 1 s, 3 min, 5 min, 1 h, 1 day, 1 ns, all time |
/// | 1 | how many calls: 1 to 7, and 0 for 8 |
/// | 4 for each call | how many attempts: 0, 1, 2, 3, 5, 8, 40, no end |
/// | | how much time: 0, 1 s, 10 s, 1 min, 2 min, 1 h, 1 day, all |
/// | | first and longest wait: none, 1 ns, ½ to 20 s, 20 to ½ s, 1 s to 1 h, 0 to all time, all to 0, all |
/// | | whether it is repeatable: 1, 0 |
/// | 3 for each event | what happens, to which call, and how |
///
/// | what | meaning | how |
/// | --- | --- | --- |
/// | `s` | the call goes on: starts, asks for the token, or sees whether its wait is over | |
/// | `a` | something comes of what it has sent | a letter of `events/outcome.rs`; a capital has a `Retry-After` |
/// | `w` | time passes until its wait is over | |
/// | `d` | it is given up | |
/// | `t`, `b` | time passes; the clock is put back | 0, 1 ms, 1 s, 5 s, 30 s, 1, 2 min, 1, 2 h, 1 day, further ones from `:` on |
/// | `n`, `o` | the renewal brings a new token; the one before | its life, likewise; `?` if it is not said |
/// | `f`, `x` | the renewal fails; whoever renews goes away | |
/// | `l` | a refusal arrives late | the number of the token |
/// | others | all calls go on | |
///
/// Gives the names of what came to pass.
///
/// # Panics
///
/// Where something of it is not so.
pub fn calls_share_a_token_whatever_happens(script: &[u8]) -> BTreeSet<&'static str> {
    let (steps, reached) = run(script);
    assert_eq!(steps, run(script).0, "the same events led to other steps");
    reached
}

/// The steps of each call, and what came to pass.
fn run(script: &[u8]) -> (Vec<(usize, Step)>, BTreeSet<&'static str>) {
    let mut script = Script::new(script);
    let margin = script.margin();
    let calls =
        (0..script.calls()).map(|_| Call::new(Attempts::under(script.policy(), script.flag()))).collect();
    let mut run = Run {
        now: Duration::ZERO,
        session: Session::with_margin(margin),
        ledger: Ledger::new(margin),
        calls,
        issued: 0,
        begun: 0,
        steps: Vec::new(),
        reached: BTreeSet::new(),
    };
    for (what, who, how) in script {
        run.happens(what, who % run.calls.len(), how);
        prints_no_token(&run.session);
    }
    (run.steps, run.reached)
}

struct Run {
    now: Duration,
    session: Session,
    ledger: Ledger,
    calls: Vec<Call>,
    /// How many tokens the server has made.
    issued: u64,
    /// How many calls have begun, for their seeds.
    begun: u64,
    steps: Vec<(usize, Step)>,
    reached: BTreeSet<&'static str>,
}

struct Call {
    stage: Stage,
    exchange: Exchange,
    attempts: Attempts,
}

enum Stage {
    /// Not begun, or over.
    Idle,
    /// It wants the token.
    Asks(For),
    /// It has to obtain one.
    Renews(Renewal, For),
    /// It was sent with this token.
    Sent(Generation),
    WaitsUntil(Duration),
}

/// What a call wants the token for.
#[derive(Clone, Copy)]
enum For {
    /// It is to be sent.
    Sending,
    /// It was refused with another one.
    AnotherTry,
}

impl Call {
    fn new(attempts: Attempts) -> Self {
        Self { stage: Stage::Idle, exchange: attempts.exchange(0), attempts }
    }
}

impl Run {
    fn happens(&mut self, what: What, who: usize, how: u8) {
        match what {
            What::GoesOn => self.goes_on(who),
            What::AllGoOn => (0..self.calls.len()).for_each(|who| self.goes_on(who)),
            What::Outcome => self.comes_of_it(who, how),
            What::WaitIsOver => {
                if let Stage::WaitsUntil(until) = self.calls[who].stage {
                    self.now = self.now.max(until);
                    self.goes_on(who);
                }
            }
            What::TimePasses => self.now = self.now.saturating_add(script::time(how)),
            What::ClockIsPutBack => self.now = self.now.saturating_sub(script::time(how)),
            What::NewToken => {
                self.issued += 1;
                self.renewal_brings(how);
            }
            What::SameToken => self.renewal_brings(how),
            What::RenewalFails => self.renewal_fails(),
            What::RenewerGoes => {
                if let Some(who) = self.renewer() {
                    self.is_given_up(who);
                }
            }
            What::IsGivenUp => self.is_given_up(who),
            What::LateRefusal => {
                if let Some(generation) = self.ledger.generation(how) {
                    self.is_refused(generation);
                }
            }
        }
    }

    fn goes_on(&mut self, who: usize) {
        let call = &mut self.calls[who];
        match call.stage {
            Stage::Idle => {
                self.begun += 1;
                call.exchange = call.attempts.exchange(self.begun);
                let step = call.exchange.next(Moment(self.now), Event::Start);
                call.attempts.started(self.now, step);
                self.does(who, step);
            }
            Stage::WaitsUntil(until) if self.now >= until => {
                let step = call.exchange.next(Moment(self.now), Event::Waited);
                call.attempts.may_go_on(self.now, step);
                self.does(who, step);
            }
            Stage::Asks(purpose) => self.asks(who, purpose),
            Stage::WaitsUntil(_) | Stage::Renews(..) | Stage::Sent(_) => {}
        }
    }

    /// Does what an exchange says.
    fn does(&mut self, who: usize, step: Step) {
        self.steps.push((who, step));
        let call = &mut self.calls[who];
        assert_eq!(call.exchange.attempts(), call.attempts.sent(), "another number of attempts");
        match step {
            Step::Send => self.asks(who, For::Sending),
            Step::Wait(time) => {
                self.reached.insert("waits");
                call.stage = Stage::WaitsUntil(self.now.saturating_add(time));
            }
            Step::Renew => {
                self.reached.insert("another token");
                self.asks(who, For::AnotherTry);
            }
            Step::Finish => {
                self.reached.insert("finishes");
                for event in [Event::Start, Event::Waited, Event::Renewed, Event::Answered] {
                    assert_eq!(call.exchange.next(Moment(self.now), event), Step::Finish, "not for good");
                }
                call.stage = Stage::Idle;
            }
        }
    }

    fn asks(&mut self, who: usize, purpose: For) {
        let lease = self.session.lease(Moment(self.now));
        self.ledger.was_asked(self.now, &lease);
        self.gets(who, purpose, lease);
    }

    fn gets(&mut self, who: usize, purpose: For, lease: Lease) {
        prints_no_token(&lease);
        let call = &mut self.calls[who];
        match (lease, purpose) {
            (Lease::Token(_, generation), For::Sending) => call.stage = Stage::Sent(generation),
            (Lease::Token(_, generation), For::AnotherTry) => {
                let step = call.exchange.next(Moment(self.now), Event::Renewed);
                call.attempts.may_go_on(self.now, step);
                if step == Step::Send {
                    self.steps.push((who, step));
                    call.stage = Stage::Sent(generation);
                } else {
                    self.does(who, step);
                }
            }
            (Lease::Renew(renewal), purpose) => {
                self.reached.insert(if renewal.is_forced() { "forced" } else { "unforced" });
                call.stage = Stage::Renews(renewal, purpose);
            }
            (Lease::Wait, purpose) => {
                self.reached.insert("waits for the token");
                call.stage = Stage::Asks(purpose);
            }
        }
    }

    fn comes_of_it(&mut self, who: usize, how: u8) {
        let call = &mut self.calls[who];
        let Stage::Sent(generation) = call.stage else { return };
        let Outcome { meaning, came, patience } = Outcome::of(how);
        let error = came.error();
        let event = came.event(error.as_ref(), patience);
        prints_no_token(&event);
        let step = call.exchange.next(Moment(self.now), event);
        call.attempts.came_to(self.now, meaning, patience, step);
        if meaning == outcome::Meaning::Token {
            // Also if the call is over.
            self.is_refused(generation);
        }
        self.reached.insert(meaning.name());
        self.does(who, step);
    }

    fn is_refused(&mut self, generation: Generation) {
        self.session.refused(generation);
        let is_present = self.ledger.was_refused(generation);
        self.reached.insert(if is_present { "refusal" } else { "late refusal" });
    }

    /// The call that has to obtain a token.
    fn renewer(&self) -> Option<usize> {
        let is_renewing = |who: &usize| matches!(self.calls[*who].stage, Stage::Renews(..));
        let mut all = (0..self.calls.len()).filter(is_renewing);
        let found = all.next();
        assert!(all.next().is_none(), "two renewals at once");
        found
    }

    /// Takes its duty from it.
    fn duty(&mut self) -> Option<(usize, Renewal, For)> {
        let who = self.renewer()?;
        match mem::replace(&mut self.calls[who].stage, Stage::Idle) {
            Stage::Renews(renewal, purpose) => Some((who, renewal, purpose)),
            Stage::Idle | Stage::Asks(_) | Stage::Sent(_) | Stage::WaitsUntil(_) => None,
        }
    }

    fn renewal_brings(&mut self, how: u8) {
        let Some((who, renewal, purpose)) = self.duty() else { return };
        let text = format!("CANARY {}", self.issued);
        let issued = IssuedToken::new(AccessToken::new(text.as_str()), script::life(how));
        prints_no_token(&(&renewal, &issued));
        let lease = self.session.renewed(renewal, issued, Moment(self.now));
        self.ledger.renewal_brought(self.now, &text, script::life(how), &lease);
        self.gets(who, purpose, lease);
    }

    fn renewal_fails(&mut self) {
        let Some((who, renewal, purpose)) = self.duty() else { return };
        let still_good = self.session.failed(renewal, Moment(self.now));
        self.ledger.renewal_failed(self.now, still_good.as_ref());
        self.reached.insert(if still_good.is_some() { "goes on with the old one" } else { "has none" });
        if let Some((token, generation)) = still_good {
            self.gets(who, purpose, Lease::Token(token, generation));
        }
    }

    fn is_given_up(&mut self, who: usize) {
        let stage = mem::replace(&mut self.calls[who].stage, Stage::Idle);
        if let Stage::Renews(renewal, _) = stage {
            self.reached.insert("abandoned");
            self.session.abandoned(renewal);
            self.ledger.renewal_was_abandoned();
        }
    }
}

/// Every token here is a canary, and so are the words of every response.
fn prints_no_token(what: &impl Debug) {
    assert!(!format!("{what:?}").contains("CANARY"), "a token was printed");
}
