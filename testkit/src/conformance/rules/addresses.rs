//! Requests that may only reach public addresses.

use wechat_material::http::Uri;
use wechat_material::{AddressPolicy, FailureKind};

use super::super::bench::{Bench, OK, Violation, expect, failed, request, unanswered};
use super::super::host::{Answer, Host};
use super::super::subject::{Answered, Subject};

impl<S: Subject> Bench<'_, S> {
    pub(super) async fn enforces_the_address_policy(&self) -> Result<(), Violation> {
        if !self.enforces_address_policy() {
            return Ok(());
        }
        for name in ["localhost", "127.0.0.1"] {
            // The connections stay open, so a transport could wrongly reuse one for a request with another policy.
            let host = Host::new([Answer::Bytes(OK.to_vec()), Answer::Bytes(OK.to_vec())])?;
            self.case(format_args!("AddressPolicy::PublicOnly, to {name}"));
            self.expect_refused(&host, name).await?;
            self.case(format_args!("any address, to {name} after a refusal"));
            self.expect_answer(&host, name, None).await?;
            // Connections are accepted in order, so this counts any connection that was opened before the request.
            expect("connections", &host.connections(), &1)?;
            self.case(format_args!("AddressPolicy::PublicOnly, to {name} after an answer"));
            self.expect_refused(&host, name).await?;
            self.case(format_args!("any address, to {name} after two refusals"));
            self.expect_answer(&host, name, Some(AddressPolicy::Any)).await?;
            expect("requests", &host.asked().len(), &2)?;
        }
        Ok(())
    }

    async fn expect_refused(&self, host: &Host, name: &str) -> Result<(), Violation> {
        let answered = self.ask_name(host, name, Some(AddressPolicy::PublicOnly)).await?;
        expect("failure", &failed(answered)?.kind, &FailureKind::Final)
    }

    async fn expect_answer(
        &self,
        host: &Host,
        name: &str,
        policy: Option<AddressPolicy>,
    ) -> Result<(), Violation> {
        self.ask_name(host, name, policy).await?.map(drop).map_err(unanswered)
    }

    async fn ask_name(
        &self,
        host: &Host,
        name: &str,
        policy: Option<AddressPolicy>,
    ) -> Result<Answered, Violation> {
        let mut request = request(host.address())?;
        let url = request.uri().to_string().replace("127.0.0.1", name);
        *request.uri_mut() = url.parse::<Uri>()?;
        if let Some(policy) = policy {
            policy.apply_to(&mut request);
        }
        Ok(self.ask(request).await)
    }
}
