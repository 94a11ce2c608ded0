//! Reports events to a call.

use std::io::{Error, ErrorKind};

use wechat_material::FailureKind;
use wechat_material::driver::Feed;
use wechat_material::http::Response;

use super::super::attempts::Awaits;
use super::super::reached::Reach;
use super::super::replies::{Meaning, Reply, failure};
use super::super::world::World;
use super::Caller;

impl Caller<'_> {
    /// A whole reply arrives, or the rest of one.
    pub(crate) fn receive_reply(&mut self, world: &mut World, how: u8) {
        if self.awaits() == Awaits::Reply && !self.setup.kind.is_streamed {
            let Some(call) = &mut self.call else { return };
            let reply = Reply::new(how, self.asks);
            match reply.response() {
                Ok(response) => call.handle_response(response, world.moment()),
                Err(error) => call.handle_failure(error, world.moment()),
            }
            return self.handle_reply(world, reply);
        }
        self.receive_head(world, how);
        while self.awaits() == Awaits::Body {
            self.receive_chunk(world, usize::MAX);
        }
    }

    /// The head of a reply arrives, or the request fails.
    pub(crate) fn receive_head(&mut self, world: &mut World, how: u8) {
        if self.awaits() != Awaits::Reply {
            return;
        }
        let Some(call) = &mut self.call else { return };
        let reply = Reply::new(how, self.asks);
        match reply.head() {
            Ok(head) => {
                call.handle_head(head.into_parts().0, world.moment());
                assert!(call.is_receiving(), "the call does not expect a body");
                self.attempts.head_arrived();
                (self.reply, self.arrived) = (Some(reply), 0);
            }
            Err(error) => {
                call.handle_failure(error, world.moment());
                self.handle_reply(world, reply);
            }
        }
    }

    /// This many bytes of the body arrive, or its end if there are no more.
    pub(crate) fn receive_chunk(&mut self, world: &mut World, length: usize) {
        if self.awaits() != Awaits::Body {
            return;
        }
        let (Some(call), Some(reply)) = (&mut self.call, self.reply.take()) else { return };
        let rest = &reply.body()[self.arrived..];
        let is_end = rest.is_empty();
        let chunk = &rest[..rest.len().min(length)];
        let now = world.moment();
        let feed = if is_end { call.handle_end(now) } else { call.handle_chunk(chunk, now) };
        self.arrived += chunk.len();
        if let Feed::File { held, chunk } = feed {
            assert!(self.setup.kind.is_streamed, "a call that collects the file has handed out bytes");
            for bytes in [&held[..], chunk] {
                assert!(reply.body()[self.attempts.holds..].starts_with(bytes), "different bytes");
                self.attempts.holds += bytes.len();
            }
        }
        if call.is_receiving() {
            self.reply = Some(reply);
            return;
        }
        assert!(is_end || reply.meaning != Meaning::Answer, "an answer was cut off");
        world.reach_if(!is_end, Reach::RefusedEarly);
        self.handle_reply(world, reply);
    }

    /// The connection breaks.
    pub(crate) fn break_off(&mut self, world: &mut World, how: u8) {
        let awaits = self.awaits();
        let Some(call) = &mut self.call else { return };
        let reply = Reply::broken(how);
        if let (Awaits::Reply | Awaits::Body, Err(error)) = (awaits, reply.head()) {
            call.handle_failure(error, world.moment());
            world.reach_if(awaits == Awaits::Body, Reach::BrokenOff);
            self.handle_reply(world, reply);
        }
    }

    fn handle_reply(&mut self, world: &mut World, reply: Reply) {
        world.reach(reply.meaning.reach());
        self.attempts.replied(world.now, reply.meaning, reply.retry_after());
        self.reply = Some(reply);
        self.watch(world);
    }

    /// The sink rewinds, or cannot rewind.
    pub(crate) fn rewind_sink(&mut self, world: &mut World, can_rewind: bool) {
        if self.awaits() != Awaits::Rewind {
            return;
        }
        let Some(call) = &mut self.call else { return };
        if can_rewind {
            call.handle_rewound(world.moment());
            self.attempts.rewound(world.now);
            world.reach(Reach::Rewound);
        } else {
            call.handle_no_rewind(world.moment());
            self.attempts.not_rewound();
            world.reach(Reach::NoRewind);
        }
    }

    /// The sink fails after it has written half of the bytes.
    pub(crate) fn fail_sink(&mut self, world: &mut World) {
        let Some(call) = self.call.as_mut().filter(|_| self.attempts.is_clear()) else { return };
        let written = self.attempts.holds as u64 / 2;
        call.handle_sink_failure(Error::from(ErrorKind::StorageFull), written, world.moment());
        if self.setup.kind.is_streamed {
            self.attempts.sink_failed();
        } else {
            // There is no sink.
            self.attempts.unexpected_report();
        }
    }

    /// Reports an event that cannot happen now.
    pub(crate) fn report_unexpected(&mut self, world: &mut World, how: u8) {
        let awaits = self.awaits();
        let Some(call) = self.call.as_mut().filter(|_| self.attempts.is_clear()) else { return };
        let now = world.moment();
        match how & 7 {
            0 if awaits != Awaits::Reply || self.setup.kind.is_streamed => {
                call.handle_response(Response::new(b"CANARY".to_vec()), now);
            }
            1 if awaits != Awaits::Reply => call.handle_head(Response::new(()).into_parts().0, now),
            2 if awaits != Awaits::Body => assert_eq!(call.handle_chunk(b"CANARY", now), Feed::Held),
            3 if awaits != Awaits::Body => assert_eq!(call.handle_end(now), Feed::Held),
            4 if !matches!(awaits, Awaits::Reply | Awaits::Body) => {
                call.handle_failure(failure(FailureKind::Connect), now);
            }
            5 if awaits != Awaits::Rewind => call.handle_rewound(now),
            6 if awaits != Awaits::Rewind => call.handle_no_rewind(now),
            _ => return,
        }
        self.attempts.unexpected_report();
    }
}
