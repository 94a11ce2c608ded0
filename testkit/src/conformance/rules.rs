//! How each rule is tested.

use super::bench::{BOTH, Bench, SEND, SEND_STREAMING, Violation};
use super::subject::{Subject, Way};
use super::{Outcome, Rule};

mod addresses;
mod bodies;
mod calls;
#[cfg(any(feature = "rustls", feature = "ring"))]
mod certificates;
mod encodings;
mod endless;
mod failures;
mod requests;
mod responses;
mod slow;

impl Rule {
    /// The methods of the transport that the rule applies to.
    pub(super) fn ways(self) -> &'static [Way] {
        match self {
            // `PrintsNoToken` looks at the errors of all other rules.
            Self::LimitsBodies | Self::LimitsCallTime | Self::PrintsNoToken => SEND,
            Self::StopsWithTheReader | Self::DeliversSlowBodies => SEND_STREAMING,
            Self::SendsTheRequestAsBuilt
            | Self::KeepsEveryHeader
            | Self::AcceptsEveryStatus
            | Self::FollowsNoRedirect
            | Self::EnforcesTheLength
            | Self::DetectsBrokenConnections
            | Self::KeepsTransferCodings
            | Self::DropsDecodedEncodings
            | Self::LimitsHeads
            | Self::LimitsSilence
            | Self::ChecksCertificates
            | Self::DistinguishesFailures
            | Self::EnforcesTheAddressPolicy
            | Self::KeepsWorking
            | Self::SeparatesCalls => BOTH,
        }
    }
}

impl<S: Subject> Bench<'_, S> {
    /// Tests a rule with the current method of the transport.
    pub(super) async fn test(&self, rule: Rule) -> Result<Outcome, Violation> {
        match rule {
            Rule::SendsTheRequestAsBuilt => self.sends_the_request_as_built().await?,
            Rule::KeepsEveryHeader => self.keeps_every_header().await?,
            Rule::AcceptsEveryStatus => self.accepts_every_status().await?,
            Rule::FollowsNoRedirect => self.follows_no_redirect().await?,
            Rule::EnforcesTheLength => self.enforces_the_length().await?,
            Rule::DetectsBrokenConnections => self.detects_broken_connections().await?,
            Rule::KeepsTransferCodings => self.keeps_transfer_codings().await?,
            Rule::DropsDecodedEncodings => self.drops_decoded_encodings().await?,
            Rule::LimitsBodies => self.limits_bodies().await?,
            Rule::LimitsHeads => self.limits_heads().await?,
            Rule::StopsWithTheReader => self.stops_with_the_reader().await?,
            Rule::LimitsCallTime => self.limits_call_time().await?,
            Rule::DeliversSlowBodies => return self.delivers_slow_bodies().await,
            Rule::LimitsSilence => self.limits_silence().await?,
            #[cfg(any(feature = "rustls", feature = "ring"))]
            Rule::ChecksCertificates => return self.checks_certificates().await,
            #[cfg(not(any(feature = "rustls", feature = "ring")))]
            Rule::ChecksCertificates => {
                return Err("enable the feature rustls or ring of the testkit to test this".into());
            }
            Rule::DistinguishesFailures => self.distinguishes_failures().await?,
            Rule::EnforcesTheAddressPolicy => self.enforces_the_address_policy().await?,
            Rule::KeepsWorking => self.keeps_working().await?,
            Rule::SeparatesCalls => self.separates_calls().await?,
            Rule::PrintsNoToken => self.prints_no_token()?,
        }
        Ok(Outcome::Passed)
    }
}
