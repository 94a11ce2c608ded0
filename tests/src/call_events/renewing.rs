//! Drives a renewal of the token, and keeps a ledger of what it may do.

use std::time::Duration;

use wechat_material::driver::{Renewal, RenewalId, TokenAction, TokenCall, TokenGrant};

use super::attempts::Did;
use super::budget::{BackOff, Budget, Limits};
use super::reached::Reach;
use super::script::Setup;
use super::tokens::{Ended, Started, text};
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
    /// How many renewals and attempts it must still report.
    renewals: u32,
    sent: u32,
}

/// The expected result of the next poll.
#[derive(Clone, Copy)]
enum Next {
    Send,
    Sleep(Duration),
    BackOff(BackOff),
    /// The request was sent. A driver that polls without an answer has lost the answer.
    Answer,
    /// The renewal returned this token with this lifetime.
    Obtained(u64, Option<Duration>),
    Failed,
}

impl Renewing {
    pub(super) fn new(
        world: &mut World,
        renewal: Renewal,
        started: &Started,
        grant: &TokenGrant,
        setup: &Setup,
    ) -> Self {
        world.check_hidden(&renewal);
        let mut renewing = Self {
            limits: setup.limits,
            budget: Budget::new(setup.limits, world.now),
            id: renewal.id(),
            number: started.number,
            is_forced: started.is_forced,
            next: Next::Send,
            renewals: 0,
            sent: 0,
            grant: grant.clone(),
            call: TokenCall::new(renewal, grant.clone(), &setup.config, world.seed(), world.moment()),
        };
        if world.is_thorough {
            renewing.call.record_events();
        }
        renewing.starts(world, started);
        renewing
    }

    fn starts(&mut self, world: &mut World, started: &Started) {
        // After an early renewal there is time for another one, and a forced one may have succeeded.
        let limits = if started.is_early || started.is_forced { Limits::ONCE } else { self.limits };
        self.budget = Budget::new(limits, world.now);
        self.renewals += 1;
        (self.number, self.is_forced, self.next) = (started.number, started.is_forced, Next::Send);
        world.reach(if started.is_forced { Reach::Forced } else { Reach::Unforced });
        world.reach_if(started.is_early, Reach::Early);
        world.reach_if(started.takes_over, Reach::TakenOver);
    }

    pub(super) fn sleeps_until(&self) -> Option<Duration> {
        match self.next {
            Next::Sleep(until) => Some(until),
            Next::Send | Next::BackOff(_) | Next::Answer | Next::Obtained(..) | Next::Failed => None,
        }
    }

    /// Polls the renewal. Returns whether it has ended.
    pub(super) fn poll(&mut self, world: &mut World) -> bool {
        let now = world.moment();
        let action = self.call.poll(&mut world.tokens, now);
        world.check_hidden(&action);
        let did = did(&action);
        world.record(&did);
        match self.next {
            _ if !world.ledger.sees(world.now, self.number) => self.was_taken_over(world, &did),
            Next::Sleep(until) if world.now < until => assert_eq!(did, Did::Sleep(until), "a different wait"),
            Next::Sleep(_) if self.budget.is_over(world.now) => self.expired(world, &did),
            Next::Send | Next::Sleep(_) => self.is_sent(world, &did),
            Next::BackOff(back_off) => self.backs_off(world, back_off, &did),
            Next::Answer => {
                world.reach(Reach::LostAnswer);
                self.has_failed(world, &did);
            }
            Next::Obtained(token, life) => self.has_obtained(world, (token, life), &did),
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
            (TokenAction::Send(_) | TokenAction::Obtain, _) => panic!("a different source"),
        }
    }

    fn is_sent(&mut self, world: &World, did: &Did) {
        if self.cannot_be_built() {
            // The next poll reports the failure.
            assert_eq!(*did, Did::Sleep(world.now));
            self.next = Next::Failed;
            return;
        }
        assert_eq!(*did, Did::Send(0));
        self.budget.sends();
        // A custom source makes no attempts.
        self.sent += u32::from(!matches!(self.grant, TokenGrant::Own));
        self.next = Next::Answer;
    }

    fn backs_off(&mut self, world: &mut World, back_off: BackOff, did: &Did) {
        match did {
            Did::Sleep(until) => {
                assert!(world.now < *until, "a wait that is already over");
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

    /// Whether its time is over without a failure. This happens if it was not polled in time after a wait.
    fn may_have_expired(&self, world: &World) -> bool {
        self.budget.is_over(world.now)
            && self.budget.may_send_again()
            && world.tokens.failure_since(self.id).is_none()
    }

    fn has_obtained(&mut self, world: &mut World, obtained: (u64, Option<Duration>), did: &Did) {
        let then = self.call.renewal();
        match world.ledger.obtained(world.now, obtained, then) {
            Ended::Forced(started) => {
                self.id = then.map_or(self.id, Renewal::id);
                self.starts(world, &started);
                self.is_sent(world, did);
            }
            Ended::InUse | Ended::Nothing => assert_eq!(*did, Did::Finish, "{}", text(obtained.0)),
        }
    }

    fn has_failed(&mut self, world: &mut World, did: &Did) {
        assert_eq!(*did, Did::Finish, "the renewal has failed");
        world.reach(Reach::RenewalFailed);
        let cause = world.tokens.failure_since(self.id);
        let was_set_aside = world.ledger.has_set_aside();
        let ended = world.ledger.failed(world.now, cause);
        world.reach_if(was_set_aside && !world.ledger.has_set_aside(), Reach::UsedAgain);
        world.reach_if(matches!(ended, Ended::InUse), Reach::OldToken);
    }

    /// The renewal was taken over, so it has no effect any more.
    fn was_taken_over(&mut self, world: &mut World, did: &Did) {
        assert_eq!(*did, Did::Finish, "the renewal was taken over");
        assert!(self.call.renewal().is_none(), "the renewal has not ended");
        world.reach_if(matches!(self.next, Next::Obtained(..) | Next::Failed), Reach::LateResult);
    }
}

fn did(action: &TokenAction) -> Did {
    match action {
        TokenAction::Send(_) | TokenAction::Obtain => Did::Send(0),
        TokenAction::Sleep { until } => Did::Sleep(until.0),
        TokenAction::Finish => Did::Finish,
    }
}
