//! The course of one call: what follows on an attempt that failed.

use std::error::Error;
use std::time::Duration;

use wechat_material::{
    ApiError, AsyncTransport, CallError, Category, ClientError, Endpoint, Event, Exchange, Generation,
    Parsed, RetryPolicy, Step,
};

use super::Shared;
use super::trace::Trace;

/// An attempt that brought no answer.
pub(super) struct Attempt<E: Error + 'static> {
    pub(super) error: Box<CallError<E>>,
    /// How long the server wants to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// What a download had written.
    pub(super) written: u64,
    /// Whether its sink is ready for another one.
    pub(super) may_repeat: bool,
}

impl<E: Error> Attempt<E> {
    pub(super) fn of(error: CallError<E>, retry_after: Option<Duration>) -> Self {
        Self { error: Box::new(error), retry_after, written: 0, may_repeat: true }
    }

    /// Whether WeChat refused the token that it was made with.
    fn is_refusal(&self) -> bool {
        matches!(&*self.error, CallError::Api(ApiError::Fault(fault)) if fault.category() == Category::Token)
    }
}

pub(super) struct Course<'c, T: AsyncTransport> {
    shared: &'c Shared<T>,
    exchange: Exchange,
    /// Of the token that the last attempt was made with.
    pub(super) generation: Option<Generation>,
    /// Of the token: until there is another one, nobody knows whether there is still time for an attempt.
    refusal: Option<Box<CallError<T::Error>>>,
    trace: Trace<'c>,
}

impl<'c, T: AsyncTransport> Course<'c, T> {
    /// Begins.
    pub(super) fn of<E: Endpoint>(shared: &'c Shared<T>, policy: &RetryPolicy, endpoint: &'c E) -> Self {
        let mut exchange = Exchange::new(policy, endpoint.is_repeatable(), shared.seed());
        let _send = exchange.next(shared.now(), Event::Start);
        Self { shared, exchange, generation: None, refusal: None, trace: Trace::of(endpoint) }
    }

    /// An attempt comes next, for which there is a token.
    ///
    /// # Errors
    ///
    /// When obtaining that took too long.
    pub(super) fn sends(&mut self) -> Result<(), ClientError<T::Error>> {
        if let Some(error) = self.refusal.take() {
            if self.exchange.next(self.shared.now(), Event::Renewed) != Step::Send {
                return Err(ClientError::call(&self.exchange, 0, error));
            }
        }
        self.trace.sends(self.exchange.attempts());
        Ok(())
    }

    /// The answer is there.
    pub(super) fn answered<A>(&self, parsed: &Parsed<A>) {
        self.trace.answered(self.exchange.attempts(), parsed);
    }

    /// The sink of a download took no more.
    #[cfg(feature = "tokio")]
    pub(super) fn sink_failed(&self, written: u64, source: std::io::Error) -> ClientError<T::Error> {
        self.trace.sink_failed(self.exchange.attempts());
        ClientError::sink(written, source)
    }

    /// Does what has to be done before another attempt.
    ///
    /// # Errors
    ///
    /// When there is no use in one.
    pub(super) async fn again(&mut self, attempt: Attempt<T::Error>) -> Result<(), ClientError<T::Error>> {
        self.trace.failed(self.exchange.attempts(), &attempt.error);
        if let Some(generation) = self.generation.take_if(|_| attempt.is_refusal()) {
            // Even if this call is not tried again, the next one is not to be made with it.
            self.shared.tokens.refused(generation);
        }
        let Attempt { error, retry_after, written, may_repeat } = attempt;
        let transport = &self.shared.transport;
        let event = Event::of(&error, |error| transport.failure(error), retry_after);
        let mut step = self.exchange.next(self.shared.now(), event);
        if !may_repeat {
            step = Step::Finish;
        }
        loop {
            let event = match step {
                Step::Send => return Ok(()),
                Step::Finish => return Err(ClientError::call(&self.exchange, written, error)),
                Step::Wait(time) => {
                    self.trace.waits(self.exchange.attempts(), time);
                    self.shared.timer.wait(time).await;
                    Event::Waited
                }
                Step::Renew => {
                    self.refusal = Some(error);
                    return Ok(());
                }
            };
            step = self.exchange.next(self.shared.now(), event);
        }
    }
}
