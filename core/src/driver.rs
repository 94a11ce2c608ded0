//! For authors of transports, runtimes and drivers: the state machines of a client, the traits of clocks, and the types of
//! streamed bodies.
//!
//! `wechat-material-client` has two drivers, a blocking one and an async one. To write another driver, lock the cache, call
//! [`Call::lease`], drive a [`TokenCall`] if there is no token, and then do what [`Call::next_action`] returns.

#[doc(no_inline)]
pub use crate::endpoint::Target;
pub use crate::flow::{
    Action, Call, ListChanges, ListError, ListWalk, Moment, OpenFile, Received, Renewal, TokenAction,
    TokenCache, TokenCall, TokenGrant, TokenId, TokenWait, retry_after,
};
pub use crate::flow::{Clock, Lease, RenewalId, Runtime, Sleep};
pub use crate::receive::{Feed, Receiver};
pub use crate::secret::Redacted;
pub use crate::transport::{AsyncBody, Body, MaybeSend, MaybeSync};
