//! What a client does around a response, as state machines: no clock, no lock, no connection.
//!
//! Each is driven by `poll`, which says what to do next, and `handle_…`, which reports what happened. Time comes in as a
//! [`Moment`], chance as a seed, and nothing blocks.
//!
//! ```text
//!              poll                handle_response, or                        poll
//!  ┌──────┐  Send    ┌──────┐  handle_head, handle_chunk, handle_end   ┌──────┐  Finish
//!  │ Call │ ───────▶ │ sent │ ───────────────────────────────────────▶ │ over │ ───────▶ finish
//!  └──────┘          └──────┘                                          └──────┘
//!     ▲ │ NeedToken      │ a transient failure: Sleep, and of a download that had begun: Rewind
//!     └─┴────────────────┘ a refused token: NeedToken
//!
//!  TokenCache: the token that the calls share      TokenCall: one renewal of it, with its own retries
//! ```
//!
//! Only [`Call::lease`], [`TokenCall::poll`] and the cache's own methods touch the [`TokenCache`]. They run no code of the user,
//! so a driver may hold a lock around the cache for them, and for nothing else. [`Call::poll`] also builds the request,
//! which is code of the endpoint: it is for drivers without a lock.

mod call;
mod client_error;
mod config;
mod event;
mod list_walk;
mod moment;
mod retry;
mod runtime;
mod token_cache;
mod token_call;
mod token_wait;

pub use call::{Action, Call, Expect, OpenFile, Received};
pub use client_error::ClientError;
pub use config::ClientConfig;
pub use event::{ClientEvent, EventKind, WaitReason};
pub use list_walk::{ListChanges, ListError, ListWalk};
pub use moment::Moment;
pub use retry::{RetryPolicy, retry_after};
pub use runtime::{Clock, Runtime, Sleep};
pub use token_cache::{Lease, Renewal, RenewalId, TokenCache, TokenId};
pub use token_call::{TokenAction, TokenCall, TokenGrant};
pub use token_wait::TokenWait;
