//! One call, from its first attempt to its last.

use std::fmt;
use std::mem;
use std::time::Duration;

mod action;
mod open_file;
mod received;
mod reports;
mod secrets;

pub use self::action::{Action, Expect};
pub use self::open_file::OpenFile;
pub use self::received::Received;

use self::secrets::Secrets;
use super::event::Events;
use super::retry::{Next, Retry};
use super::{ClientConfig, ClientError, ClientEvent, EventKind, Moment, TokenCache, TokenId, TokenWait};
use crate::call::CallError;
use crate::endpoint::{Endpoint, Target};
use crate::error::Category;
#[cfg(doc)]
use crate::material::File;
use crate::material::FileInfo;
use crate::parse::Parsed;
use crate::receive::Receiver;
use crate::secret::{AccessToken, AppSecret, Authorization};

/// One call, from its first attempt to its last: the token, the retries, the streaming of a file, and whether a download
/// may start over.
///
/// `F` decides what is done with a file: [`File`] collects its bytes, [`FileInfo`] returns them to the driver as they
/// arrive. A call that [opens](Self::opening) a file stops at its first bytes, and `F` is any type that the driver makes
/// from an [`OpenFile`].
///
/// ```
/// # use wechat_material::driver::{Action, Call, Moment, TokenCache};
/// # use wechat_material::{AccessToken, ClientConfig, CountMaterials, File, TransportError, FailureKind};
/// let (config, now) = (ClientConfig::default(), Moment::default());
/// let mut tokens = TokenCache::fixed(AccessToken::new("81_Zx3"));
/// let mut call = Call::<_, File>::new(&CountMaterials, &config, 7, now);
/// let Action::Send { request, .. } = call.poll(&mut tokens, now) else { panic!("there is a token") };
/// call.handle_failure(TransportError::new(FailureKind::Timeout, std::io::Error::other("…")), now);
/// let Action::Sleep { until } = call.poll(&mut tokens, now) else { panic!("a timeout is transient") };
/// assert!(matches!(call.poll(&mut tokens, until), Action::Send { .. }));
/// call.handle_response(http::Response::new(br#"{"image_count":3}"#.to_vec()), until);
/// assert!(matches!(call.poll(&mut tokens, until), Action::Finish));
/// assert_eq!(call.finish()?.output.image, 3);
/// # Ok::<(), wechat_material::ClientError>(())
/// ```
pub struct Call<'c, E: Endpoint, F> {
    endpoint: &'c E,
    config: &'c ClientConfig,
    receipt: Receipt<F>,
    retry: Retry,
    events: Events,
    state: State<'c, E, F>,
    /// The token of the last attempt.
    token: Option<TokenId>,
    secrets: Secrets,
    /// A refused token that the cache does not know of yet.
    refused: Option<TokenId>,
    token_wait: TokenWait,
    /// Why the last attempt failed.
    failure: Option<Box<CallError>>,
    is_renewing: bool,
    has_renewed: bool,
    /// The `Retry-After` of the last response.
    retry_after: Option<Duration>,
    /// How many bytes of a file were returned to the driver and not taken back.
    written: u64,
    /// Bytes of a file that the call collects.
    bytes: Vec<u8>,
}

/// What is done with a file.
enum Receipt<F> {
    /// The call collects its bytes.
    Keep(MakeFile<F>),
    /// The driver gets its bytes as they arrive.
    Pass(MakeFile<F>),
    /// The call stops at its first bytes.
    Open,
}

type MakeFile<F> = fn(FileInfo, Vec<u8>) -> F;

enum State<'c, E: Endpoint, F> {
    /// The call needs a token and can be sent then.
    Ready,
    Waiting(Moment),
    /// The call can be sent with this token.
    Leased(Option<AccessToken>),
    Sent,
    Receiving(Box<Receiver<'c, E>>),
    Opened(Box<OpenFile>),
    /// The sink must discard the bytes of this attempt.
    Broken(Next),
    /// The driver has been asked to rewind the sink.
    Rewinding(Next),
    Over(Result<Parsed<E::Output<F>>, ClientError>),
}

impl<'c, E: Endpoint, F: Received> Call<'c, E, F> {
    /// A call that begins now. The seed is the source of randomness: use a different seed for every call.
    pub fn new(endpoint: &'c E, config: &'c ClientConfig, seed: u64, now: Moment) -> Self {
        let receipt = if F::KEEPS_BYTES { Receipt::Keep(F::received) } else { Receipt::Pass(F::received) };
        Self::with_receipt(receipt, endpoint, config, seed, now)
    }
}

impl<'c, E: Endpoint, F> Call<'c, E, F> {
    /// A call that begins now and stops at the first bytes of a file: see [`Action::Opened`].
    pub fn opening(endpoint: &'c E, config: &'c ClientConfig, seed: u64, now: Moment) -> Self {
        Self::with_receipt(Receipt::Open, endpoint, config, seed, now)
    }

    fn with_receipt(
        receipt: Receipt<F>,
        endpoint: &'c E,
        config: &'c ClientConfig,
        seed: u64,
        now: Moment,
    ) -> Self {
        Self {
            endpoint,
            config,
            receipt,
            retry: Retry::new(&config.retry, endpoint.is_idempotent(), seed, now),
            events: Events::new(endpoint.name(), now),
            state: State::Ready,
            token: None,
            secrets: Secrets::default(),
            refused: None,
            token_wait: TokenWait::new(&config.retry, now),
            failure: None,
            is_renewing: false,
            has_renewed: false,
            retry_after: None,
            written: 0,
            bytes: Vec::new(),
        }
    }

    /// Records events from now on, for [`next_event`](Self::next_event). By default none are recorded.
    pub fn record_events(&mut self) {
        self.events.record(self.endpoint.subject());
    }

    /// Removes this secret from errors and file names if a response repeats it, as it does with the access token.
    pub fn redact(&mut self, secret: &AppSecret) {
        self.secrets.set_app_secret(secret);
    }

    /// Returns what to do next.
    ///
    /// [`lease`](Self::lease) and [`next_action`](Self::next_action) do the same in two steps: the first needs the
    /// cache and is quick, the second runs code of the endpoint. A driver that locks the cache holds the lock for the first
    /// step only.
    pub fn poll(&mut self, tokens: &mut TokenCache, now: Moment) -> Action {
        let _ = self.lease(tokens, now);
        self.next_action(now)
    }

    /// Takes a token from the cache if the call needs one, and reports a refused token to the cache. If there is no token,
    /// returns how long to wait for one at most.
    #[must_use]
    pub fn lease(&mut self, tokens: &mut TokenCache, now: Moment) -> Option<Moment> {
        if let Some(refused) = self.refused.take() {
            // Even if this call is not retried, the next one must not use this token.
            tokens.refuse(refused);
        }
        match self.state {
            State::Ready => {}
            State::Waiting(until) if now >= until => self.state = State::Ready,
            _ => return None,
        }
        if !E::Target::NEEDS_TOKEN {
            if self.retry.is_late(now) {
                self.give_up();
            } else {
                self.state = State::Leased(None);
            }
            return None;
        }
        if self.is_renewing && tokens.is_fixed() {
            self.give_up();
            return None;
        }
        match self.token_wait.poll(tokens, now) {
            Ok(Some((token, id))) => {
                self.token = Some(id);
                self.state = State::Leased(Some(token));
                None
            }
            Ok(None) => Some(self.token_wait.until()),
            Err(ClientError::TokenTimeout { .. }) if self.failure.is_some() => {
                self.give_up();
                None
            }
            Err(error) => {
                self.over(error);
                None
            }
        }
    }

    /// Returns what to do next, after [`lease`](Self::lease).
    pub fn next_action(&mut self, now: Moment) -> Action {
        match &self.state {
            State::Ready => Action::NeedToken { until: self.token_wait.until() },
            State::Waiting(until) => Action::Sleep { until: *until },
            State::Leased(token) => {
                if let Some(token) = token {
                    self.secrets.add(token);
                }
                let target = E::Target::from_client(self.config, token.as_ref());
                self.send(&target, now)
            }
            State::Opened(_) => Action::Opened,
            State::Broken(next) => {
                self.state = State::Rewinding(*next);
                Action::Rewind
            }
            State::Sent | State::Receiving(_) | State::Rewinding(_) => {
                self.wrong("poll");
                Action::Finish
            }
            State::Over(_) => Action::Finish,
        }
    }

    fn send(&mut self, target: &E::Target, now: Moment) -> Action {
        self.has_renewed |= mem::take(&mut self.is_renewing);
        self.retry.begin_attempt();
        match self.endpoint.to_request(target) {
            Ok(request) => {
                self.events.push(self.retry.attempts(), now, || EventKind::Attempt);
                self.state = State::Sent;
                let expect = if self.keeps_bytes() { self.endpoint.expect() } else { Expect::File };
                Action::Send { request, expect }
            }
            Err(error) => {
                self.failed(CallError::Build(error), now);
                Action::Finish
            }
        }
    }

    /// Ends the call with the last failure.
    fn give_up(&mut self) {
        if let Some(cause) = self.failure.take() {
            self.over(ClientError::Call {
                call: self.endpoint.name(),
                attempts: self.retry.attempts(),
                renewed: self.has_renewed,
                written: self.written,
                cause,
            });
        }
    }

    /// When the call began.
    pub fn started(&self) -> Moment {
        self.retry.started()
    }

    /// Whether the call has stopped at the first bytes of a file: see [`Action::Opened`].
    pub fn has_opened(&self) -> bool {
        matches!(self.state, State::Opened(_))
    }

    /// Whether more of the body is needed.
    pub fn is_receiving(&self) -> bool {
        matches!(self.state, State::Receiving(_))
    }

    /// Whether the answer is complete, so that a sink can be flushed.
    pub fn is_answered(&self) -> bool {
        matches!(self.state, State::Over(Ok(_)))
    }

    /// The next event, if events are recorded.
    pub fn next_event(&mut self) -> Option<ClientEvent> {
        self.events.next()
    }

    /// Ends the call after [`Action::Finish`], and returns the answer.
    ///
    /// # Errors
    ///
    /// [`ClientError`] after all retries; [`WrongEvent`](ClientError::WrongEvent) before
    /// [`Action::Finish`].
    pub fn finish(self) -> Result<Parsed<E::Output<F>>, ClientError> {
        let due = self.due();
        match self.state {
            State::Over(result) => result,
            _ => Err(ClientError::WrongEvent { event: "finish", due }),
        }
    }

    fn answered(&mut self, parsed: Parsed<E::Output<F>>, now: Moment) {
        let answer =
            || EventKind::Answer { evidence: Some(parsed.evidence), repairs: parsed.repairs.clone() };
        self.events.push(self.retry.attempts(), now, answer);
        self.state = State::Over(Ok(parsed));
    }

    fn failed(&mut self, error: CallError, now: Moment) {
        let error = error.redacted(&self.secrets.texts());
        self.events.push(self.retry.attempts(), now, || EventKind::failure(&error));
        if error.fault().is_some_and(|fault| fault.category() == Category::Token) {
            self.refused = self.token;
        }
        let next = self.retry.after(&error, self.retry_after, now);
        self.failure = Some(Box::new(error));
        self.bytes = Vec::new();
        if self.written > 0 {
            self.state = State::Broken(next);
        } else {
            self.go_on(next, now);
        }
    }

    fn go_on(&mut self, next: Next, now: Moment) {
        match next {
            // Rewinding the sink took too long.
            Next::Wait(time, _) if self.retry.is_late(now.after(time)) => self.give_up(),
            Next::Wait(time, reason) => {
                self.events.push(self.retry.attempts(), now, || EventKind::Wait { time, reason });
                self.state = State::Waiting(now.after(time));
            }
            Next::Renew => {
                self.is_renewing = true;
                self.state = State::Ready;
            }
            Next::Finish => self.give_up(),
        }
    }

    fn over(&mut self, error: ClientError) {
        self.state = State::Over(Err(error));
    }

    /// Ends the call with an error because of an event that cannot happen now, unless it is over.
    fn wrong(&mut self, event: &'static str) {
        if !matches!(self.state, State::Over(_)) {
            self.over(ClientError::WrongEvent { event, due: self.due() });
        }
    }

    fn due(&self) -> &'static str {
        match self.state {
            State::Ready | State::Waiting(_) | State::Leased(_) | State::Broken(_) => "poll",
            State::Sent => "a response or a failure",
            State::Receiving(_) => "handle_chunk, handle_end or handle_failure",
            State::Opened(_) => "handle_open",
            State::Rewinding(_) => "handle_rewound or handle_no_rewind",
            State::Over(_) => "finish",
        }
    }

    fn keeps_bytes(&self) -> bool {
        matches!(self.receipt, Receipt::Keep(_))
    }

    fn max_file(&self) -> u64 {
        let options = &self.config.options;
        if self.keeps_bytes() {
            options.max_whole_file()
        } else if E::Target::AUTHORIZATION == Authorization::None {
            options.max_linked_file()
        } else {
            options.max_received_file()
        }
    }
}

impl<E: Endpoint, F> fmt::Debug for Call<'_, E, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("attempts", &self.retry.attempts())
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}
