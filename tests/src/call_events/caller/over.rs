//! Checks the end of a call, and what it prints.

use std::error::Error;
use std::sync::Arc;

use wechat_material::driver::{Action, Feed};
use wechat_material::{ClientError, EventKind};

use super::super::attempts::End;
use super::super::kind::Subject;
use super::super::machine::Output;
use super::super::reached::Reach;
use super::super::replies::Reply;
use super::super::world::World;
use super::Caller;

impl Caller<'_> {
    /// Checks a call after a poll has ended it.
    pub(super) fn finish(&mut self, world: &mut World) {
        self.watch(world);
        let (Some(mut call), Some(end)) = (self.call.take(), self.attempts.end()) else { return };
        let now = world.moment();
        // Whatever is reported now, nothing changes.
        assert_eq!((call.handle_end(now), call.handle_chunk(b"CANARY", now)), (Feed::Held, Feed::Held));
        call.handle_rewound(now);
        assert!(
            matches!(call.poll(&mut world.tokens, now), Action::Finish),
            "the call continues after its end"
        );
        world.check_hidden(&call);
        world.reach(Reach::Finishes);
        if world.is_thorough {
            assert_eq!(self.reported, self.attempts.sent(), "an attempt without an event");
        }

        let result = call.finish();
        if let Err(error) = &result {
            world.check_hidden(error);
            world.check_hidden(&error.source());
            world.check_hidden(&format_args!("{error}"));
        }
        self.check_end(world, end, &result);
        if self.setup.kind.subject == Subject::List {
            let page = result.map(|output| match output {
                Output::Page(page) => page,
                Output::File(..) | Output::Json => panic!("a different answer"),
            });
            self.walk.fetched(page, &mut world.reached);
        }
    }

    fn check_end(&self, world: &mut World, end: End, result: &Result<Output, ClientError>) {
        let (reach, sent) = (end.reach(), self.attempts.sent());
        world.reach(reach);
        match (end, result) {
            (End::Answered, Ok(output)) => self.check_output(world, output),
            (End::Failed, Err(ClientError::Call { attempts, renewed, written, .. })) => {
                let expected = (sent, self.attempts.has_renewed(), self.attempts.holds as u64);
                assert_eq!((*attempts, *renewed, *written), expected);
            }
            (End::NoToken(since), Err(ClientError::Token(cause))) => {
                let expected = world.ledger.failure_since(since).expect("a renewal has failed");
                assert!(std::ptr::addr_eq(Arc::as_ptr(cause), Arc::as_ptr(expected)), "a different cause");
            }
            (End::TokenTimeout, Err(ClientError::TokenTimeout { .. })) => assert_eq!(sent, 0),
            (End::SinkFailed, Err(ClientError::Sink { written, .. })) => {
                assert_eq!(*written, self.attempts.holds as u64 / 2);
            }
            (End::WrongEvent, Err(ClientError::WrongEvent { .. })) => {}
            (end, Ok(_)) => panic!("an answer, expected {end:?}"),
            (end, Err(error)) => panic!("{error:?}, expected {end:?}"),
        }
    }

    fn check_output(&self, world: &mut World, output: &Output) {
        match output {
            Output::File(length, bytes) => {
                let body = self.reply.as_ref().map_or(&[][..], Reply::body);
                let holds = bytes.as_ref().map_or(self.attempts.holds, Vec::len);
                assert_eq!((*length, holds), (body.len() as u64, body.len()), "a different length");
                assert!(bytes.as_ref().is_none_or(|bytes| bytes == body), "different bytes");
                world.reach(if bytes.is_some() { Reach::InMemory } else { Reach::Streamed });
            }
            Output::Json | Output::Page(_) => {
                assert_eq!(self.attempts.holds, 0, "JSON was written to the sink");
            }
        }
    }

    /// The caller drops the call.
    pub(crate) fn drop_call(&mut self, world: &mut World) {
        world.reach_if(self.call.take().is_some(), Reach::Dropped);
        self.needs_token = false;
    }

    /// Checks what the call prints and which events it reports.
    pub(super) fn watch(&mut self, world: &World) {
        let Some(call) = self.call.as_mut().filter(|_| world.is_thorough) else { return };
        world.check_hidden(call);
        while let Some(event) = call.next_event() {
            world.check_hidden(&event);
            assert!(event.attempt <= self.attempts.sent(), "an event of an attempt that was not made");
            self.reported += u32::from(event.kind == EventKind::Attempt);
        }
    }
}
