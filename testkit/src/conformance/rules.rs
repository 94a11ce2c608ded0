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
    /// The methods of a transport that the rule is about.
    pub(super) fn ways(self) -> &'static [Way] {
        match self {
            // The last of these looks at the errors of all other rules.
            Self::EndsEndlessBodies | Self::EndsDrips | Self::PrintsNoToken => SEND,
            Self::StopsWithTheReader | Self::DeliversSlowBodies => SEND_STREAMING,
            Self::SendsTheRequestAsBuilt
            | Self::KeepsEveryHeader
            | Self::TakesEveryStatus
            | Self::FollowsNoRedirect
            | Self::EnforcesTheLength
            | Self::DetectsBrokenConnections
            | Self::KeepsTransferCodings
            | Self::DropsDecodedEncodings
            | Self::EndsEndlessHeads
            | Self::EndsSilence
            | Self::ChecksCertificates
            | Self::TellsFailuresApart
            | Self::EnforcesTheAddressPolicy
            | Self::KeepsWorking
            | Self::KeepsCallsApart => BOTH,
        }
    }
}

impl<S: Subject> Bench<'_, S> {
    /// Tests a rule in the present way.
    pub(super) async fn hold_to(&self, rule: Rule) -> Result<Outcome, Violation> {
        match rule {
            Rule::SendsTheRequestAsBuilt => self.sends_the_request_as_built().await?,
            Rule::KeepsEveryHeader => self.keeps_every_header().await?,
            Rule::TakesEveryStatus => self.takes_every_status().await?,
            Rule::FollowsNoRedirect => self.follows_no_redirect().await?,
            Rule::EnforcesTheLength => self.enforces_the_length().await?,
            Rule::DetectsBrokenConnections => self.detects_broken_connections().await?,
            Rule::KeepsTransferCodings => self.keeps_transfer_codings().await?,
            Rule::DropsDecodedEncodings => self.drops_decoded_encodings().await?,
            Rule::EndsEndlessBodies => self.ends_endless_bodies().await?,
            Rule::EndsEndlessHeads => self.ends_endless_heads().await?,
            Rule::StopsWithTheReader => self.stops_with_the_reader().await?,
            Rule::EndsDrips => self.ends_drips().await?,
            Rule::DeliversSlowBodies => return self.delivers_slow_bodies().await,
            Rule::EndsSilence => self.ends_silence().await?,
            #[cfg(any(feature = "rustls", feature = "ring"))]
            Rule::ChecksCertificates => return self.checks_certificates().await,
            #[cfg(not(any(feature = "rustls", feature = "ring")))]
            Rule::ChecksCertificates => {
                return Err("the testkit needs its feature rustls or ring to test this".into());
            }
            Rule::TellsFailuresApart => self.tells_failures_apart().await?,
            Rule::EnforcesTheAddressPolicy => self.enforces_the_address_policy().await?,
            Rule::KeepsWorking => self.keeps_working().await?,
            Rule::KeepsCallsApart => self.keeps_calls_apart().await?,
            Rule::PrintsNoToken => self.prints_no_token()?,
        }
        Ok(Outcome::Kept)
    }
}
