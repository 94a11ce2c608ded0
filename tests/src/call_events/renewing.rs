//! A renewal of the token that is driven, and what it may do, by bookkeeping of its own.

use std::time::Duration;

use wechat_material::RetryPolicy;
use wechat_material::driver::{ClientConfig, Renewal, RenewalId, TokenAction, TokenCall, TokenGrant};

use super::attempts::Did;
use super::budget::{BackOff, Budget};
use super::reached::Reach;
use super::tokens::{Begun, Ended, text};
use super::world::World;

mod reports;

pub(super) struct Renewing {
    call: TokenCall,
    grant: TokenGrant,
    policy: RetryPolicy,
    budget: Budget,
    id: RenewalId,
    number: u64,
    is_forced: bool,
    next: Next,
}

/// What the next poll has to say.
#[derive(Clone, Copy)]
enum Next {
    Send,
    Sleep(Duration),
    BackOff(BackOff),
    /// It was sent. A driver that polls without an answer has lost it.
    Answer,
    /// It has brought this token, which is good for so long.
    Brought(u64, Option<Duration>),
    Failed,
}

impl Renewing {
    pub(super) fn new(
        world: &mut World,
        renewal: Renewal,
        begun: &Begun,
        grant: &TokenGrant,
        config: &ClientConfig,
    ) -> Self {
        world.check_hidden(&renewal);
        let mut config = config.clone();
        config.records_events = world.is_thorough;
        let mut renewing = Self {
            policy: config.retry.clone(),
            budget: Budget::new(&config.retry, world.now),
            id: renewal.id(),
            number: begun.number,
            is_forced: begun.is_forced,
            next: Next::Send,
            grant: grant.clone(),
            call: TokenCall::new(renewal, grant.clone(), &config, world.seed(), world.moment()),
        };
        renewing.begins(world, begun);
        renewing
    }

    fn begins(&mut self, world: &mut World, begun: &Begun) {
        // An early renewal has time for a later one, and a forced one may have succeeded.
        let never = RetryPolicy::never();
        let policy = if begun.is_early || begun.is_forced { &never } else { &self.policy };
        self.budget = Budget::new(policy, world.now);
        (self.number, self.is_forced, self.next) = (begun.number, begun.is_forced, Next::Send);
        world.reach(if begun.is_forced { Reach::Forced } else { Reach::Unforced });
        world.reach_if(begun.is_early, Reach::Early);
        world.reach_if(begun.takes_over, Reach::TakenOver);
    }

    pub(super) fn sleeps_until(&self) -> Option<Duration> {
        match self.next {
            Next::Sleep(until) => Some(until),
            Next::Send | Next::BackOff(_) | Next::Answer | Next::Brought(..) | Next::Failed => None,
        }
    }

    /// Polls it. Says whether it has ended.
    pub(super) fn poll(&mut self, world: &mut World) -> bool {
        let now = world.moment();
        let action = self.call.poll(&mut world.tokens, now);
        world.check_hidden(&action);
        let did = did(&action);
        world.note(&did);
        match self.next {
            Next::Sleep(until) if world.now < until => assert_eq!(did, Did::Sleep(until), "another wait"),
            Next::Sleep(_) if self.budget.is_over(world.now) => self.expired(world, &did),
            Next::Send | Next::Sleep(_) => self.is_sent(world, &did),
            Next::BackOff(back_off) => self.backs_off(world, back_off, &did),
            Next::Answer => {
                world.reach(Reach::LostAnswer);
                self.has_failed(world, &did);
            }
            Next::Brought(token, life) => self.has_brought(world, (token, life), &did),
            Next::Failed => self.has_failed(world, &did),
        }
        self.check_action(&action);
        self.watch(world);
        did == Did::Finish
    }

    fn check_action(&self, action: &TokenAction) {
        match (action, &self.grant) {
            (TokenAction::Send(request), TokenGrant::Stable(_)) => {
                assert_eq!(request.uri().path(), "/cgi-bin/stable_token");
                let end = if self.is_forced { b":true}" } else { b"false}" };
                assert!(request.body().ends_with(end), "force");
            }
            (TokenAction::Send(request), TokenGrant::Classic(_)) => {
                assert_eq!(request.uri().path(), "/cgi-bin/token");
            }
            (TokenAction::Obtain, TokenGrant::Own) | (TokenAction::Sleep { .. } | TokenAction::Finish, _) => {
            }
            (TokenAction::Send(_) | TokenAction::Obtain, _) => panic!("another source"),
        }
    }

    fn is_sent(&mut self, world: &World, did: &Did) {
        if self.cannot_be_built() {
            // Another poll reports that it failed.
            assert_eq!(*did, Did::Sleep(world.now));
            self.next = Next::Failed;
            return;
        }
        assert_eq!(*did, Did::Send(0));
        self.budget.sends();
        self.next = Next::Answer;
    }

    fn backs_off(&mut self, world: &mut World, back_off: BackOff, did: &Did) {
        match did {
            Did::Sleep(until) => {
                assert!(world.now < *until, "a wait that is over");
                self.budget.waits(back_off, *until);
                self.next = Next::Sleep(*until);
                world.reach(Reach::RenewalWaits);
            }
            Did::Finish if self.budget.may_give_up(back_off) => self.has_failed(world, did),
            Did::Send(_) | Did::Finish | Did::NeedToken(_) | Did::Rewind => {
                assert!(self.budget.may_have_waited(back_off, world.now), "{did:?} without a wait");
                if self.budget.is_over(world.now) {
                    self.expired(world, did);
                } else {
                    self.is_sent(world, did);
                }
            }
        }
    }

    fn has_brought(&mut self, world: &mut World, brought: (u64, Option<Duration>), did: &Did) {
        let then = self.call.renewal();
        match world.ledger.brought(world.now, self.number, brought, then) {
            Ended::Forced(begun) => {
                self.id = then.map_or(self.id, Renewal::id);
                self.begins(world, &begun);
                self.is_sent(world, did);
            }
            Ended::TooLate => {
                world.reach(Reach::LateResult);
                assert_eq!(*did, Did::Finish);
            }
            Ended::InUse | Ended::Nothing => assert_eq!(*did, Did::Finish, "{}", text(brought.0)),
        }
    }

    fn has_failed(&mut self, world: &mut World, did: &Did) {
        assert_eq!(*did, Did::Finish, "it has failed");
        world.reach(Reach::RenewalFailed);
        let cause = || world.tokens.failure_since(self.id);
        let ended = world.ledger.failed(world.now, self.number, cause);
        world.reach_if(matches!(ended, Ended::InUse), Reach::OldToken);
        world.reach_if(matches!(ended, Ended::TooLate), Reach::LateResult);
    }
}

fn did(action: &TokenAction) -> Did {
    match action {
        TokenAction::Send(_) | TokenAction::Obtain => Did::Send(0),
        TokenAction::Sleep { until } => Did::Sleep(until.0),
        TokenAction::Finish => Did::Finish,
    }
}
