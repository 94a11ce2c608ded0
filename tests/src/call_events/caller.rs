//! A caller that makes one call after the other, like a driver.

use std::time::Duration;

use wechat_material::driver::Action;

use super::attempts::{Attempts, Awaits, Did};
use super::kind::{Asks, Subject};
use super::lists::{self, Walk};
use super::machine::Machine;
use super::reached::Reach;
use super::replies::Reply;
use super::script::Setup;
use super::tokens::{self, Due};
use super::world::World;

mod over;
mod replies;

pub(super) struct Caller<'c> {
    pub(super) setup: &'c Setup,
    walk: Walk,
    asks: Asks,
    call: Option<Box<dyn Machine + 'c>>,
    attempts: Attempts,
    /// Whether the call waits for the token.
    pub(super) needs_token: bool,
    /// The last reply, and how much of its body has arrived.
    reply: Option<Reply>,
    arrived: usize,
    /// How many attempts the call has reported.
    reported: u32,
}

impl<'c> Caller<'c> {
    pub(super) fn new(setup: &'c Setup) -> Self {
        Self {
            setup,
            walk: Walk::new(),
            asks: Asks::Token,
            call: None,
            attempts: Attempts::new(setup.limits, true, Duration::ZERO),
            needs_token: false,
            reply: None,
            arrived: 0,
            reported: 0,
        }
    }

    fn start(&mut self, world: &mut World) {
        let Setup { config, limits, kind } = self.setup;
        let (page, offset) = match kind.subject {
            Subject::List => self.walk.next_page(),
            Subject::Material | Subject::Counts | Subject::File => lists::first_page(),
        };
        self.asks = kind.asks(offset);
        self.reported = 0;
        self.attempts = Attempts::new(*limits, kind.is_idempotent(), world.now);
        let mut call = kind.call(config, page, world.seed(), world.moment());
        if world.is_thorough {
            call.record_events();
        }
        self.call = Some(call);
    }

    pub(super) fn is_running(&self) -> bool {
        self.call.is_some()
    }

    /// What must come next.
    pub(super) fn awaits(&self) -> Awaits {
        if self.is_running() { self.attempts.awaits } else { Awaits::Poll }
    }

    pub(super) fn sleeps_until(&self) -> Option<Duration> {
        self.call.as_ref().and(self.attempts.sleeps_until())
    }

    /// Polls the call, or starts one.
    pub(super) fn poll(&mut self, world: &mut World, in_two_steps: bool) {
        if self.call.is_none() {
            self.start(world);
        }
        let Some(call) = &mut self.call else { return };
        if let Some(token_use) = self.attempts.take_refused() {
            let is_current = world.ledger.refuse(token_use);
            world.reach(if is_current { Reach::Refusal } else { Reach::LateRefusal });
        }
        let now = world.moment();
        let action = if in_two_steps {
            let waits = call.lease(&mut world.tokens, now);
            let action = call.next_action(now);
            assert_eq!(
                waits.is_some(),
                matches!(action, Action::NeedToken { .. }),
                "lease and next_action do not agree"
            );
            action
        } else {
            call.poll(&mut world.tokens, now)
        };
        world.check_hidden(&action);
        let did = self.did(&action);
        self.attempts.polled(world.now, &did, &world.ledger);
        world.record(&did);
        self.needs_token = matches!(did, Did::NeedToken(_));
        match did {
            Did::Send(_) => {
                world.reach_if(self.attempts.has_renewed(), Reach::AnotherToken);
                let is_due = matches!(world.ledger.due(world.now), Due::Early(..));
                world.reach_if(is_due, Reach::Impatient);
            }
            Did::Sleep(_) => world.reach(Reach::Waits),
            Did::NeedToken(_) | Did::Rewind => {}
            Did::Finish => self.finish(world),
        }
        self.watch(world);
    }

    fn did(&self, action: &Action) -> Did {
        match action {
            Action::Send { request, expect } => {
                assert_eq!(*expect, self.setup.kind.expect());
                assert_eq!(request.uri().path(), self.setup.kind.path());
                let token = request.uri().query().and_then(|query| query.strip_prefix("access_token="));
                Did::Send(token.map(tokens::number).expect("the token is in the query"))
            }
            Action::Sleep { until } => Did::Sleep(until.0),
            Action::NeedToken { until } => Did::NeedToken(until.0),
            Action::Rewind => Did::Rewind,
            Action::Opened => panic!("a call that does not open files has opened one"),
            Action::Finish => Did::Finish,
        }
    }
}
