//! The control flow of a client, as state machines without a clock, a lock or a connection.
//!
//! A driver calls `poll`, which returns what to do next, and reports what happened with `handle_…`. Time is passed in as a
//! [`Moment`], and randomness as a seed. Nothing blocks.
//!
//! ```text
//!              poll                handle_response, or                        poll
//!  ┌──────┐  Send    ┌──────┐  handle_head, handle_chunk, handle_end   ┌──────┐  Finish
//!  │ Call │ ───────▶ │ sent │ ───────────────────────────────────────▶ │ over │ ───────▶ finish
//!  └──────┘          └──────┘                                          └──────┘
//!     ▲ │ NeedToken      │ a transient failure: Sleep, and Rewind if bytes were written
//!     └─┴────────────────┘ a refused token: NeedToken
//!
//!  TokenCache: the token that the calls share      TokenCall: one renewal of it, with its own retries
//! ```
//!
//! Only [`Call::lease`], [`TokenCall::poll`] and the cache's own methods access the [`TokenCache`]. They do
//! not run user code, so a driver may lock the cache while it calls them. It must not hold the lock
//! otherwise. [`Call::poll`] also builds the request, which runs code of the endpoint, so it is for drivers
//! without a lock.

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
