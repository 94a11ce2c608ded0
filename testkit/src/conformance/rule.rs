//! The rules and their names.

use std::fmt;

/// Defines every rule once: its variant and its name.
macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident $name:literal)*) => {
        /// A rule that a transport must follow.
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
    /// Method, path, query, headers and body arrive as they were built. The percent-encoding does not change, and non-ASCII
    /// bytes are not lost.
    SendsTheRequestAsBuilt "sends the request as built"
    /// All response headers are returned, including repeated and non-ASCII ones.
    KeepsEveryHeader "keeps every header"
    /// A response with any status is returned and is not an error.
    AcceptsEveryStatus "accepts every status"
    /// Redirects are not followed, and no Referer is sent.
    FollowsNoRedirect "follows no redirect"
    /// A body that ends before its announced length is an error. With `Transfer-Encoding: identity`, the transport may instead
    /// return the response if that header and `Content-Length` are still in it.
    EnforcesTheLength "enforces the announced length"
    /// A body without a length ends only with the orderly end of its connection. A reset is an error, and so is a TLS
    /// connection that ends without `close_notify` (tested with a [`TestCa`](super::TestCa)).
    DetectsBrokenConnections "detects broken connections"
    /// For a `Transfer-Encoding` other than chunked, the transport decodes the body and removes the header,
    /// or fails, or leaves the header in the response. The same applies to chunks in HTTP/1.0.
    KeepsTransferCodings "keeps the transfer codings that it does not decode"
    /// A transport that decodes a `Content-Encoding` removes that header and `Content-Length`.
    DropsDecodedEncodings "drops the headers of an encoding that it decodes"
    /// `send` fails if a body is larger than the transport's limit.
    LimitsBodies "limits the size of bodies"
    /// Endless interim (1xx) responses, header lines, chunk extensions and trailers are not read forever.
    LimitsHeads "limits the size of heads"
    /// When the reader drops a streamed body, the transport does not read the rest.
    StopsWithTheReader "stops when the reader stops"
    /// `send` fails with `Timeout` if a body that arrives byte by byte takes longer than a whole call may.
    LimitsCallTime "limits the time of a whole call"
    /// `send_streaming` returns when the head has arrived, and delivers the body for as long as bytes arrive, even if that
    /// takes longer than a whole call may.
    DeliversSlowBodies "delivers slow bodies when streaming"
    /// If no byte of a body arrives for too long, the call fails with `Timeout`.
    LimitsSilence "limits silence within a body"
    /// A self-signed certificate is refused with `Final`. With a [`TestCa`](super::TestCa), certificates for another host and
    /// expired certificates are refused as well, and a valid one is accepted.
    ChecksCertificates "checks certificates"
    /// The error is `Connect` for a refused connection, `Interrupted` for a broken one, and `Timeout` for silence.
    DistinguishesFailures "distinguishes failures"
    /// A transport that returns true for
    /// [`enforces_address_policy`](wechat_material::Transport::enforces_address_policy) refuses a request with
    /// `AddressPolicy::PublicOnly` to `localhost` and 127.0.0.1 with `Final`, and does not connect. Before and after that, it
    /// sends requests that may reach any address. Transports that return false pass.
    EnforcesTheAddressPolicy "enforces the address policy if it claims to"
    /// Calls succeed over connections that stay open and after the server has closed a connection.
    KeepsWorking "keeps working call after call"
    /// Each of two concurrent calls gets its own answer.
    SeparatesCalls "separates concurrent calls"
    /// No error and none of its causes prints the token, either plain or percent-encoded.
    // Must be last: it looks at the errors of all other rules.
    PrintsNoToken "prints no token"
}
