//! The kinds of calls.

use std::sync::LazyLock;

use wechat_material::driver::{Call, Moment};
use wechat_material::http::Request;
use wechat_material::{
    Access, Answer, ApiError, BuildError, ClientConfig, CountMaterials, Endpoint, Expect, File, FileInfo,
    GetMaterial, ListMaterials,
};

use super::machine::Machine;

/// What a request asks the server for.
#[derive(Clone, Copy)]
pub(super) enum Asks {
    Material,
    Counts,
    /// A page that starts at this offset.
    Page(usize),
    /// The file of a custom endpoint.
    File,
    Token,
}

/// What a call asks for, and whether it streams a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) subject: Subject,
    pub(super) is_streamed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Material,
    Counts,
    List,
    File,
}

impl Kind {
    pub(super) const ALL: [Self; 8] = [
        Self { subject: Subject::Material, is_streamed: false },
        Self { subject: Subject::Material, is_streamed: true },
        Self { subject: Subject::Counts, is_streamed: false },
        Self { subject: Subject::Counts, is_streamed: true },
        Self { subject: Subject::List, is_streamed: false },
        Self { subject: Subject::List, is_streamed: true },
        Self { subject: Subject::File, is_streamed: false },
        Self { subject: Subject::File, is_streamed: true },
    ];

    /// How the driver must receive the response.
    pub(super) fn expect(self) -> Expect {
        match self.subject {
            Subject::Material | Subject::File => Expect::File,
            Subject::Counts | Subject::List if self.is_streamed => Expect::File,
            Subject::Counts | Subject::List => Expect::Json,
        }
    }

    /// Whether the call can be retried after a timeout. By default, a custom endpoint cannot.
    pub(super) fn is_idempotent(self) -> bool {
        self.subject != Subject::File
    }

    /// What the request asks for, if its page starts at this offset.
    pub(super) fn asks(self, offset: usize) -> Asks {
        match self.subject {
            Subject::Material => Asks::Material,
            Subject::Counts => Asks::Counts,
            Subject::List => Asks::Page(offset),
            Subject::File => Asks::File,
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self.subject {
            Subject::Material => "/cgi-bin/material/get_material",
            Subject::Counts => "/cgi-bin/material/get_materialcount",
            Subject::List => "/cgi-bin/material/batchget_material",
            Subject::File => "/cgi-bin/thumbnail",
        }
    }

    /// Creates a call that starts now. A list call asks for this page.
    pub(super) fn call<'c>(
        self,
        config: &'c ClientConfig,
        page: &'static ListMaterials,
        seed: u64,
        now: Moment,
    ) -> Box<dyn Machine + 'c> {
        static GET: LazyLock<GetMaterial> = LazyLock::new(|| GetMaterial::new("MEDIA_ID"));
        match (self.subject, self.is_streamed) {
            (Subject::Material, false) => Box::new(Call::<_, File>::new(&*GET, config, seed, now)),
            (Subject::Material, true) => Box::new(Call::<_, FileInfo>::new(&*GET, config, seed, now)),
            (Subject::Counts, false) => Box::new(Call::<_, File>::new(&CountMaterials, config, seed, now)),
            (Subject::Counts, true) => Box::new(Call::<_, FileInfo>::new(&CountMaterials, config, seed, now)),
            (Subject::List, false) => Box::new(Call::<_, File>::new(page, config, seed, now)),
            (Subject::List, true) => Box::new(Call::<_, FileInfo>::new(page, config, seed, now)),
            (Subject::File, false) => Box::new(Call::<_, File>::new(&Thumbnail, config, seed, now)),
            (Subject::File, true) => Box::new(Call::<_, FileInfo>::new(&Thumbnail, config, seed, now)),
        }
    }
}

/// A custom endpoint that answers with a file.
#[derive(Debug)]
struct Thumbnail;

impl Endpoint for Thumbnail {
    type Target = Access;
    type Output<F> = F;

    fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
        access.get("/cgi-bin/thumbnail")
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<F, ApiError> {
        match answer {
            Answer::File(file) => Ok(file),
            Answer::Json(_) => Err(ApiError::shape("a thumbnail")),
        }
    }

    fn expect(&self) -> Expect {
        Expect::File
    }
}
