//! Reports events to a renewal, and checks what it prints.

use std::time::Duration;

use wechat_material::driver::TokenGrant;
use wechat_material::http::Response;
use wechat_material::{AccessToken, EventKind, IssuedToken};

use super::super::attempts::Did;
use super::super::kind::Asks;
use super::super::reached::Reach;
use super::super::replies::{Meaning, Reply};
use super::super::tokens;
use super::super::world::World;
use super::{Next, Renewing};

const MINUTE: Duration = Duration::from_secs(60);

impl Renewing {
    /// The answer contains this token. It has no effect if no request is in progress.
    pub(crate) fn succeed(&mut self, world: &World, token: u64, life: Option<Duration>) {
        let text = tokens::text(token);
        if matches!(self.grant, TokenGrant::Own) {
            let issued = IssuedToken::new(AccessToken::new(text), life);
            world.check_hidden(&issued);
            self.call.handle_issued(Ok(issued), world.moment());
        } else {
            let life = life.map(|life| format!(r#","expires_in":{:?}"#, life.as_secs_f64()));
            let body = format!(r#"{{"access_token":"{text}"{}}}"#, life.unwrap_or_default());
            self.call.handle_response(Response::new(body.into_bytes()), world.moment());
        }
        if matches!(self.next, Next::Answer) {
            self.next = Next::Obtained(token, life);
        }
    }

    /// The answer contains no token.
    pub(crate) fn refuse(&mut self, world: &World, how: u8) {
        let reply = Reply::new(how, Asks::Token);
        let now = world.moment();
        match reply.response() {
            _ if matches!(self.grant, TokenGrant::Own) => {
                self.call.handle_issued(Err("there is no token".into()), now);
            }
            Ok(response) => self.call.handle_response(response, now),
            Err(error) => self.call.handle_failure(error, now),
        }
        if !matches!(self.next, Next::Answer) {
            return;
        }
        let back_off = |asked| Next::BackOff(self.budget.back_off(world.now, asked));
        let retry_after = reply.retry_after();
        self.next = match reply.meaning {
            _ if matches!(self.grant, TokenGrant::Own) => Next::Failed,
            Meaning::Busy => back_off(retry_after),
            Meaning::Minute => back_off(retry_after.max(MINUTE)),
            // A second forced renewal would invalidate the token of the first.
            Meaning::Unknown if !self.is_forced => back_off(Duration::ZERO),
            // For a token call, an invalid credential means the app secret.
            Meaning::Unknown | Meaning::Final | Meaning::Token | Meaning::Answer => Next::Failed,
        };
    }

    /// The driver leaves the renewal, or joins it again.
    pub(crate) fn set_driven(&mut self, world: &mut World, is_driven: bool) {
        if is_driven {
            world.tokens.join(self.id);
        } else {
            world.tokens.leave(self.id);
        }
        if world.ledger.set_driven(self.number, is_driven) {
            world.reach(if is_driven { Reach::Joined } else { Reach::Left });
        }
    }

    /// Abandons the renewal, and reports that to the cache.
    pub(crate) fn abandon(&mut self, world: &mut World) {
        world.tokens.abandon(self.id);
        if world.ledger.abandoned(self.number) {
            world.reach(Reach::Abandoned);
        }
    }

    /// The renewal was not polled until its time was over. It ends without a result and without a failure.
    pub(super) fn expired(&mut self, world: &mut World, did: &Did) {
        assert_eq!(*did, Did::Finish, "the time of the renewal is over");
        assert!(self.call.renewal().is_none(), "the renewal has not ended");
        if world.ledger.abandoned(self.number) {
            world.reach(Reach::Abandoned);
        }
    }

    /// Whether its request cannot be built because the app id is missing.
    pub(super) fn cannot_be_built(&self) -> bool {
        matches!(&self.grant, TokenGrant::Stable(credentials) if credentials.app_id().is_empty())
    }

    /// Checks what the renewal prints and which events it reports.
    pub(super) fn watch(&mut self, world: &World) {
        if !world.is_thorough {
            return;
        }
        world.check_hidden(&self.call);
        while let Some(event) = self.call.next_event() {
            world.check_hidden(&event);
            match event.kind {
                EventKind::Renewal { .. } => self.renewals -= 1,
                EventKind::Attempt => self.sent -= 1,
                _ => {}
            }
        }
        assert_eq!((self.renewals, self.sent), (0, 0), "a renewal or an attempt without an event");
    }
}
