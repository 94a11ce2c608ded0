//! Judges a response as its chunks arrive, without holding a file in memory.
//!
//! ```text
//!             feed              feed                       feed
//!  ┌────────┐ 512 bytes   ┌──────────────┐ more than   ┌────────┐
//!  │ window │ ──────────▶ │ may be error │ ──────────▶ │  file  │  Feed::File: bytes to write
//!  └────────┘             │  attachment  │    4 KiB    └────────┘
//!      │ │                └──────────────┘                  ▲
//!      │ └────────────────────────────────────────────────────  any other file
//!      │        ┌──────────────────┐
//!      └──────▶ │  JSON, or error  │   Feed::Held: nothing to write
//!               └──────────────────┘
//!               finish returns the verdict in every state
//! ```

use std::fmt;

use http::response::Parts;
use serde_json::{Map, Value};

mod partial;

pub(crate) use self::partial::PartialResponse;

use crate::answer::{Answer, Object};
use crate::classify::{self, Content};
use crate::endpoint::{Endpoint, Target};
use crate::error::ApiError;
use crate::json::Repair;
use crate::material::FileInfo;
use crate::parse::{Evidence, ParseOptions, Parsed, beginning_for_error, excerpt};

/// Judges the response to an endpoint as it arrives. Chunks of any size lead to the same verdict as
/// [`parse_with`](crate::Endpoint::parse_with) on the whole response.
///
/// The bytes of a file are returned as they arrive, but not before it is certain that they belong to a file. That takes up
/// to 512 bytes, or up to 4 KiB for an attachment that begins like JSON. Less than 8 KiB of a file is held in memory,
/// whatever its length. JSON is held until its end, up to [`max_json`](ParseOptions::max_json).
///
/// ```
/// use wechat_material::driver::Feed;
/// use wechat_material::{Endpoint, GetMaterial, Material, ParseOptions};
/// # let (head, ()) = http::Response::builder()
/// #     .header("Content-Disposition", "attachment; filename=\"a.jpg\"").body(())?.into_parts();
/// # let chunks = [&[0xFF, 0xD8, 0xFF][..], &[0; 9000], b"the end"];
///
/// let mut out = Vec::new();
/// let get = GetMaterial::new("61224425");
/// let mut receiver = get.receiver(&ParseOptions::default(), head);
/// for chunk in chunks {
///     if let Feed::File { held, chunk } = receiver.feed(chunk)? {
///         out.extend(held);
///         out.extend(chunk);
///     }
/// }
/// let (parsed, rest) = receiver.finish()?;
/// out.extend(rest);
/// let Material::File(info) = parsed.output else { panic!("not a file") };
/// assert_eq!((info.length, out.len()), (Some(9010), 9010));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Receiver<'e, E: ?Sized> {
    endpoint: &'e E,
    response: PartialResponse,
}

/// The bytes to write after a chunk was fed, if any.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub enum Feed<'c> {
    /// Bytes of a file: write `held`, then `chunk`.
    File {
        /// Bytes of earlier chunks that were held until it was certain that this is a file. Only the first `File` has any,
        /// at most 4 KiB.
        held: Vec<u8>,
        /// The bytes of this chunk.
        chunk: &'c [u8],
    },
    /// Nothing to write yet.
    Held,
}

impl fmt::Debug for Feed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { held, chunk } => write!(f, "File({} bytes)", held.len() + chunk.len()),
            Self::Held => f.write_str("Held"),
        }
    }
}

impl<'e, E: Endpoint + ?Sized> Receiver<'e, E> {
    pub(crate) fn new(endpoint: &'e E, options: &ParseOptions, max_file: u64, head: Parts) -> Self {
        let response = PartialResponse::new(E::Target::AUTHORIZATION, options, max_file, head);
        Self { endpoint, response }
    }

    /// Takes the next bytes of the body.
    ///
    /// # Errors
    ///
    /// The error that [`finish`](Self::finish) would return, as soon as the rest of the body cannot change it. Bytes that
    /// were returned before are not a whole file: discard them.
    pub fn feed<'c>(&mut self, chunk: &'c [u8]) -> Result<Feed<'c>, ApiError> {
        self.response.feed(chunk)
    }

    /// Ends the body and returns the verdict. If a file was so short that it was held to its end, its bytes are returned as
    /// well: write them.
    ///
    /// # Errors
    ///
    /// The errors of [`parse_with`](crate::Endpoint::parse_with). Bytes that were returned before are not a whole file:
    /// discard them.
    #[expect(clippy::type_complexity, reason = "a pair of the types that the other methods return")]
    pub fn finish(self) -> Result<(Parsed<E::Output<FileInfo>>, Vec<u8>), ApiError> {
        let mut rest = Vec::new();
        let parsed = self.end(|info, held| {
            rest = held;
            info
        })?;
        Ok((parsed, rest))
    }

    /// [`finish`](Self::finish), with any type for the file. `received` makes it from the file's metadata and the bytes
    /// that were held.
    fn end<F>(self, received: impl FnOnce(FileInfo, Vec<u8>) -> F) -> Result<Parsed<E::Output<F>>, ApiError> {
        let classify::Answer { content, repairs, evidence } = self.answer()?;
        match content {
            Content::Json(object) => self.read_json(object, repairs, evidence),
            Content::File => self.read_file(evidence, received),
        }
    }

    /// Judges the response at the end of its body.
    pub(crate) fn answer(&self) -> Result<classify::Answer, ApiError> {
        self.response.answer()
    }

    pub(crate) fn read_json<F>(
        self,
        object: Map<String, Value>,
        repairs: Vec<Repair>,
        evidence: Evidence,
    ) -> Result<Parsed<E::Output<F>>, ApiError> {
        let read = self.endpoint.read::<F>(Answer::Json(Object::new(object)));
        let output = read.map_err(|error| error.with_body(|| excerpt::<E>(self.response.stored())))?;
        Ok(Parsed { output, repairs, evidence })
    }

    pub(crate) fn read_file<F>(
        mut self,
        evidence: Evidence,
        received: impl FnOnce(FileInfo, Vec<u8>) -> F,
    ) -> Result<Parsed<E::Output<F>>, ApiError> {
        let length = Some(self.response.received());
        let info = self.response.file_info(length).with_fallback_name(self.endpoint.fallback_name());
        let beginning = beginning_for_error(self.endpoint, self.response.stored());
        let read = self.endpoint.read(Answer::File(received(info, self.response.take_held())));
        let output = read.map_err(|error| error.with_body(|| beginning))?;
        Ok(Parsed { output, repairs: Vec::new(), evidence })
    }

    /// The response, without the endpoint.
    pub(crate) fn into_response(self) -> PartialResponse {
        self.response
    }
}

impl<E: ?Sized> fmt::Debug for Receiver<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("received", &self.response.received()).finish_non_exhaustive()
    }
}
