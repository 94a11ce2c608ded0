//! What a driver does next about a call.

use std::fmt;

use http::Request;

#[cfg(doc)]
use super::Call;
use crate::flow::Moment;
#[cfg(doc)]
use crate::flow::TokenCache;
use crate::secret::Redacted;

/// What to do next about a call.
#[expect(
    clippy::large_enum_variant,
    reason = "it is moved once, and a box would cost an allocation for each request"
)]
#[must_use]
pub enum Action {
    /// Send the request.
    Send {
        /// The request, with the token in its query.
        request: Request<Vec<u8>>,
        /// How to receive the response.
        expect: Expect,
    },
    /// Poll again at this moment.
    Sleep {
        /// When.
        until: Moment,
    },
    /// Drive the renewal of the token that is under way, or [`begin`](TokenCache::begin) one. Poll again when it has
    /// ended, or at this moment at the latest.
    NeedToken {
        /// The latest moment.
        until: Moment,
    },
    /// The first bytes of the file have arrived: [`handle_open`](Call::handle_open) it. From now on nothing is retried.
    Opened,
    /// The download starts over: discard the bytes in the sink, and report [`handle_rewound`](Call::handle_rewound), or
    /// [`handle_no_rewind`](Call::handle_no_rewind) if that is impossible.
    Rewind,
    /// The call is over: [`finish`](Call::finish) it.
    Finish,
}

/// How to receive a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expect {
    /// Whole, within the total timeout that the transport sets for a call: report
    /// [`handle_response`](Call::handle_response) or [`handle_failure`](Call::handle_failure).
    Json,
    /// As it arrives, without a total timeout: report [`handle_head`](Call::handle_head), then
    /// [`handle_chunk`](Call::handle_chunk) while the call [is receiving](Call::is_receiving), then
    /// [`handle_end`](Call::handle_end); or [`handle_failure`](Call::handle_failure) at any point.
    File,
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send { request, expect } => {
                f.debug_struct("Send").field("request", &Redacted(request)).field("expect", expect).finish()
            }
            Self::Sleep { until } => f.debug_struct("Sleep").field("until", until).finish(),
            Self::NeedToken { until } => f.debug_struct("NeedToken").field("until", until).finish(),
            Self::Opened => f.write_str("Opened"),
            Self::Rewind => f.write_str("Rewind"),
            Self::Finish => f.write_str("Finish"),
        }
    }
}
