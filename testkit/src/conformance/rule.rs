//! The rules and their names.

use std::fmt;

/// Writes every rule once: as a variant, with its name.
macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident $name:literal)*) => {
        /// Something that a transport has to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[$doc])* $variant,)*
        }

        impl Rule {
            /// All rules, in the order in which they are tested.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
        }

        impl fmt::Display for Rule {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $name,)*
                })
            }
        }
    };
}

rules! {
    /// Method, path, query, headers and body arrive as they were built: the percent-encoding is untouched, and bytes
    /// that are not ASCII are kept.
    SendsTheRequestAsBuilt "sends the request as built"
    /// All response headers are kept, also repeated and non-ASCII ones.
    KeepsEveryHeader "keeps every header"
    /// Every status is an answer.
    TakesEveryStatus "takes every status for an answer"
    /// No redirect is followed, and no Referer is sent.
    FollowsNoRedirect "follows no redirect"
    /// A body that ends before its announced length is an error. Under `Transfer-Encoding: identity` it may also be an
    /// answer that still has this header and `Content-Length`.
    EnforcesTheLength "enforces the announced length"
    /// A body without a length ends with the orderly end of its connection only: a reset is an error, and so is the end
    /// of a TLS connection without `close_notify` (tested with a [`TestCa`](super::TestCa)).
    DetectsBrokenConnections "detects broken connections"
    /// A `Transfer-Encoding` other than chunked is decoded and its header dropped, or it is an error, or the header is
    /// kept. The same holds for chunks of HTTP/1.0.
    KeepsTransferCodings "keeps the transfer codings that it does not decode"
    /// A transport that decodes a `Content-Encoding` drops that header and `Content-Length`.
    DropsDecodedEncodings "drops the headers of an encoding that it decodes"
    /// `send` ends a body without an end at the transport's limit, as an error.
    EndsEndlessBodies "ends endless bodies"
    /// Interim (1xx) responses, header lines, chunk extensions and trailers without an end are not read for ever.
    EndsEndlessHeads "ends endless heads"
    /// A streamed body that its reader drops is not read to its end.
    StopsWithTheReader "stops when the reader stops"
    /// `send` ends a body that comes drop by drop after the time of a whole call, as a `Timeout`.
    EndsDrips "ends drips after the time of a call"
    /// `send_streaming` returns once the head is there, and delivers a body for as long as it arrives, also beyond the
    /// time of a whole call.
    DeliversSlowBodies "delivers slow bodies when streaming"
    /// Silence between two bytes of a body ends it, as a `Timeout`.
    EndsSilence "ends silence within a body"
    /// A self-signed certificate is refused, as `Final`. With a [`TestCa`](super::TestCa): so are one of another host and
    /// one that has expired, and a good one is accepted.
    ChecksCertificates "checks certificates"
    /// An error is `Connect` for a refused connection, `Interrupted` for a broken one, `Timeout` for silence.
    TellsFailuresApart "tells failures apart"
    /// A transport that returns true for
    /// [`enforces_address_policy`](wechat_material::Transport::enforces_address_policy) refuses a request for public
    /// addresses only to `localhost` and 127.0.0.1, as `Final` and without a connection, before and after requests for
    /// any address, which it sends. Other transports keep the rule.
    EnforcesTheAddressPolicy "enforces the address policy if it says so"
    /// Calls go on working, over connections that stay open and after ones that the server closes.
    KeepsWorking "keeps working call after call"
    /// Two calls at once get each its own answer.
    KeepsCallsApart "keeps two calls apart"
    /// No error prints the token, neither plain nor percent-encoded, nor do its causes.
    // Last, as it looks at the errors of all others.
    PrintsNoToken "prints no token"
}
