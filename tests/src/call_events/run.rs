//! Runs a script.

use std::time::Duration;

use wechat_material::driver::{TokenCache, TokenGrant, TokenWait};
use wechat_material::{AccessToken, Credentials};

use super::attempts::Awaits;
use super::caller::Caller;
use super::reached::{Reach, Reached};
use super::renewing::Renewing;
use super::script::{self, CallEvent, Event, Line, RenewalEvent, Setup, Source};
use super::tokens::{self, TokenLedger};
use super::world::World;

pub(super) struct Run<'c> {
    world: World,
    grant: TokenGrant,
    callers: Vec<Caller<'c>>,
    /// The driven renewals, oldest first: the current one, and those that were taken over.
    renewals: Vec<Renewing>,
    /// The number of tokens that the server has issued.
    issued: u64,
}

impl<'c> Run<'c> {
    pub(super) fn new(margin: Duration, source: Source, calls: &'c [Setup], is_thorough: bool) -> Self {
        let (tokens, ledger) = match source {
            Source::Fixed => (TokenCache::fixed(AccessToken::new(tokens::text(0))), TokenLedger::fixed()),
            _ => (TokenCache::with_margin(margin), TokenLedger::new(margin)),
        };
        let grant = match source {
            Source::Stable | Source::Fixed => TokenGrant::Stable(Credentials::new("wx", "CANARY")),
            Source::Unbuildable => TokenGrant::Stable(Credentials::new("", "CANARY")),
            Source::Classic => TokenGrant::Classic(Credentials::new("wx", "CANARY")),
            Source::Own => TokenGrant::Own,
        };
        Self {
            world: World::new(tokens, ledger, is_thorough),
            grant,
            callers: calls.iter().map(Caller::new).collect(),
            renewals: Vec::new(),
            issued: 0,
        }
    }

    /// Returns the situations that were reached, and a digest of all actions.
    pub(super) fn end(self) -> (Reached, u64) {
        (self.world.reached, self.world.actions)
    }

    pub(super) fn event(&mut self, line: &Line) {
        match line.event {
            Event::TimePasses => self.world.now = self.world.now.saturating_add(script::time(line.how)),
            Event::ClockGoesBack => self.world.now = self.world.now.saturating_sub(script::time(line.how)),
            Event::AnotherToken => self.ask_for_another_token(line.who % self.callers.len()),
            Event::PollAll => (0..self.callers.len()).for_each(|who| self.poll_if_due(who, line.is_late)),
            Event::Call(event) => self.call_event(event, line.who % self.callers.len(), line),
            Event::Renewal(event) => {
                if let Some(which) = line.who.checked_rem(self.renewals.len()) {
                    self.renewal_event(event, which, line);
                }
            }
        }
        self.world.check_tokens();
    }

    /// A caller asks for another token and is dropped immediately. The next call that needs the token drives its renewal.
    fn ask_for_another_token(&mut self, who: usize) {
        let (policy, world) = (&self.callers[who].setup.config.retry, &mut self.world);
        let now = world.moment();
        let wait = TokenWait::for_another(policy, &mut world.tokens, now);
        assert_eq!(wait.is_err(), world.ledger.is_fixed(), "only a fixed token cannot be renewed");
        let is_replaced = world.ledger.set_aside();
        world.reach_if(is_replaced, Reach::SetAside);
        if let Ok(mut wait) = wait {
            assert!(!matches!(wait.poll(&world.tokens, now), Ok(Some(_))), "the old token is still used");
        }
    }

    fn call_event(&mut self, event: CallEvent, who: usize, line: &Line) {
        let (caller, world) = (&mut self.callers[who], &mut self.world);
        match event {
            CallEvent::Poll => return self.poll_if_due(who, line.is_late),
            CallEvent::WaitIsOver => match caller.sleeps_until() {
                Some(until) => world.now = world.now.max(until),
                None => return,
            },
            CallEvent::Answer => caller.receive_reply(world, line.how),
            CallEvent::Head => caller.receive_head(world, line.how),
            CallEvent::Chunk => caller.receive_chunk(world, script::length(line.how)),
            CallEvent::Break => caller.break_off(world, line.how),
            CallEvent::SinkFails => caller.fail_sink(world),
            CallEvent::Rewind => caller.rewind_sink(world, true),
            CallEvent::NoRewind => caller.rewind_sink(world, false),
            CallEvent::Unexpected if line.how & 7 == 7 && caller.is_running() => {
                return self.poll(who, line.is_late);
            }
            CallEvent::Unexpected => caller.report_unexpected(world, line.how),
            CallEvent::Drop => caller.drop_call(world),
        }
        if !line.is_late && caller.is_running() {
            self.poll_if_due(who, false);
        }
    }

    /// Polls a call unless something else must come first.
    fn poll_if_due(&mut self, who: usize, in_two_steps: bool) {
        if self.callers[who].awaits() == Awaits::Poll {
            self.poll(who, in_two_steps);
        }
    }

    fn poll(&mut self, who: usize, in_two_steps: bool) {
        let (caller, world) = (&mut self.callers[who], &mut self.world);
        caller.poll(world, in_two_steps);
        if !caller.needs_token {
            return;
        }
        let renewal = world.tokens.begin(world.moment());
        if let Some((started, renewal)) = world.ledger.starts(world.now, renewal.as_ref()).zip(renewal) {
            let mut renewing = Renewing::new(world, renewal, &started, &self.grant, caller.setup);
            if !renewing.poll(world) {
                self.renewals.push(renewing);
            }
            return;
        }
        world.reach(Reach::WaitsForToken);
        // A renewal without a driver continues.
        if let Some(renewing) = self.renewals.last_mut() {
            renewing.set_driven(world, true);
        }
    }

    fn renewal_event(&mut self, event: RenewalEvent, which: usize, line: &Line) {
        let (renewing, world) = (&mut self.renewals[which], &mut self.world);
        match event {
            RenewalEvent::Poll => {}
            RenewalEvent::NewToken | RenewalEvent::SameToken => {
                self.issued += u64::from(matches!(event, RenewalEvent::NewToken));
                renewing.succeed(world, self.issued, script::life(line.how));
            }
            RenewalEvent::Refusal => renewing.refuse(world, line.how),
            RenewalEvent::WaitIsOver => match renewing.sleeps_until() {
                Some(until) => world.now = world.now.max(until),
                None => return,
            },
            RenewalEvent::Leave => return renewing.set_driven(world, false),
            RenewalEvent::Join => return renewing.set_driven(world, true),
            RenewalEvent::Abandon => {
                renewing.abandon(world);
                self.renewals.remove(which);
                return;
            }
            RenewalEvent::Lose => {
                self.renewals.remove(which);
                return;
            }
        }
        let is_polled = matches!(event, RenewalEvent::Poll) || !line.is_late;
        if is_polled && renewing.poll(world) {
            self.renewals.remove(which);
            if !line.is_late {
                self.wake();
            }
        }
    }

    /// Polls the calls that wait for the token.
    fn wake(&mut self) {
        for who in 0..self.callers.len() {
            if self.callers[who].needs_token {
                self.poll(who, false);
            }
        }
    }
}
