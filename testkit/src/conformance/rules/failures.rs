//! How a transport reports failures.

use std::net::{Ipv4Addr, TcpListener, TcpStream};

use wechat_material::FailureKind;

use super::super::bench::{Bench, Violation, expect, failed, request};
use super::super::host::{Answer, Host};
use super::super::subject::Subject;

impl<S: Subject> Bench<'_, S> {
    pub(super) async fn distinguishes_failures(&self) -> Result<(), Violation> {
        self.case("a refused connection");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        // The port of a connected client refuses connections, and no other program can bind it.
        let client = TcpStream::connect(listener.local_addr()?)?;
        let refused = failed(self.ask(request(client.local_addr()?)?).await)?;
        expect("failure", &refused.kind, &FailureKind::Connect)?;
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{".to_vec();
        for (case, answer) in [
            ("a reset within the body", Answer::Broken(head.clone())),
            ("an end within the body", Answer::Last(head)),
        ] {
            self.case(case);
            let host = Host::new([answer])?;
            // Another rule tests that this is an error.
            let Err(failed) = self.ask(request(host.address())?).await else { continue };
            if failed.is_read_again {
                return Err("an io::ErrorKind::Interrupted, after which readers read again forever".into());
            }
            expect("failure", &failed.kind, &FailureKind::Interrupted)?;
        }
        self.case("a reset before the head");
        let reset = self.failure(Answer::Broken(Vec::new())).await?;
        expect("failure", &reset.kind, &FailureKind::Interrupted)?;
        self.case("silence");
        let silence = self.failure(Answer::Silence(Vec::new())).await?;
        expect("failure", &silence.kind, &FailureKind::Timeout)
    }

    pub(super) fn prints_no_token(&self) -> Result<(), Violation> {
        let printed = self.printed.borrow();
        if printed.is_empty() {
            return Err("no error occurred in any rule".into());
        }
        match printed.iter().find(|(_, printed)| printed.contains("CANARY")) {
            Some((place, printed)) => Err(format!("{place}: an error prints {printed}").into()),
            None => Ok(()),
        }
    }
}
