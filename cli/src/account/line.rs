//! The connections to WeChat: some for answers, and some for files, which may take longer.

use std::sync::Arc;
use std::time::Duration;

use wechat_material::http::{Request, Response};
use wechat_material::{Body, Chunks, Failure, Transport};
use wechat_material_ureq::{UreqError, UreqTransport, ureq};

use super::calls::Kind;
use super::overheard::Overheard;

/// The transport of this program.
pub(crate) struct Line {
    answers: UreqTransport,
    downloads: UreqTransport,
    overheard: Arc<Overheard>,
}

impl Line {
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

    /// For calls that may take so long from end to end.
    pub(super) fn new(time: impl Fn(Kind) -> Duration, overheard: &Arc<Overheard>) -> Self {
        let transport = |kind| {
            let agent = ureq::Agent::config_builder()
                .timeout_connect(Some(Self::CONNECT_TIMEOUT))
                .timeout_global(Some(time(kind)))
                .proxy(None);
            UreqTransport::from(ureq::Agent::new_with_config(agent.build()))
        };
        Self {
            answers: transport(Kind::Answer),
            downloads: transport(Kind::Download),
            overheard: Arc::clone(overheard),
        }
    }
}

impl Transport for Line {
    type Error = UreqError;

    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, UreqError> {
        self.overheard.sends(request.uri());
        let (head, body) = self.answers.send(request)?.into_parts();
        self.overheard.begins(&head);
        self.overheard.goes_on(&body);
        Ok(Response::from_parts(head, body))
    }

    fn open(&self, request: Request<Vec<u8>>) -> Result<Response<Body<UreqError>>, UreqError> {
        self.overheard.sends(request.uri());
        let (head, body) = self.downloads.open(request)?.into_parts();
        self.overheard.begins(&head);
        let body = Passing { body, by: Arc::clone(&self.overheard) };
        Ok(Response::from_parts(head, Box::new(body)))
    }

    fn failure(&self, error: &UreqError) -> Failure {
        self.answers.failure(error)
    }
}

/// A body on its way.
struct Passing {
    body: Body<UreqError>,
    by: Arc<Overheard>,
}

impl Chunks<UreqError> for Passing {
    fn next(&mut self) -> Result<Option<&[u8]>, UreqError> {
        let chunk = self.body.next()?;
        self.by.goes_on(chunk.unwrap_or_default());
        Ok(chunk)
    }
}
