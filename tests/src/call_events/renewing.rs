//! A renewal of the token that is driven, and what it may do, by bookkeeping of its own.

use std::time::Duration;

use wechat_material::driver::{Renewal, RenewalId, TokenAction, TokenCall, TokenGrant};

use super::attempts::Did;
use super::budget::{BackOff, Budget, Limits};
use super::reached::Reach;
use super::script::Setup;
use super::tokens::{Begun, Ended, text};
use super::world::World;

mod reports;

pub(super) struct Renewing {
    call: TokenCall,
    grant: TokenGrant,
    limits: Limits,
    budget: Budget,
    id: RenewalId,
    number: u64,
    is_forced: bool,
    next: Next,
    /// How many renewals and attempts it has to tell of.
    begun: u32,
    sent: u32,
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
        setup: &Setup,
    ) -> Self {
        world.check_hidden(&renewal);
        let mut renewing = Self {
            limits: setup.limits,
            budget: Budget::new(setup.limits, world.now),
            id: renewal.id(),
            number: begun.number,
            is_forced: begun.is_forced,
            next: Next::Send,
            begun: 0,
            sent: 0,
            grant: grant.clone(),
            call: TokenCall::new(renewal, grant.clone(), &setup.config, world.seed(), world.moment()),
        };
        if world.is_thorough {
            renewing.call.record_events();
        }
        renewing.begins(world, begun);
        renewing
    }

    fn begins(&mut self, world: &mut World, begun: &Begun) {
        // An early renewal has time for a later one, and a forced one may have succeeded.
        let limits = if begun.is_early || begun.is_forced { Limits::ONCE } else { self.limits };
        self.budget = Budget::new(limits, world.now);
        self.begun += 1;
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
            _ if !world.ledger.sees(world.now, self.number) => self.is_given_up(world, &did),
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
        // What a source of its own does is not an attempt.
        self.sent += u32::from(!matches!(self.grant, TokenGrant::Own));
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
            Did::Finish if !self.may_have_expired(world) && self.budget.may_give_up(back_off) => {
                self.has_failed(world, did);
            }
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

    /// Whether its time is over without a failure: it had a wait before it, but nobody polled it in time.
    fn may_have_expired(&self, world: &World) -> bool {
        self.budget.is_over(world.now)
            && self.budget.may_send_again()
            && world.tokens.failure_since(self.id).is_none()
    }

    fn has_brought(&mut self, world: &mut World, brought: (u64, Option<Duration>), did: &Did) {
        let then = self.call.renewal();
        match world.ledger.brought(world.now, brought, then) {
            Ended::Forced(begun) => {
                self.id = then.map_or(self.id, Renewal::id);
                self.begins(world, &begun);
                self.is_sent(world, did);
            }
            Ended::InUse | Ended::Nothing => assert_eq!(*did, Did::Finish, "{}", text(brought.0)),
        }
    }

    fn has_failed(&mut self, world: &mut World, did: &Did) {
        assert_eq!(*did, Did::Finish, "it has failed");
        world.reach(Reach::RenewalFailed);
        let cause = world.tokens.failure_since(self.id);
        let was_set_aside = world.ledger.has_set_aside();
        let ended = world.ledger.failed(world.now, cause);
        world.reach_if(was_set_aside && !world.ledger.has_set_aside(), Reach::UsedAgain);
        world.reach_if(matches!(ended, Ended::InUse), Reach::OldToken);
    }

    /// It was taken over, so that nothing of it counts any more.
    fn is_given_up(&mut self, world: &mut World, did: &Did) {
        assert_eq!(*did, Did::Finish, "it was taken over");
        assert!(self.call.renewal().is_none(), "it has not ended");
        world.reach_if(matches!(self.next, Next::Brought(..) | Next::Failed), Reach::LateResult);
    }
}

fn did(action: &TokenAction) -> Did {
    match action {
        TokenAction::Send(_) | TokenAction::Obtain => Did::Send(0),
        TokenAction::Sleep { until } => Did::Sleep(until.0),
        TokenAction::Finish => Did::Finish,
    }
}
