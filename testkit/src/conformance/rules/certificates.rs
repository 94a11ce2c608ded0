//! Which certificates a transport trusts.

use rustls::ServerConfig;
use wechat_material::FailureKind;

use super::super::Outcome;
use super::super::bench::{Bench, OK, Violation, expect, failed, request, unanswered};
use super::super::subject::{Answered, Subject};
use super::super::test_ca::{Flaw, self_signed_config};
use super::super::tls::{Ending, Opening, TlsHost};

impl<S: Subject> Bench<'_, S> {
    pub(super) async fn checks_certificates(&self) -> Result<Outcome, Violation> {
        self.case("a self-signed certificate");
        if self.refused_over_tls(self_signed_config()?).await? == Opening::Nothing {
            return Ok(Outcome::NoTls);
        }
        let Some(ca) = self.ca else { return Ok(Outcome::Passed) };
        self.case("a certificate of the test authority");
        let (answered, _) = self.ask_over_tls(ca.server_config(None)?, OK, Ending::CloseNotify).await?;
        answered.map_err(unanswered)?;
        for (case, flaw) in
            [("a certificate for another host", Flaw::OtherHost), ("an expired certificate", Flaw::Expired)]
        {
            self.case(case);
            let opening = self.refused_over_tls(ca.server_config(Some(flaw))?).await?;
            expect("first bytes", &opening, &Opening::ClientHello)?;
        }
        Ok(Outcome::Passed)
    }

    /// Expects the client to refuse the server, and returns what the client sent first.
    async fn refused_over_tls(&self, config: ServerConfig) -> Result<Opening, Violation> {
        let (answered, opening) = self.ask_over_tls(config, OK, Ending::CloseNotify).await?;
        if opening == Opening::Plain {
            return Err("a request for an https URL was sent without TLS".into());
        }
        expect("failure", &failed(answered)?.kind, &FailureKind::Final)?;
        Ok(opening)
    }

    pub(super) async fn ask_over_tls(
        &self,
        config: ServerConfig,
        answer: &'static [u8],
        ending: Ending,
    ) -> Result<(Answered, Opening), Violation> {
        let host = TlsHost::new(config, answer, ending)?;
        let mut request = request(host.address())?;
        *request.uri_mut() = request.uri().to_string().replacen("http:", "https:", 1).parse()?;
        let answered = self.ask(request).await;
        Ok((answered, host.stop()?))
    }
}
