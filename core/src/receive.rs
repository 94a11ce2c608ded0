//! The same verdict from chunks, without holding a file in memory.
//!
//! ```text
//!             feed              feed                       feed
//!  ┌────────┐ 512 bytes   ┌──────────────┐ more than   ┌────────┐
//!  │ window │ ──────────▶ │ may be error │ ──────────▶ │  file  │  Feed::File: bytes to write
//!  └────────┘             │  attachment  │    4 KiB    └────────┘
//!      │ │                └──────────────┘                  ▲
//!      │ └────────────────────────────────────────────────────  any other file
//!      │        ┌──────────────────┐
//!      └──────▶ │ JSON, or no good │   Feed::Held: nothing to write, whatever comes
//!               └──────────────────┘
//!               finish, from anywhere: the verdict
//! ```

use std::fmt;

use http::response::Parts;

use crate::answer::{Answer, Object};
use crate::classify::{self, Case, Content, Head, KEPT, Verdict, WINDOW};
use crate::endpoint::{Endpoint, Target};
use crate::error::ApiError;
use crate::material::FileInfo;
use crate::parse::{ParseOptions, Parsed, beginning_for_error, excerpt};

/// Judges the response to an endpoint as it arrives: the same verdict as that of
/// [`parse_with`](crate::Endpoint::parse_with) on the whole, from chunks of any size.
///
/// The bytes of a file are handed on as they arrive, but none before it is sure that they belong to a file: that
/// takes up to 512 bytes, of an attachment that begins like JSON up to 4 KiB. Less than 8 KiB of a file are kept,
/// however long it is. JSON is held until its end, up to [`max_json`](ParseOptions::max_json).
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
    options: ParseOptions,
    max_file: u64,
    head: Head,
    received: u64,
    /// The beginning of the body; of JSON, all of it.
    kept: Vec<u8>,
    /// Once the window is full.
    verdict: Option<Verdict>,
    /// Whether bytes of a file were handed on.
    is_file: bool,
}

/// What became of a chunk.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub enum Feed<'c> {
    /// Bytes of a file, to be written in this order.
    File {
        /// Those of chunks that were held until it was sure that this is a file: only once, and 4 KiB at most.
        held: Vec<u8>,
        /// Those of this chunk.
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
        Self {
            endpoint,
            options: options.clone(),
            max_file,
            head: Head::of(head),
            received: 0,
            kept: Vec::new(),
            verdict: None,
            is_file: false,
        }
    }

    /// Takes the next bytes of the body.
    ///
    /// # Errors
    ///
    /// That of [`finish`](Self::finish), as soon as nothing that may still come can change it. Bytes that were
    /// handed on before belong to no whole file then.
    pub fn feed<'c>(&mut self, chunk: &'c [u8]) -> Result<Feed<'c>, ApiError> {
        let before = self.received;
        self.received += chunk.len() as u64;
        let rest = self.keep(chunk, KEPT as u64);
        if self.verdict.is_none() && self.kept.len() >= WINDOW {
            self.verdict = Some(classify::verdict(&self.head, &self.kept[..WINDOW]));
        }
        let Some(verdict) = self.verdict else { return Ok(Feed::Held) };
        if let Verdict::Json(_) = verdict {
            self.keep(rest, self.options.max_json);
        }
        if !self.case().is_file_so_far(verdict)? {
            return Ok(Feed::Held);
        }
        let held = match usize::try_from(before) {
            Ok(before) if !self.is_file => self.kept[..before].to_vec(),
            Ok(_) | Err(_) => Vec::new(),
        };
        self.is_file = true;
        Ok(Feed::File { held, chunk })
    }

    /// The verdict, at the end of the body; and of a file so short that it was held to its end, all its bytes, which
    /// are still to be written.
    ///
    /// # Errors
    ///
    /// As [`parse_with`](crate::Endpoint::parse_with). Bytes that were handed on before belong to no whole file
    /// then.
    #[expect(clippy::type_complexity, reason = "a pair of what the other methods return")]
    pub fn finish(self) -> Result<(Parsed<E::Output<FileInfo>>, Vec<u8>), ApiError> {
        let mut rest = Vec::new();
        let parsed = self.end(|info, held| {
            rest = held;
            info
        })?;
        Ok((parsed, rest))
    }

    /// [`finish`](Self::finish) with anything for the file, made of what is known of it and of the bytes that are still
    /// to be written.
    pub(crate) fn end<F>(
        self,
        received: impl FnOnce(FileInfo, Vec<u8>) -> F,
    ) -> Result<Parsed<E::Output<F>>, ApiError> {
        let window = &self.kept[..self.kept.len().min(WINDOW)];
        let verdict = self.verdict.unwrap_or_else(|| classify::verdict(&self.head, window));
        let answer = self.case().answer(verdict)?;
        let output = match answer.content {
            Content::Json(object) => {
                let read = self.endpoint.read::<F>(Answer::Json(Object::new(object)));
                read.map_err(|error| error.with_body(|| excerpt::<E>(&self.kept)))?
            }
            Content::File => {
                let info = self.head.into_file_info(window, self.received);
                let info = info.with_fallback_name(self.endpoint.subject());
                let beginning = beginning_for_error(self.endpoint, &self.kept);
                let rest = if self.is_file { Vec::new() } else { self.kept };
                let read = self.endpoint.read(Answer::File(received(info, rest)));
                read.map_err(|error| error.with_body(|| beginning))?
            }
        };
        Ok(Parsed { output, repairs: answer.repairs, evidence: answer.evidence })
    }

    /// Keeps so many bytes at most, and gives back those that it does not.
    fn keep<'c>(&mut self, chunk: &'c [u8], most: u64) -> &'c [u8] {
        let room = most.saturating_sub(self.kept.len() as u64);
        let (kept, rest) =
            chunk.split_at(usize::try_from(room).map_or(chunk.len(), |room| room.min(chunk.len())));
        self.kept.extend_from_slice(kept);
        rest
    }

    fn case(&self) -> Case<'_> {
        Case {
            authorization: E::Target::AUTHORIZATION,
            options: &self.options,
            max_file: self.max_file,
            head: &self.head,
            body: &self.kept,
            received: self.received,
        }
    }
}

impl<E: ?Sized> fmt::Debug for Receiver<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("received", &self.received).finish_non_exhaustive()
    }
}
